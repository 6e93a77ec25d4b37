"""The parts of the benchmarks do what they say; how long they take is not looked at."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checkout import ROOT
from database import Connection
from rows import Session
from wellness_journey.cohort import seed
from wellness_journey.database import settings
from wellness_journey.database.settings import Target


@pytest.fixture(scope="module", autouse=True)
def benchmarks() -> Any:
    """Benchmarks are programs beside each other, no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield


def test_one_session_in_ten_runs(target: Target, database: Connection) -> None:
    """Surplus sessions go until so many are there and so many of them run; what comes in before
    a run is of the running ones, or of old ones."""
    import marts_rows

    seed.seed(database, sessions=80)
    marts_rows.keep_running(database, seed.SEED_AS_OF, 4, 40)
    assert count(database, "log_sessions") == 40
    assert marts_rows.running(target, seed.SEED_AS_OF) == 4
    for statement, rows in ((marts_rows.NEW_DAY, 4), (marts_rows.LATE_ROWS, 36)):
        before = count(database, "log_pulse_checks")
        given = {"as_of": seed.SEED_AS_OF, "turn": 0}
        assert database.execute(statement.encode(), given).rowcount == rows
        assert count(database, "log_pulse_checks") == before + rows
    assert database.execute(marts_rows.ERASE.encode(), given).rowcount == 1
    assert marts_rows.running(target, seed.SEED_AS_OF) == 3


def test_a_longer_history(target: Target, database: Connection) -> None:
    """Other people's sessions, long over: as many still run, and the functions answer alike."""
    import marts_rows

    seed.seed(database, sessions=60)
    before = {table: count(database, table) for table in marts_rows.TABLES}
    still = marts_rows.running(target, seed.SEED_AS_OF)
    marts_rows.lengthen(database, seed.SEED_AS_OF, 4)
    assert marts_rows.running(target, seed.SEED_AS_OF) == still
    assert count(database, "log_sessions") == 4 * (60 - still) + still
    assert all(2 < count(database, table) / rows < 4 for table, rows in before.items())
    answers = """
        select count(*) %% 4 from public.log_sessions as s
        cross join lateral public.calculate_compliance_score(s.session_id, 180) as answer
        where s.session_date < %s::date - 180
        group by answer
    """
    with settings.connect(target, role=settings.PIPELINE_ROLE) as pipeline:
        assert set(pipeline.execute(answers.encode(), (seed.SEED_AS_OF,)).fetchall()) == {(0,)}


def test_copy_and_functions(target: Target, database: Connection) -> None:
    """The copy has every row, and the function answers for every session and window."""
    import marts_bench
    import marts_rows

    Session(1).create(database, seed.SEED_AS_OF - timedelta(days=200))
    bench = marts_bench.Bench(ROOT, {"cohort": target})
    bench.timed("copy", *marts_rows.COPY)
    bench.timed(
        "functions", *marts_rows.FUNCTIONS, "select 1 / (count(*) = 4)::integer from answers"
    )
    assert [len(bench.statements[step]) for step in ("copy", "functions")] == [1, 1]
    tables = database.execute("select from pg_class where relname like 'copy\\_of\\_%'")
    assert tables.rowcount == 0


def test_a_process_is_measured(target: Target) -> None:
    """Its memory is its own, the server's is seen, and a process that fails is an error."""
    import processes

    command = [sys.executable, "-c", "import time; held = b'x' * 200_000_000; time.sleep(1)"]
    with processes.ServerMemory(target) as memory, settings.connect(target):
        done = processes.run(command, Path.cwd(), {})
    assert done.seconds >= 1
    assert 190 < done.peak_mb < 400
    assert memory.peak_mb > 5
    with pytest.raises(SystemExit, match="left with 3"):
        processes.run([sys.executable, "-c", "raise SystemExit(3)"], Path.cwd(), {})


