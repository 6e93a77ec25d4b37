"""Which model may read which, by its folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
# What the models of a folder may read beside seeds. Marts and sums are one layer: a benchmark is a
# mart made of sums, and these are made of marts.
MAY_READ = {
    "staging": {"sources", "staging"},
    "intermediate": {"staging", "intermediate"},
    "marts": {"staging", "intermediate", "marts", "sums"},
    "sums": {"intermediate", "marts", "sums"},
    "cells": {"intermediate", "marts", "cells"},
    "published": {"marts", "cells"},
    "cross_checks": {"staging", "intermediate", "marts"},
}
MOST_LINES = 150
MEDIAN_LINES = 60


def texts(root: Path) -> dict[Path, str]:
    """The SQL of each model, comments left out."""
    return {
        path: re.sub(r"\{#.*?#\}|--[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for path in sorted((root / "models").rglob("*.sql"))
    }


def backwards(models: Mapping[Path, str], seeds: set[str]) -> Iterator[str]:
    """Each reading that goes from a layer to one that it must not know."""
    folders = {path.stem: path.parent.name for path in models} | dict.fromkeys(seeds, "seeds")
    for path, text in models.items():
        read = [(name, folders[name]) for name in re.findall(r"\bref\('(\w+)'\)", text)]
        read += [(name, "sources") for name in re.findall(r"\bsource\('\w+', '(\w+)'\)", text)]
        for name, folder in read:
            if folder not in {"seeds", *MAY_READ[path.parent.name]}:
                yield f"{path.parent.name}/{path.stem} reads {folder}/{name}"


def of_project() -> tuple[dict[Path, str], set[str]]:
    project = ROOT / "dbt_project"
    return texts(project), {path.stem for path in (project / "seeds").glob("*.csv")}


def test_no_model_reads_a_later_layer() -> None:
    """Published reads no published table, so that none is withheld by what another shows."""
    assert list(backwards(*of_project())) == []


def test_a_reading_backwards_is_found() -> None:
    """In a copy of the project, one reading of each kind is planted."""
    models, seeds = of_project()
    for folder, name, source in (
        ("intermediate", "int_review_weeks", "ref('dim_sessions')"),
        ("staging", "stg_sessions", "ref('int_sessions')"),
        ("marts", "dim_sessions", "ref('cell_pulse_days')"),
        ("published", "rpt_review_flags", "ref('rpt_pulse_trends_by_week')"),
        ("published", "rpt_review_flags", "source('operational', 'log_sessions')"),
    ):
        path = next(path for path in models if path.stem == name)
        planted = models | {path: f"{models[path]}\nselect * from {{{{ {source} }}}}"}
        found = list(backwards(planted, seeds))
        assert len(found) == 1
        assert found[0].startswith(f"{folder}/{name} reads ")


def test_a_name_in_a_macro_is_no_way_around() -> None:
    """A model's layer is read from its own text, so macros read seeds alone."""
    _, seeds = of_project()
    macros = (ROOT / "dbt_project" / "macros").rglob("*.sql")
    read = {name for path in macros for name in re.findall(r"\bref\('(\w+)'\)", path.read_text())}
    assert read - seeds == set()


def lines_of_models() -> dict[str, int]:
    return {path.stem: len(path.read_text().splitlines()) for path in of_project()[0]}


def test_a_model_is_short() -> None:
    """One that is longer has several steps, of which each could be read by itself."""
    assert {name: n for name, n in lines_of_models().items() if n > MOST_LINES} == {}


def test_most_models_fit_on_a_page() -> None:
    """Half of them are shorter than 60 lines: split one at a step, or share what several say."""
    assert median(lines_of_models().values()) < MEDIAN_LINES


def test_a_reason_of_quarantine_is_said_once() -> None:
    """In one model, or in the macros that several models call."""
    reasons: dict[str, list[str]] = {}
    macros = ROOT / "dbt_project" / "macros" / "quarantine.sql"
    for path in (*of_project()[0], macros):
        for reason in re.findall(r"\bthen '(\w+)'", path.read_text()):
            if path == macros or path.parent.name == "staging":
                reasons.setdefault(reason, []).append(path.stem)
    assert {reason: where for reason, where in reasons.items() if len(where) > 1} == {}
    assert {"no_session", "no_day", "unknown_type", "no_patient", "no_answer"} < reasons.keys()
