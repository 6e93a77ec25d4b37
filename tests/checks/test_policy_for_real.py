"""A column that should not be there, brought in as it would be: by a migration, by a model."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checkout import ROOT, Checkout
from nightly import in_nightly
from waiting import LIMIT
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target

# What is added, and the rules that must say so; in public PH-003 does not hold.
COLUMNS = {
    "patient_email": {"PH-001", "PH-002", "PH-003"},
    "favourite_colour": {"PH-001", "PH-003"},
}


@pytest.fixture
def project(tmp_path: Path) -> Checkout:
    """A copy of the project with a home of its own."""
    return Checkout(tmp_path)


def add_by_migration(root: Path) -> None:
    """As somebody would add columns to an operational table."""
    number = 1 + max(int(path.name[:3]) for path in (root / "migrations").glob("*.sql"))
    (root / "migrations" / f"{number:03}_add_contact.sql").write_text(
        "".join(f"alter table public.log_sessions add column {name} text;\n" for name in COLUMNS)
    )


def add_by_model(root: Path) -> None:
    """As somebody would add columns to a mart, with their contract."""
    marts = root / "dbt_project" / "models" / "marts"
    for name, after, added in (
        (
            "fct_session_trends.sql",
            "final as (\n    select\n",
            "        null::text as {},\n",
        ),
        (
            "_marts__models.yml",
            "  - name: fct_session_trends\n",
            "      - {{name: {}, description: Added., data_type: text}}\n",
        ),
    ):
        head, found, tail = (marts / name).read_text().partition(after)
        assert found
        if name.endswith(".yml"):
            more, columns, tail = tail.partition("\n    columns:\n")
            found += more + columns
        new = "".join(added.format(column) for column in COLUMNS)
        (marts / name).write_text(head + found + new + tail)


def check(project: Checkout, target: Target) -> tuple[int, set[str], set[str]]:
    """The exit code of `journey check`; the policy's rules that fail, and the places it names."""
    code, out, _ = project.journey(target, "check")
    lines = [line.strip() for line in out.splitlines()]
    failing = {line.split()[1] for line in lines if line.startswith("fail   PH-")}
    return code, failing, {line for line in lines if line.startswith("PH-")}


@in_nightly
def test_a_migration_turns_the_check_red(
    project: Checkout, built: str, own_copy_of: Callable[[str], Target]
) -> None:
    """migrate, check: exit 1, naming exactly the new columns of the operational table."""
    target = own_copy_of(built)
    assert check(project, target) == (0, set(), set())
    add_by_migration(project.root)
    assert project.journey(target, "migrate")[0] == 0
    assert check(project, target) == (
        1,
        {"PH-001", "PH-002"},
        {
            f"{rule}  public.log_sessions.{column}"
            for column, rules in COLUMNS.items()
            for rule in rules - {"PH-003"}
        },
    )


@in_nightly
def test_a_model_turns_the_check_red(
    project: Checkout, built: str, own_copy_of: Callable[[str], Target]
) -> None:
    """dbt builds it as it was asked to; check: exit 1, naming exactly the new columns."""
    target = own_copy_of(built)
    add_by_model(project.root)
    dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet", "run"]
    subprocess.run(
        [*dbt, "--select", "fct_session_trends", "--vars", f"as_of: {SEED_AS_OF}"],
        cwd=project.root,
        env=project.environment(target),
        check=True,
    )
    assert check(project, target) == (
        1,
        {"PH-001", "PH-002", "PH-003"},
        {
            f"{rule}  marts.fct_session_trends.{column}"
            for column, rules in COLUMNS.items()
            for rule in rules
        },
    )


@in_nightly
def test_the_tests_of_such_a_project_are_red(project: Checkout) -> None:
    """`make test` builds the checkout that it runs in, and names every one of the columns."""
    add_by_migration(project.root)
    add_by_model(project.root)
    shutil.copy(ROOT / "pyproject.toml", project.root)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tests", project.root / "tests", ignore=ignored)
    test = "tests/checks/test_column_policy.py::test_a_full_build_is_wholly_classified"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-vv", test],
        cwd=project.root,
        env=project.environment(None),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    for table in ("public.log_sessions", "marts.fct_session_trends"):
        for column in COLUMNS:
            assert f"{table}.{column}" in done.stdout
