"""reports/dbt-docs.html: one file for analysts, with what must hold beside each table."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from catalogued import RULES
from checkout import ROOT, Demo
from wellness_journey.pipeline.documentation import FILE

SENTENCES = {f"{rule.rule_id}: {rule.sentence}" for rule in RULES.values()}


@pytest.fixture(scope="module")
def page(demo: Demo) -> str:
    """As the demo wrote it."""
    return demo.files[FILE]


@pytest.fixture(scope="module")
def manifest(page: str) -> dict[str, Any]:
    """What dbt read of the project, as the page has it."""
    found: dict[str, Any] = json.JSONDecoder().raw_decode(page, page.index('{"metadata": '))[0]
    return found


def test_it_is_one_file_that_asks_for_no_other(page: str) -> None:
    """Both data sets are in it, nothing is loaded from elsewhere, and no path of a machine."""
    assert "INLINE DATA" not in page
    assert re.findall(r"<(?:script|img|iframe)[^>]+src=\W?https?:[^>]+", page) == []
    assert "<link rel=stylesheet" not in page
    assert str(ROOT.parent) not in page
    assert len(page) < 6_000_000


def test_it_opens_with_a_page_for_analysts(manifest: dict[str, Any]) -> None:
    """Ours, and not dbt's; the tables that it names are there."""
    overview = manifest["docs"]["doc.wellness_journey.__overview__"]["block_contents"]
    assert overview.startswith("# A patient's journey")
    named = set(re.findall(r"\b((?:rpt|ref|dim)_\w+)`", overview))
    assert named <= {node["name"] for node in manifest["nodes"].values()}
    assert len(named) >= 6


def test_tests_are_named_by_their_sentences(manifest: dict[str, Any]) -> None:
    """Every data test of the project."""
    names = [n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    assert len(names) > 200
    assert set(names) <= SENTENCES


def test_a_table_lists_what_must_hold(manifest: dict[str, Any]) -> None:
    """Each rule once, with its table: dbt's page shows only tests of single columns."""
    nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
    tables = {f"{node['schema']}.{node['name']}": node for node in nodes}
    listed = re.findall(r"^- (..-...: .*)$", "\n".join(n["description"] for n in nodes), re.M)
    documented = {rule.rule_id for rule in RULES.values() if rule.table in tables}
    assert sorted(listed) == sorted(s for s in SENTENCES if s[:6] in documented)
    assert len(listed) > 200
    assert "- PC-004: A session" in tables["public.log_pulse_checks"]["description"]


def test_no_comment_of_the_database_is_in_it(page: str) -> None:
    """What a column means stands in the project; in the database anybody can comment."""
    start = page.index('{"metadata": ', page.index('{"metadata": ') + 1)
    catalog = json.JSONDecoder().raw_decode(page, start)[0]
    tables = [*catalog["nodes"].values(), *catalog["sources"].values()]
    assert len(tables) > 30
    for table in tables:
        comments = [table["metadata"]["comment"]]
        comments += [column["comment"] for column in table["columns"].values()]
        assert set(comments) == {None}


def test_dbts_own_files_stay_as_they_are(demo: Demo) -> None:
    """Neither results nor another manifest in target/, and nothing in logs/."""
    target = demo.checkout.root / "target"
    assert {path.name for path in target.glob("*.json")} <= {"graph_summary.json", "perf_info.json"}
    assert not list(target.glob("*.html"))
    assert [path for path in (demo.checkout.root / "logs").rglob("*") if path.is_file()] == []
