"""Numbers of rows of the tables tell nothing that is withheld."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import populations as made
from database import Connection
from deductions import Attacker, secrets, value
from inner_counts import counts_of_all
from known_relations import Inequality
from played_clinic import WEEKS, Clinic, seen
from populations import Patient, Population
from sizes_read import FEW, Limits, is_few, limits_of

GROUP = "played clinic"

# By the definitions: of which counts the rows of a table are the sum.
SUMS: Mapping[str, Mapping[str, int]] = {
    "marts.dim_sessions": {"r0": 1},
    "intermediate.int_first_months": {"early": 1},
    "intermediate.int_pulse_days": {f"x{day}": 1 for day in range(7 * WEEKS)},
}


def few_on_the_last_day(few: int, others: int) -> Population:
    """All answer in weeks 0 and 1, each with a day missed; a few on the one day of week 2, too."""
    found = []
    for number in range(few + others):
        days = set(range(14)) - {number % 7, 7 + number % 7} | ({14} if number < few else set())
        found.append(Patient(14, dict.fromkeys(days, 4)))
    return tuple(found)


def known(clinic: Clinic, size: str) -> tuple[Inequality, ...]:
    """The rows of the tables, as `size` says them, as inequalities of the attacker's counts."""
    found: list[Inequality] = []
    for table, weights in SUMS.items():
        ((text,),) = clinic.rows(f"select {size} from (select count(*) as n from {table}) as rows")
        least, most = limits_of(text)
        found += [(weights, most), ({name: -w for name, w in weights.items()}, -least)]
    return tuple(found)


def told_by_totals(clinic: Clinic, size: str) -> list[str]:
    """The small groups that come out, or are known to be small, by the totals only."""
    shown, counts = seen(clinic), counts_of_all(clinic.rows)
    alone, both = Attacker(shown, WEEKS), Attacker(shown, WEEKS, totals=known(clinic, size))
    assert both.mistakes(counts) == []
    found = []
    for group in secrets(shown, WEEKS):
        if value(group, counts) in FEW:
            limits = both.limits(group)
            if is_few(limits) and limits != alone.limits(group):
                found.append(f"{group}: {limits}")
    return found


@pytest.mark.parametrize(
    "population",
    [few_on_the_last_day(3, 21), made.one_day_of_ten(22), made.late_starters(22, late=10)],
    ids=["few on the last day", "one day of ten", "late starters"],
)
def test_sizes_of_tables_tell_of_no_small_group(clinic: Clinic, population: Population) -> None:
    """Beside exact counts in `published`, which are rounded in truth."""
    clinic.hold(population)
    assert told_by_totals(clinic, "quality.total_class(n)") == []


def test_exact_numbers_of_rows_would_tell(clinic: Clinic) -> None:
    """The rows of answered days less those that are shown are those of the few."""
    clinic.hold(few_on_the_last_day(3, 21))
    shown = seen(clinic)
    attacker = Attacker(shown, WEEKS, totals=known(clinic, "n::text"))
    assert attacker.limits({"x14": 1}) == (3, 3)
    assert Attacker(shown, WEEKS).limits({"x14": 1})[0] == 0
    assert told_by_totals(clinic, "n::text") != []


def test_a_newcomer_is_never_counted(connection: Connection) -> None:
    """Two days: tables with a row, four or five for each session, or one for each day of 181.

    Where one of them passes the end of a class while the rounded number of sessions stays, 1 to 9
    are known to have come, not how many: this happens at the numbers that `docs/security.md` names.
    """
    rows = connection.execute(
        """
        select n, array[
            quality.rounded_total(n), quality.total_class(n), quality.total_class(4 * n),
            quality.total_class(5 * n), quality.total_class(181 * n)
        ]
        from generate_series(11, 2010) as n
        order by n
        """
    ).fetchall()
    of = {n: sessions(sizes) for n, sizes in rows}
    found = {}
    for n in range(11, 2001):
        for came in FEW:
            (least, most), (later_least, later_most) = of[n], of[n + came]
            between = later_least - most, later_most - least
            assert not (between[0] == between[1] and between[0] in FEW), n
            if is_few(between):
                found[most] = between
    assert sorted(found) == sorted(PASSED)


# The last numbers of sessions before one of these tables passes the end of a class.
PASSED = [200, 250, 552]


def sessions(sizes: list[str]) -> Limits:
    """What the sizes of such tables leave of the number of sessions."""
    least, most = 0, 10**9
    for times, size in zip((1, 1, 4, 5, 181), sizes, strict=True):
        low, high = limits_of(size)
        least, most = max(least, -(-low // times)), min(most, high // times)
    return least, most
