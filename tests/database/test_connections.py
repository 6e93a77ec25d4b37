"""What every connection sets by statements: the role, no JIT."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from builds import dbt_environment
from checkout import ROOT
from database import Connection
from wellness_journey.checks.suites import source
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import NoConnectionError
from wellness_journey.pipeline import build

AS_THE_PIPELINE = "current_setting('jit') = 'off' and current_user = 'journey_pipeline'"
# An error where it does not hold.
MUST_HOLD = f"select 1 / (({AS_THE_PIPELINE})::int)"
PROJECT: dict[str, Any] = {
    "name": "wellness_journey",
    "profile": "wellness_journey",
    "on-run-start": MUST_HOLD,
    "on-run-end": MUST_HOLD,
    "models": {"pre-hook": MUST_HOLD, "post-hook": MUST_HOLD, "+schema": "intermediate"},
    "seeds": {"pre-hook": MUST_HOLD, "post-hook": MUST_HOLD, "+schema": "intermediate"},
}
UNIT_TESTS = {
    "unit_tests": [
        {
            "name": "works_as_the_pipeline",
            "model": "a_model",
            "given": [{"input": "ref('a_seed')", "rows": [{"id": 1}]}],
            "expect": {"rows": [{"id": 1, "jit": "off", "worker": "journey_pipeline"}]},
        }
    ]
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project with one node of each kind, under our profile."""
    root = tmp_path / "project"
    files = {
        "dbt_project.yml": yaml.safe_dump(PROJECT),
        "profiles.yml": (ROOT / "profiles.yml").read_text(),
        "macros/generate_schema_name.sql": (
            ROOT / "dbt_project/macros/generate_schema_name.sql"
        ).read_text(),
        "seeds/a_seed.csv": "id\n1\n",
        "models/a_model.sql": "select id, current_setting('jit') as jit, current_user::text as"
        f" worker from {{{{ ref('a_seed') }}}} where 1 / (({AS_THE_PIPELINE})::int) = 1",
        "models/unit_tests.yml": yaml.safe_dump(UNIT_TESTS),
        "tests/a_test.sql": f"select id from {{{{ ref('a_model') }}}} where not ({AS_THE_PIPELINE})"
        " or (jit, worker) <> ('off', 'journey_pipeline')",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def built(project: Path, target: Target, *arguments: str) -> build.Build:
    with dbt_environment(target), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_TARGET_PATH", str(project / "target"))
        return build.build(project, SEED_AS_OF, arguments=arguments)


def test_each_statement_of_dbt_works_as_the_pipeline_without_jit(
    project: Path, target: Target
) -> None:
    """dbt-postgres sends the profile's role unquoted, so that the settings after it hold in models,
    seeds, hooks, data tests and unit tests. An upgrade that quotes the role fails here. So does a
    role that a rollback undoes: dbt rolls back before the first hook of on-run-start."""
    done = built(project, target)
    assert done.not_built == ()
    assert (done.models, done.tests) == (1, {"pass": 2})


@pytest.mark.parametrize(
    "selection",
    [
        ("--resource-type", "seed"),
        ("--resource-type", "model"),
        ("--resource-type", "test"),
        # dbt runs a unit test with its model only, and before it.
        ("--select", "a_model"),
    ],
    ids=["seed", "model", "data test", "unit test"],
)
def test_without_it_each_kind_would_notice(
    project: Path, target: Target, selection: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    """The test above can fail: with the role alone, jit is on in every kind of node."""
    assert built(project, target).not_built == ()
    profile = project / "profiles.yml"
    profile.write_text(profile.read_text().replace("set jit = off; ", ""))
    # They would stop the run before anything else does.
    without = {name: value for name, value in PROJECT.items() if not name.startswith("on-run")}
    (project / "dbt_project.yml").write_text(yaml.safe_dump(without))
    done = built(project, target, *selection)
    if "test" in request.node.name.rpartition("[")[2]:
        assert {"fail", "error"} & set(done.tests)
    else:
        assert [line for line in done.not_built if "DivisionByZero" in line]


@pytest.mark.parametrize("whose", ["role {0.user}", "database {0.database}"])
def test_settings_of_a_login_or_a_database_change_nothing(
    project: Path, target: Target, database: Connection, whose: str
) -> None:
    """Serializable, dbt's own threads refuse each other; without row security the pipeline may not
    read; with transform_null_equals `= null` is true of rows without a value."""
    others = {
        "default_transaction_isolation": "serializable",
        "row_security": "off",
        "transform_null_equals": "on",
        "standard_conforming_strings": "off",
        "quote_all_identifiers": "on",
        "idle_session_timeout": "1h",
        "datestyle": "German, DMY",
        "intervalstyle": "sql_standard",
        "timezone": "Asia/Kolkata",
    }
    ours = {name: f"current_setting('{name}')" for name in (*others, "transaction_isolation")}
    shown = f"select {', '.join(ours.values())}"
    wanted = (
        *("read committed", "on", "off", "on", "off", "0"),
        *("ISO, YMD", "postgres", "UTC", "read committed"),
    )
    must_hold = " and ".join(
        f"{current} = '{value}'" for current, value in zip(ours.values(), wanted, strict=True)
    )
    (project / "models" / "a_model.sql").write_text(f"select 1 / (({must_hold})::int) as id")
    for name in ("models/unit_tests.yml", "tests/a_test.sql"):
        (project / name).unlink()
    try:
        for name, value in others.items():
            database.execute(f"alter {whose.format(target)} set {name} = '{value}'".encode())
        assert built(project, target).not_built == ()
        with settings.connect(target) as connection:
            assert connection.execute(shown.encode()).fetchone() == wanted
        with source.quiet(), source.pipeline_connections():
            import sqlalchemy

            engine = sqlalchemy.create_engine(source.url(target))
            with engine.connect() as connected:
                assert tuple(connected.execute(sqlalchemy.text(shown)).one()) == wanted
            engine.dispose()
    finally:
        for name in others:
            database.execute(f"alter {whose.format(target)} reset {name}".encode())


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a time that can be set, with words that name it."""
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = Target("127.0.0.1", silent.getsockname()[1], "nobody", "clinic")
        with pytest.raises(NoConnectionError, match="give it more time: PGCONNECT_TIMEOUT"):
            settings.open_connection(target)


def test_dbt_sets_what_our_connections_set() -> None:
    """The profile cannot read it from the module."""
    profile = yaml.safe_load((ROOT / "profiles.yml").read_text())
    role = profile["wellness_journey"]["outputs"]["default"]["role"]
    assert role == f"{settings.PIPELINE_ROLE}; {settings.SESSION}; commit; begin"


def test_our_connections_work_without_jit(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever PGOPTIONS says of it; what else it says holds."""
    monkeypatch.setenv("PGOPTIONS", "-c jit=on -c work_mem=7MB")
    shown = "select current_setting('jit'), current_setting('work_mem'), current_user"
    with settings.connect(target) as connection:
        assert connection.execute(shown.encode()).fetchone() == ("off", "7MB", target.user)
    with source.quiet(), source.pipeline_connections():
        import sqlalchemy

        engine = sqlalchemy.create_engine(source.url(target))
        try:
            for _ in range(2):  # returned to SQLAlchemy's own pool, it is rolled back
                with engine.connect() as connected:
                    found = connected.execute(sqlalchemy.text(shown)).one()
                    assert tuple(found) == ("off", "7MB", "journey_pipeline")
        finally:
            engine.dispose()
