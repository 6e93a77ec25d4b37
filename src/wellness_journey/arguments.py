"""The verbs of the command and their flags."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from uuid import UUID

from wellness_journey import __version__
from wellness_journey.database import settings
from wellness_journey.intake.answer import Allowance


def parser(
    actions: Mapping[str, Callable[[argparse.Namespace], object]],
) -> argparse.ArgumentParser:
    """The parser; `actions` has what to do for each verb, which it leaves in `verb`."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print the result as JSON")
    checking = argparse.ArgumentParser(add_help=False)
    checking.add_argument(
        "--fail-on", choices=("fail", "warn"), default="fail", help="exit 1 from here on"
    )
    dated = argparse.ArgumentParser(add_help=False)
    dated.add_argument(
        "--as-of", type=_day, metavar="DAY", help="day of reference (default: today at the clinic)"
    )
    building = argparse.ArgumentParser(add_help=False)
    building.add_argument("--full-refresh", action="store_true", help="rebuild every table")
    building.add_argument(
        "dbt_arguments", nargs="*", metavar="-- DBT ARGS", help="passed on to dbt build"
    )

    made = argparse.ArgumentParser(
        prog="journey",
        description="Longitudinal marts from a clinic's journey tables.",
        epilog="The database is the one that PG* names; without them an embedded one.",
    )
    made.add_argument("--version", action="version", version=f"journey {__version__}")
    verbs = made.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, told: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        of_verb = verbs.add_parser(name, help=told, description=told, parents=[shared, *parents])
        of_verb.set_defaults(verb=actions[name])
        return of_verb

    verb("up", "start the embedded database, or find the running one")
    verb("down", "stop the embedded database")
    migrating = verb("migrate", "apply pending migrations")
    migrating.add_argument(
        "--dry-run", action="store_true", help="only list them, and what keeps them from it"
    )
    migrating.add_argument(
        "--with-prerequisites",
        action="store_true",
        help="also make log_sessions, auth and the API's roles: where no application has them",
    )
    migrating.add_argument(
        "--layout",
        choices=("supabase",),
        help="write the files for another tool (into DIR), apply none",
    )
    migrating.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="with --layout: supabase/migrations"
    )
    adopting = verb("adopt", "work on a clinic's own tables (docs/input.md)")
    adopting.add_argument(
        "--schema",
        metavar="NAME",
        help="holds the relations (default: input_schema of dbt_project.yml)",
    )
    adopting.add_argument("--dry-run", action="store_true", help="only show every statement")
    adopting.add_argument(
        "--template",
        type=Path,
        metavar="DIR",
        help="write first views of the tables that are found, for you to correct",
    )
    loading = verb("load", "load the files of a folder (docs/loading.md)")
    loading.add_argument("folder", type=Path, metavar="DIR", help="holds auth_users.csv, log_*.csv")
    loading.add_argument(
        "--max-rejected",
        type=_allowance,
        default=Allowance(),
        metavar="N|P%",
        help="exit 0 with up to so many rejected rows, or so many in a hundred (0)",
    )
    loading.add_argument(
        "--quiet", action="store_true", help="no reasons, no exact counts: for logs others read"
    )
    loading.add_argument(
        "--describe",
        action="store_true",
        help="only look at the files and write a first datapackage.json for you to check",
    )
    seeding = verb("seed", "fill an empty database with an invented cohort")
    seeding.add_argument("--sessions", type=int, default=400, help="dosing sessions (400)")
    seeding.add_argument("--days", type=int, default=180, help="days of history each (180)")
    seeding.add_argument("--seed", type=int, default=1, help="another number, another cohort (1)")
    verb("check", "check tables, columns and free text", checking, dated).add_argument(
        "--select", action="append", default=[], metavar="RULE", help="this rule only (repeatable)"
    )
    reporting = verb("report", "write the report of the last run", checking)
    reporting.add_argument(
        "--funnels",
        type=Path,
        metavar="FILE",
        help="write practitioners side by side to FILE instead, for you alone (needs the marts)",
    )
    reporting.add_argument(
        "--practitioner", type=_key, metavar="ID", help="with --funnels: this one's own rows only"
    )
    verb("status", "the last run on one screen", checking)
    explain = verb("explain", "one rule on one screen")
    explain.add_argument("rule", metavar="RULE", help="its id, such as PC-004")
    explain.add_argument(
        "--exact",
        action="store_true",
        help="exact numbers of rows, for members of journey_restricted or journey_pipeline",
    )
    verb("prune", "delete the results of old runs").add_argument(
        "--days", type=_days, default=400, help="keep the runs of that many days (400)"
    )
    verb("run", "build the marts, check, report", checking, dated, building)
    demo = verb("demo", "all of it on the embedded database with invented data", checking)
    demo.set_defaults(full_refresh=False, dbt_arguments=[], as_of=None)
    return made


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        told = "a key has 32 hex digits, as in 01234567-89ab-cdef-0123-456789abcdef"
        raise argparse.ArgumentTypeError(told) from None


def _allowance(text: str) -> Allowance:
    match = re.fullmatch(r"(\d{1,9})|(\d{1,3}(?:\.\d{1,6})?)%", text, re.ASCII)
    share = Fraction(match[2]) / 100 if match and match[2] else None
    if not match or (share is not None and share > 1):
        raise argparse.ArgumentTypeError(
            "expected a number of rows such as 20, or a share of them such as 1.5%"
        )
    return Allowance(int(match[1] or 0), share)


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 100_000:
        raise argparse.ArgumentTypeError("not a number of days: expected 1 to 99999")
    return int(text)


def _day(text: str) -> date:
    try:
        return settings.parse_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
