"""Corrupt a clean cohort, one small thing at a time, and see the intended checks notice.

`make faults` plants all of `faults/`, `make faults FAULTS='id id'` those named, and prints what
each should turn red and what it did. Exit code 1: a fault was not caught by exactly the rules
that it names, or a check was never seen to fail; 2: no verdict.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import psycopg

from builds import NO_TESTS, build
from checkout import ROOT
from database import Connection, throwaway
from fault_checks import (
    SUITES,
    Found,
    Queries,
    compiled,
    found_by_build,
    found_by_checks,
    found_by_posture,
    found_by_runs,
    found_by_tests,
    found_by_unit_tests,
    is_clean,
)
from fault_list import LISTS, RULES, Fault, StaleError, load
from faultless import TEMPLATE, copy_of, make_clean
from runs import two_nights
from wellness_journey.checks.suites import suite_file
from wellness_journey.cohort import seed
from wellness_journey.database import migrate
from wellness_journey.database.settings import Target, connect

RED = ("warn", "fail")
# A database with all that `make_clean` takes away.
GUARDED = "guarded"


@dataclass(frozen=True)
class Verdict:
    """What a fault turned red, and in what it was not as it should be."""

    fault: Fault
    red: tuple[Found, ...]
    problems: tuple[str, ...] = ()


# One fault ---------------------------------------------------------------------------------------


def plant(target: Target, statements: str) -> None:
    """Run the SQL of a fault as the owner.

    Raises:
        StaleError: a statement found no row to corrupt.
    """
    with connect(target, autocommit=True) as connection:
        cursor = connection.execute(statements.encode())
        while True:
            if cursor.rowcount == 0:
                raise StaleError("a statement changes no row")
            if not cursor.nextset():
                return


@contextmanager
def planted(fault: Fault, clean: Target) -> Iterator[tuple[Target, list[Found]]]:
    """A copy of `clean` with `fault` in it, built as it says; what dbt found meanwhile."""
    found: list[Found] = []
    selection = () if fault.build == "all" else ("--select", *fault.build.split())
    with copy_of(clean) as target, sabotaged(fault) as root:
        if fault.before:
            plant(target, fault.before)
            build(target, seed.SEED_AS_OF, *NO_TESTS, *selection, root=root)
        if fault.sql:
            plant(target, fault.sql)
        if fault.file:
            found = found_by_unit_tests(target, root, Path(fault.file).stem)
        if fault.build:
            run_id = build(target, seed.SEED_AS_OF, *NO_TESTS, *selection, root=root).run_id
            found += found_by_build(target, run_id)
        yield target, found


def judge(fault: Fault, clean: Target, queries: Queries) -> Verdict:
    """Plant `fault` in a copy of `clean` and run all data tests, the suites of its rules' tables,
    the column policy and the scan; one of the database's security in a transaction, and see that
    its own statements mend it."""
    if fault.is_of_runs or fault.is_of_posture:
        judged = judge_runs if fault.is_of_runs else judge_posture
        # Of each fault nothing may stay for the next one.
        with (
            connect(replace(clean, database=GUARDED)) as connection,
            connection.transaction(force_rollback=True),
        ):
            return judged(fault, connection)
    with planted(fault, clean) as (target, found):
        found += found_by_tests(target, queries, clean.database)
        found += found_by_checks(target, tables_of(fault))
    return compare(fault, found)


def judge_posture(fault: Fault, connection: Connection) -> Verdict:
    """Plant `fault` in the transaction of `connection`, look, and mend what was found; the caller
    rolls back."""
    with sabotaged(fault) as root:
        connection.execute(fault.sql.encode() or b"select")
        verdict = compare(fault, found_by_posture(connection, root))
    for one in verdict.red:
        connection.execute((one.query or "").encode())
    left = [one.rule for one in found_by_posture(connection) if one.status in (*RED, "error")]
    problems = (f"{rule} is not mended by what it tells" for rule in left)
    return replace(verdict, problems=(*verdict.problems, *problems))


def judge_runs(fault: Fault, connection: Connection) -> Verdict:
    """Plant `fault` after two nights in the transaction of `connection`; the caller rolls back."""
    run_id = two_nights(connection)
    clean = found_by_runs(connection, run_id)
    if connection.execute(fault.sql.encode()).rowcount == 0:
        raise StaleError("a statement changes no row")
    verdict = compare(fault, found_by_runs(connection, run_id))
    problems = [f"{one.rule} is {one.status} without it" for one in clean if one.status != "pass"]
    return replace(verdict, problems=(*verdict.problems, *problems))


def tables_of(fault: Fault) -> set[str]:
    """What its rules are about."""
    return {RULES[rule_id].table for rule_id in fault.rules}


def compare(fault: Fault, found: Sequence[Found]) -> Verdict:
    """What is red, and in what that is not what `fault` names.

    A rule that must fire does so in each engine that checks it, and by its count of failing rows:
    a check that could not run has not caught anything.
    """
    red = tuple(one for one in found if one.status in (*RED, "error"))
    problems = []
    for rule in fault.fires:
        for engine in sorted({one.engine for one in found if one.rule == rule}):
            if not any(
                one.status in RED for one in red if (one.rule, one.engine) == (rule, engine)
            ):
                problems.append(f"{rule} not caught by {engine}")
        if not any(one.rule == rule for one in found):
            problems.append(f"{rule} was not checked")
    fired = {one.rule for one in red}
    problems += [f"{rule} fired too" for rule in sorted(fired - fault.rules)]
    problems += [f"{rule} did not fire" for rule in sorted({*fault.also} - fired)]
    return Verdict(fault, red, tuple(problems))


@contextmanager
def sabotaged(fault: Fault) -> Iterator[Path]:
    """The project, or a copy of it with the fault in a model or in an expectation."""
    if not fault.file:
        yield ROOT
        return
    with tempfile.TemporaryDirectory(prefix="journey-fault-") as folder:
        tree = Path(folder)
        for name in ("dbt_project", "expectations"):
            shutil.copytree(ROOT / name, tree / name)
        for name in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(ROOT / name, tree / name)
        path = tree / ("expectations" if fault.is_of_posture else "dbt_project") / fault.file
        text = path.read_text(encoding="utf-8")
        if text.count(fault.old) != 1:
            raise StaleError(f"{fault.file} does not hold once: {fault.old}")
        path.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
        yield tree


# All faults --------------------------------------------------------------------------------------


def _work(fault: Fault, clean: Target, queries: Queries) -> Verdict:
    """`judge` in a process of its own: what goes wrong is a problem of that fault."""
    try:
        return judge(fault, clean, queries)
    except StaleError as error:
        return Verdict(fault, (), (f"out of date: {error}",))
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        words = type(error).__name__ if isinstance(error, psycopg.Error) else repr(error)
        return Verdict(fault, (), (f"no verdict: {words} in {where.name}",))


def _workers(artefacts: str) -> ProcessPoolExecutor:
    # Not forked: dbt and Great Expectations left threads and locks in this process.
    fresh = get_context("spawn")
    return ProcessPoolExecutor(os.cpu_count(), fresh, initializer=_ready, initargs=(artefacts,))


def _ready(artefacts: str) -> None:
    """A process that works at faults has dbt's artefacts to itself."""
    tempfile.tempdir = tempfile.mkdtemp(dir=artefacts)


