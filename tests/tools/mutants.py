"""Sabotage the migrations, one small thing at a time, and see the schema tests notice.

`make mutants` tries all of `mutants.yml`, `make mutants MUTANTS='id id'` those named. Works on a
copy of the tree as it was at the start. Exit code 1: one survived; 2: no verdict.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import yaml

from waiting import LIMIT

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_suffix(".yml")
# In the order in which most mutants die soonest; those that are there.
TESTS = (
    "schema/test_functions",
    "schema/test_function_rules",
    "schema/test_whose_rows",
    "schema/test_who_may_what",
    "schema/test_filled_in",
    "schema/test_bounds",
    "schema/test_dosing_sessions",
    "schema/test_catalogue_of_the_schema",
    "schema/test_filtered_owner",
    "schema/test_quality_schema",
    "schema/test_sizes",
    "schema/test_migration_files",
    "schema/test_text_guard",
    "schema/test_days_of_rows",
    "schema/test_intake",
    "schema/test_attacks",
    "schema/test_immutability",
    "schema/test_misuse",
    "schema/test_migrate",
    "schema/test_actors",
    "application/test_retries",
    "application/test_retries_at_once",
    "engine/test_announcements",
    "checks/test_posture_file",
)


_FUNCTION = re.compile(r"^create (?:or replace )?function ([\w.]+)", re.MULTILINE)


class StaleError(Exception):
    """The list does not fit the migrations."""


@dataclass(frozen=True)
class Mutant:
    """One sabotage: where, what, and what it would mean in a clinic."""

    id: str
    file: str
    old: str
    why: str
    new: str = ""
    within: str = ""

    def replaced_by(self, migrations: Path) -> str | None:
        """The later file that makes the function anew which this is in: nobody can notice it."""
        text = (migrations / self.file).read_text(encoding="utf-8")
        at = text.index(self.old, text.index(self.within))
        start = text.rfind("\ncreate ", 0, at) + 1
        name = _FUNCTION.match(text, start)
        if not name or at > text.find("\n$$;", start):
            return None
        for path in sorted(migrations.glob("*.sql")):
            if path.name > self.file and name[1] in _FUNCTION.findall(path.read_text("utf-8")):
                return path.name
        return None

    def text(self, migrations: Path) -> str:
        """The sabotaged file.

        Raises:
            StaleError: `old` does not occur exactly once in its CREATE or file.
        """
        text = (migrations / self.file).read_text(encoding="utf-8")
        start, end = 0, len(text)
        if self.within:
            if text.count(self.within) != 1:
                raise StaleError(f"{self.id}: {self.file} does not hold {self.within!r} once")
            start = text.index(self.within)
            following = text.find("\ncreate ", start)
            end = len(text) if following < 0 else following
        found = text.count(self.old, start, end)
        if found != 1:
            raise StaleError(f"{self.id}: found {found} times in {self.file}:\n{self.old}")
        return text[:start] + text[start:end].replace(self.old, self.new) + text[end:]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: killed, survived, or no verdict; and by which test."""

    mutant: Mutant
    outcome: str
    said: str
    seconds: float

    @property
    def killer(self) -> str:
        """The module of the test that noticed, as in TESTS; empty when none did."""
        path = self.said.partition(" ")[2].partition("::")[0]
        return path.removeprefix("tests/").removesuffix(".py") if self.outcome == "killed" else ""


