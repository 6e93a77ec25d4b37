"""Adopts, runs and checks the application in examples/other_clinic: `make other-clinic`."""

from __future__ import annotations

import sys
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import northbank
from checkout import Checkout
from wellness_journey.database import settings

DATABASE = "northbank"


def main() -> int:
    """Show what each step says; the exit code of the first that fails."""
    named = settings.target_from_environment()
    # As it is imported it forgets these variables: no test may reach a clinic's database.
    from database import throwaway

    with (
        nullcontext(named) if named else throwaway() as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        target = replace(server, database=DATABASE)
        with settings.connect(replace(server, database="postgres"), autocommit=True) as connection:
            connection.execute(f"create database {DATABASE}".encode())
        checkout = Checkout(Path(folder), all_unit_tests=True)
        northbank.configure(checkout)
        northbank.set_up(target)
        for verb in (
            ("adopt",),
            ("run", "--as-of", northbank.AS_OF),
            ("check", "--as-of", northbank.AS_OF),
            ("status",),
        ):
            print(f"$ journey {' '.join(verb)}", flush=True)
            code, out, err = checkout.journey(target, *verb)
            print(out, flush=True)
            if code:
                print(err, file=sys.stderr)
                return code
        kept = Path.cwd() / "reports" / "other-clinic.html"
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(checkout.files()["index.html"], encoding="utf-8")
        print(f"its report: {kept}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
