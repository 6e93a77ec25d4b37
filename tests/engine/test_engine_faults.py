"""What a model or its configuration says wrongly is refused by name, or does no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from builds import build
from checkout import Checkout
from database import Connection
from nightly import nightly
from rows import Session, day
from wellness_journey.database.settings import Target

TODAY = day(150)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project; each test puts back what it changes."""
    checkout = Checkout(tmp_path_factory.mktemp("faults"))
    for unit_tests in checkout.root.rglob("*__unit_tests.yml"):
        unit_tests.unlink()
    return checkout.root


@pytest.fixture
def change(project: Path) -> Iterator[Callable[[str, str, str], None]]:
    """Replaces a text in a file of the copy, until the test ends."""
    before: dict[Path, str] = {}

    def change(name: str, old: str, new: str) -> None:
        file = project / name
        text = file.read_text(encoding="utf-8")
        before.setdefault(file, text)
        assert old in text, (name, old)
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    yield change
    for file, text in before.items():
        file.write_text(text, encoding="utf-8")


@pytest.fixture
def sessions(database: Connection) -> list[Session]:
    """Three sessions with a few pulse checks each."""
    made = [Session(number).create(database, day(10 * number)) for number in range(3)]
    for session in made:
        for offset in (30, 31, 40):
            session.pulse_check(database, offset)
    return made


def run(project: Path, target: Target, model: str, *arguments: str, as_of: date = TODAY) -> None:
    """A run of a model and of all that it reads."""
    assert not_built(project, target, f"+{model}", *arguments, as_of=as_of) == ()


def not_built(
    project: Path, target: Target, select: str, *arguments: str, as_of: date = TODAY
) -> tuple[str, ...]:
    words = ("--exclude-resource-type", "test", "--select", select, *arguments)
    return build(target, as_of, *words, root=project).not_built


def rows(connection: Connection, table: str) -> list[str]:
    query = f"select t::text from {table} as t order by 1"
    return [text for (text,) in connection.execute(query.encode()).fetchall()]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("where {{ is_touched('session_id', of_view=true) }}", ""),
        (
            "from {{ ref('int_journeys') }}\n"
            "    where {{ is_touched('session_id', of_view=true) }}",
            "from {{ ref('int_journeys') }} as s1\n    where {{ is_touched('s1.session_id') }}",
        ),
    ],
    ids=["forgotten", "of an alias with a digit"],
)
def test_a_filter_is_for_speed_alone(
    project: Path,
    target: Target,
    database: Connection,
    sessions: list[Session],
    change: Callable[[str, str, str], None],
    old: str,
    new: str,
) -> None:
    """A model that forgets a filter, or spells it in another way, has each row once."""
    # Of weeks that nobody answered there are rows, too: the sessions alone decide which.
    change("dbt_project/models/intermediate/int_session_weeks.sql", old, new)
    run(project, target, "int_session_weeks")
    sessions[0].pulse_check(database, 50)
    run(project, target, "int_session_weeks")
    found = rows(database, "intermediate.int_session_weeks")
    assert len(set(found)) == len(found)
    run(project, target, "int_session_weeks", "--full-refresh")
    assert rows(database, "intermediate.int_session_weeks") == found


# A full refresh that fails in the middle, as on a full disk.
FULL_DISK = """
    create function public.fail() returns event_trigger language plpgsql as $$
    begin
        raise disk_full;
    end
    $$;
    create event trigger full_disk on ddl_command_start
    when tag in ('CREATE TABLE', 'CREATE TABLE AS') execute function public.fail();
"""


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("pre", "marts.fct_pulse_days"),
        nightly("post", "marts.fct_pulse_days"),
        nightly("pre", "published.rpt_pulse_trends_by_day"),
    ],
)
def test_a_hook_outside_the_transaction_is_refused(
    project: Path,
    target: Target,
    database: Connection,
    sessions: list[Session],
    change: Callable[[str, str, str], None],
    kind: str,
    model: str,
) -> None:
    """It would commit the watermark before the table: a build that failed would count as done."""
    schema, _, name = model.partition(".")
    run(project, target, name)
    for session in sessions:
        session.pulse_check(database, 60)
    run(project, target, name, "--exclude", name)
    # The model's text stays the same, so that its definition does.
    hook = f"{{{{ config({kind}_hook={{'sql': 'select 7', 'transaction': false}}) -}}}}\n"
    file = f"dbt_project/models/{schema}/{name}.sql"
    change(file, "", hook)
    database.execute(FULL_DISK.encode())
    failed = not_built(project, target, name, "--full-refresh")
    database.execute("drop event trigger full_disk")
    change(file, hook, "")
    run(project, target, name)
    found = rows(database, model)
    run(project, target, name, "--full-refresh")
    assert rows(database, model) == found
    assert failed == (
        f'model {name}: {model} has the hook "select 7" with transaction: false, which would '
        "commit the watermark without the table: remove transaction: false",
    )


def test_an_index_that_is_added_is_created(
    project: Path,
    target: Target,
    database: Connection,
    sessions: list[Session],
    change: Callable[[str, str, str], None],
) -> None:
    """One of a whole folder in dbt_project.yml, as docs/operating.md advises: with the next run."""
    run(project, target, "fct_pulse_days")
    indexes = "select count(*) from pg_index where indrelid = 'marts.fct_pulse_days'::regclass"
    assert database.execute(indexes.encode()).fetchone() == (1,)
    change(
        "dbt_project.yml",
        "[{columns: [session_id]}]",
        "[{columns: [session_id]}, {columns: [session_id], unique: false, type: hash}]",
    )
    run(project, target, "fct_pulse_days")
    assert database.execute(indexes.encode()).fetchone() == (2,)


# The last outcome window closes on day 210.
WINDOWS = """
{{ config(meta={'moves_until': 210}) }}
select
    session_id,
    days_elapsed >= 210 as is_last_window_closed
from {{ ref('dim_sessions') }}
where {{ is_touched('session_id') }}
"""


def test_a_model_says_until_when_it_moves(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """A session is built anew up to the day that the model declares, and not up to day 181."""
    file = project / "dbt_project" / "models" / "intermediate" / "int_last_windows.sql"
    file.write_text(WINDOWS, encoding="utf-8")
    try:
        for as_of in (205, 209, 210, 215, 400, 209):
            run(project, target, "int_last_windows", as_of=day(as_of))
            # Their days are 0, 10 and 20.
            closed = sum(as_of - 10 * number >= 210 for number in range(len(sessions)))
            found = rows(database, "intermediate.int_last_windows")
            assert sum(row.endswith(",t)") for row in found) == closed, as_of
    finally:
        file.unlink()


def test_a_model_that_moves_must_say_until_when(
    project: Path, target: Target, database: Connection, sessions: list[Session]
) -> None:
    """Refused by name, before a table is made that a later day would leave behind."""
    file = project / "dbt_project" / "models" / "intermediate" / "int_last_windows.sql"
    text = WINDOWS.replace("'moves_until': 210", "")
    file.write_text(text, encoding="utf-8")
    try:
        assert not_built(project, target, "+int_last_windows", as_of=TODAY + timedelta(1)) == (
            "model int_last_windows: intermediate.int_last_windows moves with the reporting date "
            "and does not declare until when: set meta.moves_until to the day after the session on "
            "which it stops, or to 0",
        )
    finally:
        file.unlink()
    assert database.execute("select to_regclass('intermediate.int_last_windows')").fetchone() == (
        None,
    )
