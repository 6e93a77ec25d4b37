"""What regression to the mean alone does to outcomes: the seed ref_chance_outcomes.

Classical test theory: a score is a person's true score, which never changes, and an error that is
new each time, rounded and cut to the instrument's range. Those whose baseline is at caseness are
kept, and judged at one follow-up by the rules of ref_instruments. The true scores run in small
steps and the errors are summed, not drawn: the figures are exact but for the step.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

SEEDS = Path(__file__).resolve().parent.parent / "dbt_project" / "seeds"
STEP = 0.1
# Of the true scores, in standard deviations around the mean.
REACH = 6


@dataclass(frozen=True)
class Population:
    """Scores of people who come to a clinic, and how far two scores of one person agree."""

    instrument: str
    reliability: float
    reliability_source: str
    mean: float
    standard_deviation: float
    source: str


POPULATIONS = (
    Population(
        "PHQ-9",
        0.84,
        "Kroenke et al. 2001: retest within 48 hours",
        12,
        6.5,
        "assumed: a clinic's patients",
    ),
    Population(
        "GAD-7",
        0.83,
        "Spitzer et al. 2006: retest within a week",
        13,
        5,
        "assumed: a clinic's patients",
    ),
    Population(
        "PSQI",
        0.87,
        "Backhaus et al. 2002: retest of 2 days to several weeks",
        11,
        3.7,
        "assumed mean; the deviation behind the reliable change in ref_instruments",
    ),
)


@dataclass(frozen=True)
class Rules:
    """What ref_instruments says of an instrument."""

    highest: int
    caseness: int
    important: int
    reliable: int
    response_share: float | None
    remission: int


def rules() -> dict[str, Rules]:
    """Return the rules of each instrument that has a caseness score."""
    with (SEEDS / "ref_instruments.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["instrument"]: Rules(
                int(row["highest_score"]),
                int(row["caseness_score"]),
                int(row["important_change"]),
                int(row["reliable_change"]),
                float(row["response_share"]) if row["response_share"] else None,
                int(row["remission_score"]),
            )
            for row in csv.DictReader(file)
            if row["caseness_score"]
        }


def chances(population: Population, of: Rules) -> dict[str, float | None]:
    """Return the shares in percent, and the mean change, of those at caseness at baseline."""
    pairs = list(_pairs(population, of))
    total = sum(weight for *_, weight in pairs)

    def percent(is_so: list[bool]) -> float:
        kept = (w for (*_, w), so in zip(pairs, is_so, strict=True) if so)
        return round(100 * math.fsum(kept) / total, 1)

    share = of.response_share
    return {
        "important_improvement_pct": percent([b - s >= of.important for b, s, _ in pairs]),
        "reliable_improvement_pct": percent([b - s >= of.reliable for b, s, _ in pairs]),
        "response_pct": (
            None if share is None else percent([s <= b * (1 - share) for b, s, _ in pairs])
        ),
        "remission_pct": percent([s <= of.remission for _, s, _ in pairs]),
        "recovery_pct": percent([b - s >= of.reliable and s < of.caseness for b, s, _ in pairs]),
        "mean_change": round(math.fsum((s - b) * w for b, s, w in pairs) / total, 2),
    }


def _pairs(population: Population, of: Rules) -> Iterator[tuple[int, int, float]]:
    """Each baseline at caseness with each later score, and how frequent the two are."""
    spread = population.standard_deviation
    true_sd = spread * math.sqrt(population.reliability)
    error_sd = spread * math.sqrt(1 - population.reliability)
    weights: dict[tuple[int, int], float] = {}
    for step in range(round(2 * REACH * true_sd / STEP) + 1):
        away = step * STEP - REACH * true_sd
        frequency = math.exp(-((away / true_sd) ** 2) / 2)
        edges = [
            _normal((score + 0.5 - population.mean - away) / error_sd)
            for score in range(of.highest)
        ]
        scores = [after - before for before, after in pairwise([0.0, *edges, 1.0])]
        for before in range(of.caseness, of.highest + 1):
            for after, chance in enumerate(scores):
                pair = before, after
                weights[pair] = weights.get(pair, 0.0) + frequency * scores[before] * chance
    for (before, after), weight in weights.items():
        yield before, after, weight


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def main() -> None:
    """Write the seed."""
    found = []
    for population in POPULATIONS:
        found.append(
            {
                "instrument": population.instrument,
                "reliability": population.reliability,
                "reliability_source": population.reliability_source,
                "population_mean": population.mean,
                "population_standard_deviation": population.standard_deviation,
                "population_source": population.source,
                **chances(population, rules()[population.instrument]),
            }
        )
    with (SEEDS / "ref_chance_outcomes.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


if __name__ == "__main__":
    main()