def load(path: Path = LIST, migrations: Path = ROOT / "migrations") -> list[Mutant]:
    """All mutants, each seen to fit.

    Raises:
        StaleError: two of one name, or one that does not fit the migrations, or not any more.
    """
    found = [
        Mutant(file=file, within=entry.pop("in", ""), **entry)
        for file, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items()
        for entry in entries
    ]
    names = [mutant.id for mutant in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise StaleError(f"twice in the list: {', '.join(twice)}")
    for mutant in found:
        mutant.text(migrations)
        if file := mutant.replaced_by(migrations):
            raise StaleError(f"{mutant.id}: {file} makes its function anew")
    return found


def copy(source: Path, to: Path) -> Path:
    """The tree without what was made or fetched."""
    made = shutil.ignore_patterns(".*", "__pycache__", "target", "logs", "reports")
    return Path(shutil.copytree(source, to, ignore=made))


def run(tree: Path, tests: Iterable[str] = TESTS) -> tuple[int | None, str]:
    """pytest's exit code (None: it did not end) and what it said of the first test that failed."""
    files = [path for name in tests if (path := tree / "tests" / f"{name}.py").exists()]
    # One server is enough to notice; what dbt builds is not the migrations.
    options = ("-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-k", "not postgres_15 and not dbt")
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *files],
        cwd=tree,
        # The copy's package, not the checkout's that the environment is installed from.
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "COLUMNS": "1000"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)  # so that it stops its server
        process.communicate()
        return None, f"no end within {LIMIT:.0f} s"
    lines = output.splitlines()
    said = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return process.returncode, (said or lines or [""])[0]


def judge(mutant: Mutant, source: Path, tests: Iterable[str] = TESTS, first: str = "") -> Verdict:
    """Run the tests on a sabotaged copy of `source`, the module `first` alone before all."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="journey-mutant-") as folder:
        tree = copy(source, Path(folder) / "tree")
        (tree / "migrations" / mutant.file).write_text(mutant.text(tree / "migrations"))
        code, said = run(tree, [first]) if first else (0, "")
        if code == 0:
            code, said = run(tree, tests)
    # A sabotage that PostgreSQL refuses says nothing about the tests.
    refused = said.startswith("ERROR ") and "was refused" in said
    outcome = {0: "survived", 1: "no verdict" if refused else "killed"}.get(code, "no verdict")
    return Verdict(mutant, outcome, said, time.monotonic() - began)


class Killers:
    """Of each file the tests that killed its last mutant: most likely they kill the next one."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._of_file: dict[str, str] = {}
        self._passes: dict[str, bool] = {}

    def of(self, file: str) -> str:
        """A module of TESTS; empty when none is known."""
        return self._of_file.get(file, "")

    def learn(self, verdict: Verdict) -> None:
        """Take the module that noticed, if it passes alone without a mutant."""
        if name := verdict.killer:
            if name not in self._passes:
                self._passes[name] = run(self._source, [name])[0] == 0
            if self._passes[name]:
                self._of_file[verdict.mutant.file] = name


def main(names: Sequence[str]) -> int:
    try:
        mutants = load()
        unknown = sorted(set(names) - {mutant.id for mutant in mutants})
        if unknown:
            raise StaleError(f"not in {LIST.name}: {', '.join(unknown)}")
    except StaleError as error:
        print(f"{LIST.name} does not fit: {error}", file=sys.stderr)
        return 2
    mutants = [mutant for mutant in mutants if mutant.id in names or not names]
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="journey-mutants-") as folder:
        source = copy(ROOT, Path(folder) / "tree")
        code, said = run(source)
        if code != 0:
            print(f"the tests fail without a mutant: {said}", file=sys.stderr)
            return 2
        killers = Killers(source)

        def work(mutant: Mutant) -> Verdict:
            return judge(mutant, source, first=killers.of(mutant.file))

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            try:
                runs = [pool.submit(work, mutant) for mutant in mutants]
                for done in as_completed(runs):
                    verdict = done.result()
                    verdicts.append(verdict)
                    killers.learn(verdict)
                    test = verdict.said.partition("::")[2].partition(" - ")[0]
                    shown = test if verdict.outcome == "killed" else ""
                    print(f"{verdict.outcome:10} {verdict.mutant.id:42} {shown}", flush=True)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # those that run clean up first
                raise
    left = [verdict for verdict in verdicts if verdict.outcome != "killed"]
    for verdict in left:
        mutant = verdict.mutant
        print(f"\n{verdict.outcome}: {mutant.id} in {mutant.file}: {mutant.why}")
        if verdict.outcome == "no verdict":
            print(f"  {verdict.said}")
    print(f"\n{len(verdicts) - len(left)} of {len(verdicts)} mutants killed")
    if any(verdict.outcome == "no verdict" for verdict in left):
        return 2
    return 1 if left else 0


if __name__ == "__main__":
    # A shell's background job ignores it, and hands that down to pytest.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
