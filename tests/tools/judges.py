"""Outside judges of the migrations, for `make nightly`: pgspot, plpgsql_check, pgTAP.

A judge that is not installed is skipped with a line that says so. Exit code 1: a finding.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import postgres_15
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "migrations"
PGSPOT = ROOT / ".venv-pgspot" / "bin" / "pgspot"
# What is kept, by file and code, each with the reason.
PGSPOT_ALLOWED = {
    # CREATE SCHEMA IF NOT EXISTS takes a schema that is there already. The block before it
    # refuses one that journey_pipeline does not own; one that it owns is ours.
    ("048_add_analytics_roles.sql", "PS010"),
    # CREATE OR REPLACE keeps the owner of a function that is there already. 044 creates these two
    # by a plain CREATE, so they are ours.
    ("053_accept_unchanged_integration_sessions.sql", "PS002"),
    ("057_know_more_identifiers.sql", "PS002"),
}
PLPGSQL_CHECK = """
select p.oid::regprocedure || ' line ' || coalesce(f.lineno, 0) || ': ' || f.message
from pg_proc as p
inner join pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join (
    select tgfoid, tgrelid, max(tgoldtable::text) as old_rows, max(tgnewtable::text) as new_rows
    from pg_trigger
    group by tgfoid, tgrelid
) as t on t.tgfoid = p.oid
cross join plpgsql_check_function_tb(
    p.oid, coalesce(t.tgrelid, 0), oldtable => t.old_rows, newtable => t.new_rows,
    fatal_errors => false, other_warnings => true,
    extra_warnings => true, performance_warnings => true, security_warnings => true
) as f
where p.pronamespace in ('public'::regnamespace, 'quality'::regnamespace, 'intake'::regnamespace)
"""


def pgspot() -> list[str]:
    """Names that an attacker could shadow. It does not look into DO blocks' EXECUTE."""
    found = []
    for path in sorted(MIGRATIONS.rglob("*.sql")):
        done = subprocess.run([PGSPOT, path], capture_output=True, text=True, check=False)
        if not re.search(r"Errors: \d+ Warnings: \d+ Unknown: 0", done.stdout):
            found.append(f"{path.name}: not judged: {done.stdout}{done.stderr}")
        for line in done.stdout.splitlines():
            code = line.partition(":")[0]
            if re.fullmatch(r"PS\d+", code) and (path.name, code) not in PGSPOT_ALLOWED:
                found.append(f"{path.name}: {line}")
    return found


def plpgsql_check(target: Target) -> list[str]:
    """Every PL/pgSQL function of ours, each trigger function with each of its tables."""
    with settings.connect(target, autocommit=True) as connection:
        connection.execute("create extension plpgsql_check")
        return [row[0] for row in connection.execute(PLPGSQL_CHECK.encode())]


def pgtap(target: Target) -> list[str]:
    """`privileges.sql`, which ends in an error unless every test of its plan passed."""
    command = [postgres_15.PROGRAMS / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
    server = ["-h", target.host, "-U", target.user, "-d", target.database]
    test = ROOT / "tests" / "schema" / "privileges.sql"
    done = subprocess.run(
        [*command, *server, "-f", test], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return []
    passed = re.compile(r"(ok|1\.\.)")
    return [line for line in done.stdout.splitlines() if not passed.match(line)] + [done.stderr]


def main() -> int:
    findings = 0

    def tell(judge: str, found: list[str]) -> None:
        nonlocal findings
        findings += len(found)
        print(f"{judge}: {len(found) or 'no'} findings", *found, sep="\n  ", flush=True)

    if PGSPOT.exists():
        tell("pgspot", pgspot())
    else:
        print(f"SKIPPED: pgspot: {PGSPOT} is not there; make nightly installs it from PyPI")
    judges = {"plpgsql_check": plpgsql_check, "pgtap": pgtap}
    for name in list(judges):
        if not (postgres_15.EXTENSIONS / f"{name}.control").exists():
            del judges[name]
            package = f"postgresql-15-{name.replace('_', '-')}"
            print(f"SKIPPED: {name} is not there (Debian: apt-get install {package})")
    if judges:
        with postgres_15.running() as target:
            with settings.connect(target, autocommit=True) as connection:
                migrate.migrate(connection, MIGRATIONS)
            for name, judge in judges.items():
                tell(name, judge(target))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