def test_partitions_are_of_the_same_rows(database: Connection) -> None:
    """Both tables hold every check of every session, and each statement finds or changes some."""
    import partitions

    partitions.fill(database, 210)
    assert partitions.sizes(database)["rows"] == 210 * 90
    for one, other in (partitions.SIDES, partitions.SIDES[::-1]):
        left = database.execute(f"table bench.{one} except table bench.{other}".encode())
        assert left.rowcount == 0
        for statement in partitions.STATEMENTS.values():
            query = statement.format(table=one, session=partitions.SESSION.format(210)).encode()
            with database.transaction(force_rollback=True):
                assert database.execute(query, {"turn": 1}).rowcount > 0
    measured = partitions.measure(database, 210, 1)
    assert measured.keys() == partitions.STATEMENTS.keys()
    assert all(of[side] > 0 for of in measured.values() for side in partitions.SIDES)


def test_a_side_works_on_the_database_that_is_named(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not on the server's first, which in `make bench` is without rows."""
    import checks

    asked: list[str] = []
    monkeypatch.setattr(checks, "by_hand", lambda on, tables: asked.append(on.database) or {})
    other = replace(target, database="another")
    settings.export(other, environ := {})
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    checks.run("by hand")
    assert set(asked) == {"another"}


def test_building_is_what_nodes_take() -> None:
    """From the first that starts to the last that ends, however they overlap."""
    import marts_bench

    nodes = [
        {
            "timing": [
                {"started_at": f"2025-01-01T00:00:{a}Z", "completed_at": f"2025-01-01T00:00:{b}Z"}
            ]
        }
        for a, b in (("10", "14.5"), ("08.5", "09"), ("11", "12"))
    ]
    assert marts_bench.building_seconds([*nodes, {"timing": []}]) == 6


def test_what_is_told() -> None:
    """Net is less the same step without rows, ratios are of net seconds, an aim missed is said."""
    import marts
    import marts_bench
    import marts_text
    from processes import Process

    bench = marts_bench.Bench(ROOT, {})
    steps = {"full refresh": (30, 10), "nothing new": (9, 8), "one day": (14, 9)}
    for step, (cohort, empty) in steps.items():
        bench.runs[step, "cohort"] = [Process(cohort + 9, 1), Process(cohort + 7, 1)]
        bench.building[step, "cohort"] = [cohort + 5, cohort]
        bench.building[step, "empty"] = [empty]
    for step in ("100 late rows", "one erasure"):
        bench.runs[step, "cohort"] = [Process(12, 1)]
        bench.building[step, "cohort"] = [12]
    bench.runs["one day", "longer"] = [Process(16, 410)]
    bench.building["one day", "longer"] = [16]
    bench.runs["journey run", "demo"] = [Process(15, 1)]
    bench.runs["dbt build", "demo"] = [Process(10, 1)]
    bench.statements.update({"copy": [0.5], "functions": [6.0]})
    for model in marts.COMPLIANCE:
        bench.models["full refresh", "cohort", model] = [0.5]
        bench.models["full refresh", "empty", model] = [0.25]
    found = marts.figures(bench, {"suites": {"seconds": 8.0}, "by hand": {"seconds": 4.0}})
    assert {name: found[name] for name, *_ in marts_text.AIMS} == {
        "full_refresh_over_copy": 40.0,
        "one_day_over_full": 0.25,
        "one_day_growth_at_4x": 1.4,
        "functions_over_mart": 6.0,
        "checks_over_handwritten": 2.0,
        "run_over_build": 1.5,
        "client_peak_mb": 410,
    }
    tables = dict.fromkeys(marts.TABLES, 7)
    text = marts_text.told(
        {
            **found,
            "machine": {"cores": 2, "memory_gib": 24, "postgresql": "18.6"},
            "rows": {"cohort": tables, "longer": tables},
            "running_sessions": 1,
            "repeats": 2,
            "server_peak_mb": 100,
        }
    )
    assert text.count("**missed**") == 3
    assert "| one day | 21.00 | 5.00 |" in text


def count(database: Connection, table: str) -> int:
    row = database.execute(f"select count(*) from public.{table}".encode()).fetchone()
    assert row
    return int(row[0])
