"""Names of objects in what posture tells: whoever may make one chooses it."""

from __future__ import annotations

from database import Connection
from postures import found, results
from wellness_journey.checks.posture import names

EVIL = 'x"\n; drop table public.log_sessions; --\u202e\\\x1b[2J on y to z'


def query_of(connection: Connection, rule_id: str) -> str:
    (one,) = (one for one in results(connection) if one.rule_id == rule_id)
    assert one.query
    return one.query


def test_a_name_cannot_break_out_of_what_is_told(connection: Connection) -> None:
    """Line breaks, quotation marks and what moves a cursor; the statement still means that name."""
    quoted = '"' + EVIL.replace('"', '""') + '"'
    connection.execute(f"create role {quoted}; grant select on public.log_sessions to {quoted}")
    (told,) = found(connection)["PO-708"]
    script = query_of(connection, "PO-708")
    assert told.isprintable()
    assert [line[:2] for line in script.splitlines()] == ["--", "re"]
    connection.execute(script.encode())
    assert found(connection) == {}
    assert connection.execute("select to_regclass('public.log_sessions')").fetchone() != (None,)


def test_names_are_taken_apart_whatever_they_hold() -> None:
    """A quoted name may hold the words between two names."""
    assert names.before_on('"a on b" on public."c on d"') == ('"a on b"', 'public."c on d"')
    assert names.before_to('table public."x to y" to "a to b"')[1] == '"a to b"'
    assert names.member('member "a of b" of c') == ('"a of b"', "c")
    assert names.before_on("nothing") == ("nothing", "")


def test_many_findings_are_all_told_and_some_kept(connection: Connection) -> None:
    """What is written into the results has an end."""
    for number in range(60):
        connection.execute(
            f"create function public.f{number}() returns int language sql as 'select 1'"
        )
    assert len(found(connection)["PO-714"]) == 60
    script = query_of(connection, "PO-714")
    assert script.count("revoke all") == 50
    assert script.endswith("-- 10 more: `journey check --select PO-714` names them")
