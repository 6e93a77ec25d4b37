"""The pages of the documentation: links lead somewhere, generated pages are as generated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rules_page
from checkout import ROOT
from database import Connection
from rows import Session

PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "migrations/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The ids of headings as GitHub makes them, and those that are written out."""
    found = set(re.findall(r'<a id="([^"]+)">', text))
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", _CODE.sub("", text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = 0
        while (unique := f"{name}-{number}" if number else name) in found:
            number += 1
        found.add(unique)
    return found


def broken(page: Path, root: Path = ROOT) -> list[str]:
    """Links of `page` that lead to no file or no heading; those to other sites are not followed."""
    text = page.read_text(encoding="utf-8")
    bad = []
    for link in _LINK.findall(re.sub(r"`[^`\n]*`", "", _CODE.sub("", text))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        is_there = target.exists() and target.is_relative_to(root)
        if not is_there or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            bad.append(link)
    return bad


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of the checkout, and to a heading of it where they name one."""
    assert broken(page) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    """The comparison itself can fail; what is code is no link."""
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading: `one`\n# A heading: `one`\n[a](#a-heading-one) [b](#a-heading-one-1)"
        "[c](gone.md) [`d`](#gone) `[e](gone)`\n```\n# not one\n[f](gone)\n```\n[g](#not-one)"
        "[h](https://example.org/gone)\n"
    )
    assert broken(page, tmp_path) == ["gone.md", "#gone", "#not-one"]


def test_every_page_is_in_the_index() -> None:
    """The README leads to each page of docs/, and to the decisions' folder."""
    linked = {link.partition("#")[0] for link in _LINK.findall((ROOT / "README.md").read_text())}
    pages = {str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md")}
    assert pages | {"docs/decisions/", "docs/summary.schema.json"} <= linked


def test_rules_are_listed_as_the_catalogue_has_them() -> None:
    """After a change: `python tests/tools/rules_page.py`."""
    assert rules_page.PAGE.read_text(encoding="utf-8") == rules_page.page()
    rows = re.findall(r'^\| <a id="[a-z0-9-]+"></a>.*$', rules_page.page(), re.MULTILINE)
    # Every rule says who checks it.
    assert [row for row in rows if not row.split(" | ")[4].strip()] == []


def test_the_erasure_of_a_patient_is_one(connection: Connection) -> None:
    """The SQL of the page takes the patient's rows from all tables, and nobody else's."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    (sql,) = re.findall(
        r"```sql\nbegin;\n(.*delete from public\.log_sessions.*)commit;\n```", page, re.S
    )
    for number in (1, 2):
        session = Session(number).create(connection)
        session.pulse_check(connection, 1)
        session.change(connection)
        session.integration_session(connection, "INTEGRATION_THERAPY", 7)
        session.end(connection, 9)
    patient = str(Session(1).patient_id)
    assert patient != str(Session(2).patient_id)
    for statement in sql.replace("00000000-0000-0000-0000-000000000000", patient).split(";"):
        if statement.strip():
            connection.execute(statement.encode())
    connection.execute("reset role")
    for table in (
        *("sessions", "pulse_checks", "behavioral_changes", "integration_sessions"),
        "journey_ends",
    ):
        rows = connection.execute(f"select patient_id from public.log_{table}".encode()).fetchall()
        assert rows == [(Session(2).patient_id,)]


def test_what_to_watch_can_be_asked(database: Connection) -> None:
    """By a login that is a member of the roles that the page names, and of nothing else."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    said, sql = re.findall(
        r"\*\*What to watch\*\*, as a member of (.+?):\n\n```sql\n(.*?)```", page, re.S
    )[0]
    roles = re.findall(r"`(\w+)`", said)
    database.execute(f"create role watcher login in role {', '.join(roles)}".encode())
    try:
        database.execute("set role watcher")
        statements = [one for one in sql.split(";") if one.strip()]
        assert len(statements) == 7
        for statement in statements:
            assert database.execute(statement.encode()).description
    finally:
        database.execute("reset role")
        database.execute("drop role watcher")
