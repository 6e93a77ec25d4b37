"""Suites tell, write, send no value of a row."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from checkout import ROOT
from faultless import unguard
from some_suites import CANARY, SOME, SUITES, run
from waiting import LIMIT
from wellness_journey.checks.suites import evaluation, source
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

# Every file opened for writing, every folder made and every look-up of a host, as it happens.
WATCHED = """
import os, sys
from datetime import date
from pathlib import Path

def watch(event, arguments):
    if event == "open":
        path, _, flags = arguments
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and str(path) != "/dev/null":
            os.write(3, f"open {path}\\n".encode())
    elif event in ("os.mkdir", "os.rename", "socket.connect", "socket.getaddrinfo"):
        os.write(3, f"{event} {arguments[0]}\\n".encode())

from wellness_journey import checks
from wellness_journey.database.settings import Target
assert "great_expectations" not in sys.modules
sys.addaudithook(watch)
found = checks.check(
    Target(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]),
    Path(sys.argv[5]),
    date.fromisoformat(sys.argv[6]),
)
os.write(4, repr(found).encode())
# 54 MB that no check of ours uses.
assert "great_expectations" in sys.modules and "scipy.stats._stats_py" not in sys.modules
"""


def test_nothing_is_said_or_written_or_sent_but_counts(own: Target, tmp_path: Path) -> None:
    """No value of a row in results, output or table; no file, no network, HOME untouched.

    The canary stands in free text, in vocabularies, in scores and in the message of an
    exception that an expectation raises.
    """
    with connect(own, autocommit=True) as connection:
        unguard(connection, [f"{SUITES[t].schema}.{t}" for t in SOME])
    run(
        own,
        f"""
        update public.log_pulse_checks set notes = '{CANARY}', mood_level = 4711;
        update public.log_behavioral_changes
            set change_type = '{CANARY}', change_sentiment = '{CANARY}',
                change_description = '{CANARY}';
        update public.log_integration_sessions set session_type = '{CANARY}', phq9_score = 4711;
        alter table published.rpt_pulse_trends_by_day rename to kept;
        create view published.rpt_pulse_trends_by_day as
        select metric, days_post_session, patients, (metric || '{CANARY}')::numeric as mean,
            standard_deviation, ci_lower, ci_upper, is_withheld
        from published.kept;
        grant select on published.rpt_pulse_trends_by_day to journey_pipeline;
        """,
    )
    home = tmp_path / "home"
    home.mkdir()
    environ = {**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    place = [own.host, str(own.port), own.user, own.database, str(ROOT), str(SEED_AS_OF)]
    script = f'exec 3> {tmp_path}/watched 4> {tmp_path}/results; exec "$@"'
    ended = subprocess.run(
        ["/bin/sh", "-c", script, "sh", sys.executable, "-c", WATCHED, *place],
        cwd=home,
        env=environ,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert (tmp_path / "watched").read_text() == ""
    assert list(home.iterdir()) == []
    results = (tmp_path / "results").read_text()
    assert "PC-006 be_between mood_level" in results
    assert "InvalidTextRepresentation" in results
    with connect(own) as connection:
        kept = connection.execute("select string_agg(t::text, '') from quality.check_results t")
        table = str(kept.fetchone())
    for leak in (CANARY, "4711"):
        assert leak not in results
        assert leak not in table


def test_a_password_stays_out_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from libpq's own places; names may hold any character."""
    monkeypatch.setenv("PGPASSWORD", CANARY)
    url = source.url(Target("db.example", 6543, "a@b/$c", "d e?f"))
    assert url == (
        "postgresql+psycopg2://a%40b%2F%24c@localhost:6543/d%20e%3Ff"
        "?host=db.example&application_name=journey%20check"
    )


def test_only_the_class_of_an_exception_is_told() -> None:
    """Its message may quote a row."""
    text = "Traceback (most recent call last):\n  File x\n    y\npsycopg2.errors.Foo: CANARY\n"
    info = {"m": {"raised_exception": True, "exception_traceback": text}}
    assert evaluation._exception(info) == "Foo"
    assert evaluation._exception({"m": {"exception_traceback": CANARY}}) == "Exception"
    assert psycopg.errors.AdminShutdown.__name__ in evaluation._LOST
