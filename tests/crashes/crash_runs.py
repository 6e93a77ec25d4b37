"""The runs that are killed, and what they leave when nobody disturbs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

from checkout import ROOT
from crash_processes import UnexpectedError
from crash_scene import Scene
from crash_states import Marks, State, judge_repaired
from wellness_journey.cohort import seed
from wellness_journey.database import migrate

DAY = seed.SEED_AS_OF
NEXT_DAY = DAY + timedelta(days=1)
# A third of the sessions have something new, one is gone.
NEW_ROWS = """
    create temporary table known as
    select *, row_number() over (order by session_id) as number from public.log_sessions;
    delete from public.log_sessions
    where session_id = (select session_id from known where number = 4);
    insert into public.log_pulse_checks (
        pulse_check_id, session_id, patient_id, practitioner_id, check_date,
        connection_level, sleep_quality, mood_level, energy_level, created_at
    )
    select
        md5('check' || session_id)::uuid, session_id, patient_id, practitioner_id,
        session_date + 1, 1, 2, 3, 4, '2025-01-01'
    from known where number % 3 = 0;
    insert into public.log_behavioral_changes (
        change_id, patient_id, practitioner_id, session_id, change_type, change_date,
        change_description, days_post_session, change_sentiment, created_at
    )
    select
        md5('change' || session_id)::uuid, patient_id, practitioner_id, session_id, 'CREATIVE',
        session_date + 3, 'more of it', 3, 'POSITIVE', '2025-01-01'
    from known where number % 3 = 0;
    insert into public.log_integration_sessions (
        integration_session_id, patient_id, practitioner_id, session_id, session_number,
        session_date, session_type, completed, phq9_score, created_at
    )
    select
        md5('visit' || session_id)::uuid, patient_id, practitioner_id, session_id, 99,
        session_date + 14, 'PHQ9_ASSESSMENT', true, 9, '2025-01-01'
    from known where number % 3 = 0;
"""


def command(kind: str, number: int = 0, day: date = NEXT_DAY) -> tuple[str, ...]:
    """A run of `day`, every second one a full refresh. Without data tests, which only read, and
    would be most of each run."""
    full = ("--full-refresh",) if number % 2 else ()
    lean = ("--exclude-resource-type", "test")
    if kind == "dbt":
        variables = json.dumps({"as_of": str(day)})
        return ("dbt", "--quiet", "build", *full, *lean, "--vars", variables)
    return ("run", *full, "--as-of", str(day), "--", *lean)


def know(here: Scene, say: Callable[[str], None]) -> None:
    """Make the templates `migrated`, `before` (built at a day; another day and new rows wait), and
    learn what runs leave that nobody disturbs.

    Raises:
        UnexpectedError: they do not leave the same tables, or too few that differ from before.
    """
    here.fresh("template0")
    with here.connection() as connection:
        migrate.migrate(connection, ROOT / "migrations")
    here.keep("migrated")
    with here.connection() as connection:
        seed.seed(connection, sessions=40)
    here.whole(*command("run", day=DAY))
    with here.connection() as connection:
        connection.execute(NEW_ROWS.encode())
    here.keep("before")
    before = here.state()
    after: list[State] = []
    for kind, number in (("run", 0), ("run", 1), ("dbt", 0), ("dbt", 1)):
        here.fresh("before")
        ended = here.whole(*command(kind, number))
        if kind == "run":
            here.good = ended.code
        after.append(here.state())
        say(f"undisturbed: {' '.join(command(kind, number))[:40]} {ended.seconds:.0f} s")
    here.marks = Marks(before, after[0], DAY, NEXT_DAY)
    for one in after:
        if one.tables != after[0].tables or judge_repaired(one, here.marks):
            raise UnexpectedError("undisturbed runs leave other tables than each other")
    moved = [name for name, rows in before.tables.items() if after[0].tables[name] != rows]
    if len(moved) < len(before.tables) / 2:
        raise UnexpectedError(f"only {len(moved)} of {len(before.tables)} tables change at all")
    say(f"{len(moved)} of {len(before.tables)} tables differ before and after")
