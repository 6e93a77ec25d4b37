"""What an analyst's login can read of counts, as the least and the greatest that each can be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

from psycopg import sql

from database import Connection

Limits = tuple[int, int]
FEW = range(1, 11)
_CLASS = re.compile(r"([\d,]+) to ([\d,]+)|up to ([\d,]+)|about ([\d,]+)")


def limits_of(size: str) -> Limits:
    """Of a count that is said as a size, or as it is."""
    found = _CLASS.fullmatch(size)
    if size == "none" or not found:
        number = 0 if size == "none" else int(size.replace(",", ""))
        return number, number
    least, most, up_to, about = (part and int(part.replace(",", "")) for part in found.groups())
    if about:
        step = 10 ** (len(str(about)) - 2)
        # Below a power of ten the steps are a tenth.
        below = step // 20 if about == 10 * step else step // 2
        return max(101, about - below), about + step // 2 - 1
    return (least, most) if least else (0, up_to)


def of_published(number: int, step: int = 10) -> Limits:
    """Of a count that is published: 11 stands for 11 to 14."""
    return (11, 14) if number == 11 else (number - step // 2, number + step // 2 - 1)


def totals(connection: Connection, table: str, run_id: object) -> dict[str, list[Limits]]:
    """Of a run: by the table that was checked, its rows, as `table` of `quality` says them."""
    rows = connection.execute(
        sql.SQL(
            """
            select distinct tested, checked::text from quality.{} as results
            where run_id = %(run)s and checked is not null
                and engine not in ('column_policy', 'posture', 'runs')
                and rule_id not in ('BT-001', 'LG-001')
            union
            select source_table, rows::text from quality.{}
            where run_id = %(run)s and outcome in ('raw', 'used')
            union
            select 'compared ' || mart, rows::text from quality.{}
            where run_id = %(run)s and outcome = 'match'
            """
        ).format(*map(sql.Identifier, TABLES[table])),
        {"run": run_id},
    )
    found: dict[str, list[Limits]] = {}
    for name, size in rows:
        found.setdefault(name, []).append(limits_of(size))
    return found


TABLES = {
    "shown": ("shown_results", "shown_source_rows", "shown_cross_checks"),
    "exact": ("check_results", "source_rows", "cross_checks"),
}


def published(connection: Connection) -> Iterator[Limits]:
    """Each count of patients or sessions that stands in `published`."""
    columns = connection.execute(
        """
        select table_name, column_name from information_schema.columns
        where table_schema = 'published' and table_name like 'rpt%' and data_type in
            ('integer', 'bigint')
            and column_name !~ '(week|day|window|answer$|by_chance)'
        """
    ).fetchall()
    for table, column in columns:
        query = sql.SQL("select distinct {0} from published.{1} where {0} > 10").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        yield from (of_published(number) for (number,) in connection.execute(query))


def told(facts: Iterable[Limits]) -> list[tuple[Limits, ...]]:
    """Facts that say that 1 to 10 are counted, and pairs that say that 1 to 10 lie between them.

    The worst is assumed: that of any two the lesser is a part of the greater.
    """
    known = sorted(set(facts))
    found: list[tuple[Limits, ...]] = [(one,) for one in known if is_few(one)]
    for lesser, greater in combinations(known, 2):
        between = greater[0] - lesser[1], greater[1] - lesser[0]
        found += [(lesser, greater)] if is_few(between) else []
    return found


def is_few(limits: Limits) -> bool:
    """Whether they leave 1 to 10 only."""
    return limits[0] in FEW and limits[1] in FEW
