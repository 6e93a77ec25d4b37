"""Results are read as the least role that may; what a login lacks is told as that role's grant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from checkout import Checkout
from database import Connection
from nightly import in_nightly
from runs import know, record
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import NoConnectionError
from wellness_journey.pipeline import runs as pipeline_runs

_numbers = count(1)


def _undated(screen: str) -> str:
    """Without how long ago the run was, which may turn between two reads."""
    return re.sub(r", (just now|[^,\n]* ago)", "", screen)


ROLES = {
    "journey_analyst": "journey_analyst",
    "journey_restricted": "journey_restricted",
    "journey_pipeline": "journey_pipeline",
    "journey_pipeline, journey_analyst": "journey_analyst",
}


@pytest.fixture
def login(target: Target, database: Connection) -> Iterator[Callable[[str], Target]]:
    """Makes a login that is a member of some roles and inherits nothing from them."""
    made: list[str] = []

    def make(roles: str) -> Target:
        made.append(f"Reader {next(_numbers)}")
        member = f" in role {roles}" if roles else ""
        database.execute(f'create role "{made[-1]}" login noinherit{member}'.encode())
        return replace(target, user=made[-1])

    yield make
    for name in made:
        database.execute(f'drop role "{name}"'.encode())


@pytest.mark.parametrize("roles", ROLES)
def test_results_are_read_as_the_least_role(login: Callable[[str], Target], roles: str) -> None:
    """Of those that the login may take."""
    with pipeline_runs.reader(login(roles)) as connection:
        assert connection.execute("select current_user").fetchone() == (ROLES[roles],)
        assert connection.execute("show timezone").fetchone() == ("UTC",)


def test_a_superuser_reads_as_an_analyst(target: Target) -> None:
    """Whoever may take every role takes the least."""
    with pipeline_runs.reader(target) as connection:
        assert connection.execute("select current_user").fetchone() == ("journey_analyst",)


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ("", 'have its owner run `grant journey_pipeline to "Reader '),
        ("journey_analyst", "connect (PGUSER) as a login that is a member of journey_pipeline"),
        ("journey_restricted", "this one reads results: `journey status`"),
    ],
)
def test_an_analyst_is_never_told_the_pipelines_grant(
    login: Callable[[str], Target], roles: str, said: str
) -> None:
    """A verb that builds needs the pipeline's role; a reader's login is sent to another one."""
    with (
        pytest.raises(NoConnectionError) as caught,
        settings.connect(login(roles), role=settings.PIPELINE_ROLE),
    ):
        pass
    assert said in str(caught.value)
    assert ("grant journey_pipeline" in str(caught.value)) == (not roles)


@pytest.mark.parametrize("verb", [["status"], ["explain", "PC-004"], ["report"]])
def test_who_may_read_nothing_is_told_the_analysts_grant(
    tmp_path: Path, login: Callable[[str], Target], database: Connection, verb: list[str]
) -> None:
    """Never the pipeline's; after that grant the verb works."""
    checkout, reader = Checkout(tmp_path), login("")
    code, out, err = checkout.journey(reader, *verb)
    assert (code, out) == (2, "")
    grant = f'grant journey_analyst to "{reader.user}"'
    assert f"run `{grant}`" in err
    assert "journey_pipeline" not in err
    database.execute(grant.encode())
    code, out, err = checkout.journey(reader, *verb)
    assert "cannot" not in err
    assert "not let" not in err
    assert out


def test_exact_counts_are_for_the_restricted_role(
    tmp_path: Path, login: Callable[[str], Target], database: Connection
) -> None:
    """An analyst is told its grant and the other login; after the grant numbers stand there."""
    know(database, PC_004="minor")
    record(database, 1, {"PC-004": "warn"})
    checkout, reader = Checkout(tmp_path), login("journey_analyst")
    code, out, err = checkout.journey(reader, "explain", "PC-004", "--exact")
    assert (code, out) == (2, "")
    grant = f'grant journey_restricted to "{reader.user}"'
    assert f"run `{grant}`, or connect (PGUSER) as the pipeline's login" in err
    told = checkout.journey(reader, "explain", "PC-004")[1]
    assert "warn, 1 to 10 of 1 to 100 rows in log_sessions" in told
    database.execute(grant.encode())
    told = checkout.journey(reader, "explain", "PC-004", "--exact")[1]
    assert "warn, 1 of 100 in log_sessions" in told
    assert checkout.journey(login("journey_pipeline"), "explain", "PC-004", "--exact")[1] == told


@pytest.mark.parametrize("verb", [["seed"], ["load", "rows"]])
def test_a_login_without_a_role_is_not_told_to_migrate(
    tmp_path: Path, login: Callable[[str], Target], verb: list[str]
) -> None:
    """The database is of this version: what is missing is a right."""
    checkout = Checkout(tmp_path)
    (checkout.root / "rows").mkdir()
    code, out, err = checkout.journey(login(""), *verb)
    assert (code, out) == (2, "")
    assert "it is a member of no journey_ role: connect as the owner of the journey's tables" in err
    assert "migrate" not in err


@in_nightly
@pytest.mark.parametrize(("limit", "built"), [(0, False), (2, True)])
def test_a_limit_of_connections_is_named_as_one(
    tmp_path: Path, login: Callable[[str], Target], database: Connection, limit: int, built: bool
) -> None:
    """Names and passwords are right; what dbt could not build is told beside what the check met."""
    checkout, builder = Checkout(tmp_path), login("journey_pipeline")
    database.execute(f'alter role "{builder.user}" connection limit {limit}'.encode())
    code, out, err = checkout.journey(builder, "run", "--", "--select", "stg_sessions")
    assert (code, out) == (2, "")
    assert ("NOT BUILT" in err) == built
    assert "how many connections" in err if built else "or raise the limit: max_connections" in err
    assert "check PGHOST" not in err


def test_a_rehearsal_of_nothing_needs_no_right(
    tmp_path: Path, login: Callable[[str], Target], database: Connection
) -> None:
    """Where nothing is pending, nobody is told what they may not write."""
    analyst = login("")
    role = f'"{analyst.user}"'
    database.execute(f"alter role {role} inherit; grant journey_analyst to {role}".encode())
    code, out, err = Checkout(tmp_path).journey(analyst, "migrate", "--dry-run")
    assert (code, out) == (0, "nothing is pending\n"), err


def test_an_analyst_makes_the_report_of_a_run(
    tmp_path: Path, built: str, own_copy_of: Callable[[str], Target]
) -> None:
    """All files but dbt's documentation, which describes tables that they may not read."""
    checkout, target = Checkout(tmp_path), own_copy_of(built)
    name = f"Reader {next(_numbers)}"
    with settings.connect(target, autocommit=True) as connection:
        connection.execute(f'create role "{name}" login in role journey_analyst'.encode())
        try:
            analyst = replace(target, user=name)
            whole = checkout.journey(target, "status")
            code, out, _ = checkout.journey(analyst, "status")
            assert (code, _undated(out)) == (whole[0], _undated(whole[1]))
            assert "run 20" in whole[1]
            _, out, err = checkout.journey(analyst, "report")
            assert "dbt-docs.html is left as it is: only journey_pipeline makes it" in out, err
            assert {"index.html", "summary.json", "junit.xml"} <= checkout.files().keys()
        finally:
            connection.execute(f'drop role "{name}"'.encode())
