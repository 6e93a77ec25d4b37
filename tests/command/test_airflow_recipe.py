"""The recipe of docs/scheduling.md for Airflow."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
import yaml

from checkout import ROOT
from cron import assert_cron


class Task:
    """An operator that only notes what it was made with, and what comes after it."""

    def __init__(self, **arguments: Any):
        self.arguments, self.after = arguments, set[str]()
        Task.made[arguments["task_id"]] = self

    made: ClassVar[dict[str, Task]] = {}

    def __rshift__(self, other: Task) -> Task:
        other.after.add(self.arguments["task_id"])
        return other

    def __rrshift__(self, others: list[Task]) -> Task:
        for other in others:
            other >> self
        return self


class Plain:
    """Anything else of Airflow: keeps its arguments, and is entered by `with`."""

    SUBPROCESS = "subprocess"

    def __init__(self, **arguments: Any):
        self.arguments = arguments

    def __enter__(self) -> Plain:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def dag(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the file defines, read beside stand-ins of the two packages."""
    text = (ROOT / "docs" / "ci" / "airflow_dag.py").read_text()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(("airflow", "cosmos")):
            module = ModuleType(str(node.module))
            for name in node.names:
                kind = Task if name.name.endswith("Operator") else Plain
                setattr(module, name.name, kind)
            monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv("JOURNEY_ROOT", str(ROOT))
    Task.made = {}
    found: dict[str, Any] = {}
    exec(compile(text, "airflow_dag.py", "exec"), found)  # noqa: S102 - our own file
    return found


def test_the_dag_names_what_is_there(dag: dict[str, Any]) -> None:
    """The project, its profile and target, the command; one dbt call; no failure looks green."""
    build, check, done = (Task.made[name] for name in ("build", "check", "done"))
    assert (check.after, done.after) == ({"build"}, {"build", "check"})
    assert (check.arguments["trigger_rule"], done.arguments["trigger_rule"]) == (
        "all_done",
        "all_success",
    )
    assert (build.arguments["project_dir"] / "dbt_project.yml").is_file()
    profile = build.arguments["profile_config"].arguments
    profiles = yaml.safe_load(profile["profiles_yml_filepath"].read_text())
    assert profile["target_name"] in profiles[profile["profile_name"]]["outputs"]
    assert Path(build.arguments["dbt_executable_path"]) == ROOT / ".venv" / "bin" / "dbt"
    assert_cron(dag["dag"].arguments["schedule"])
    assert dag["dag"].arguments["max_active_runs"] == 1
    words = check.arguments["bash_command"].split()
    assert words == [".venv/bin/journey", "check"]
    assert check.arguments["cwd"] == str(ROOT)