def line(verdict: Verdict) -> str:
    """A row of the matrix: what should turn red, and what did."""
    fired = {one.rule: one.status for one in verdict.red}
    also = sorted(fired.keys() - set(verdict.fault.fires))
    shown = " ".join(rule if fired[rule] in RED else f"{rule}?" for rule in also)
    caught = " ".join(rule if rule in fired else f"({rule})" for rule in verdict.fault.fires)
    state = "FAILED" if verdict.problems else "caught"
    return f"{state}  {verdict.fault.id:44} {caught:24} {shown}".rstrip()


def untried(verdicts: Sequence[Verdict], queries: Queries) -> list[str]:
    """Rules and checks that no fault turned red."""
    red = {(one.engine, one.check) for v in verdicts for one in v.red if one.status in RED}
    rules = {one.rule for v in verdicts for one in v.red if one.status in RED}
    missing = [f"rule {rule}" for rule in sorted(RULES.keys() - rules)]
    missing += [f"test {name}" for name in sorted(queries) if ("dbt", name) not in red]
    for suite in SUITES.values():
        for check in suite.checks:
            kind = check.expectation["type"] if check.expectation else ""
            # One type of a table is tried; that all are compared, suites and contracts see to.
            if kind != suite_file.TYPE_IN_LIST and ("great_expectations", check.name) not in red:
                missing.append(f"expectation {suite.table}: {check.name}")
    return missing


def main(names: Sequence[str]) -> int:
    try:
        faults = load()
        if unknown := sorted(set(names) - {fault.id for fault in faults}):
            raise StaleError(f"not in {LISTS.name}/: {', '.join(unknown)}")
    except StaleError as error:
        print(f"{LISTS.name}/ does not fit: {error}", file=sys.stderr)
        return 2
    chosen = [fault for fault in faults if fault.id in names or not names]
    with tempfile.TemporaryDirectory(prefix="journey-faults-") as artefacts, throwaway() as server:
        clean = replace(server, database=TEMPLATE)
        with connect(server, autocommit=True) as connection:
            for name in (TEMPLATE, GUARDED):
                connection.execute(f"create database {name} template template0".encode())
        with connect(replace(server, database=GUARDED), autocommit=True) as connection:
            migrate.migrate(connection, ROOT / "migrations")
        make_clean(clean)
        queries = compiled(clean)
        found = [*found_by_tests(clean, queries), *found_by_checks(clean, SUITES)]
        if red := [one.check for one in found if not is_clean(one)]:
            print(f"not clean without a fault: {', '.join(red)}", file=sys.stderr)
            return 2
        print(f"{'':7} {'fault':44} {'must fire':24} fires too (?: could not be checked)")
        verdicts = []
        with _workers(artefacts) as pool:
            work = [pool.submit(_work, fault, clean, queries) for fault in chosen]
            try:
                for done in work:
                    verdicts.append(done.result())
                    print(line(verdicts[-1]), flush=True)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return _summary(verdicts, [] if names else untried(verdicts, queries))


def _summary(verdicts: Sequence[Verdict], missing: Sequence[str]) -> int:
    failed = [verdict for verdict in verdicts if verdict.problems]
    for verdict in failed:
        print(f"\n{verdict.fault.id}: {verdict.fault.what}")
        print(*(f"  {problem}" for problem in verdict.problems), sep="\n")
    for name in missing:
        print(f"no fault turns red: {name}")
    rules = {rule for verdict in verdicts for rule in verdict.fault.fires}
    bad = len(failed) or len(missing)
    said = f"{len(failed)} not caught, {len(missing)} untried" if bad else "all caught"
    print(f"\n{len(verdicts)} faults, {len(rules)} rules: {said}")
    return 1 if bad else 0


if __name__ == "__main__":
    # A shell's background job ignores an interrupt, and hands that down. Either ends the server.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
