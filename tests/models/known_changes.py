"""What rpt_outcome_changes tells the attacker of `deductions`: PHQ-9, one session a patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reference_outcome_changes import NEW, differences

Inequality = tuple[Mapping[str, int], int]
FEW = 10

# The attacker's names of groups that rpt_assessment_outcomes shows.
NAMES = {
    "patients": "scored",
    "compared": "with_change",
    "reliably_improved": "improved",
    "reliably_deteriorated": "deteriorated",
}


def relations_of_changes(window: int, last_day: int) -> Iterator[Inequality]:
    """Who lies within whom, of those whose window is over."""
    baseline, compared, eligible, observed, important, improved, recovered = (
        f"{name}{window}"
        for name in (
            *("with_baseline", "with_change", "eligible", "eligible_observed"),
            *("eligible_important", "eligible_improved", "recovered"),
        )
    )
    for lesser, greater in (
        (baseline, f"c{last_day}"),
        # Who is scored counts with a baseline only, and can be compared.
        (f"scored{window}", compared),
        (compared, baseline),
        (eligible, baseline),
        (observed, eligible),
        (important, observed),
        (improved, important),
        (improved, f"improved{window}"),
        (recovered, improved),
    ):
        yield {lesser: 1, greater: -1}, 0
    # Who is both eligible and compared is eligible and observed.
    yield {compared: 1, eligible: 1, observed: -1, baseline: -1}, 0
    yield {f"deteriorated{window}": 1, important: 1, compared: -1}, 0
    yield {f"improved{window}": 1, improved: -1, compared: -1, observed: 1}, 0


def relations_between(earlier: int, later: int, days: tuple[int, int]) -> Iterator[Inequality]:
    """A baseline is the same in each window: who has one in the earlier alone has come less far."""
    for name in ("with_baseline", "eligible"):
        yield {f"{name}{later}": 1, f"{name}{earlier}": -1}, 0
        gone = {f"c{days[0]}": -1, f"c{days[1]}": 1}
        yield {f"{name}{earlier}": 1, f"{name}{later}": -1} | gone, 0


def told_by_changes(
    shown: Mapping[str, int | None], window: int
) -> Iterator[list[list[Inequality]]]:
    """What it tells that a count of changes is withheld."""
    for group in NEW:
        name = f"{group}{window}"
        if shown[name] is not None:
            continue
        cases: list[list[Inequality]] = [[({name: 1}, FEW)]]
        if group != "with_baseline":
            observed = f"eligible_observed{window}"
            if shown[observed] is None:
                continue
            cases.append([({observed: 1, name: -1}, FEW)])
        for one in differences("PHQ-9", group):
            weights = {f"{NAMES.get(key, key)}{window}": sign for key, sign in one.items()}
            if all(shown.get(key) is not None for key in weights if key != name):
                less = {key: -sign for key, sign in weights.items()}
                cases.append([(weights, FEW), (less, -1)])
        yield cases


def secrets_of_changes(window: int) -> Iterator[Mapping[str, int]]:
    """The groups of changes whose size may not be known when they are small."""
    yield {f"with_baseline{window}": 1}
    for group in NEW[1:]:
        yield {f"{group}{window}": 1}
        yield {f"eligible_observed{window}": 1, f"{group}{window}": -1}
    yield {f"eligible_improved{window}": 1, f"recovered{window}": -1}
    yield {f"improved{window}": 1, f"eligible_improved{window}": -1}
