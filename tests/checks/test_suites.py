"""The suites: one for each table, as Great Expectations reads them."""

from __future__ import annotations

import json

from checkout import ROOT
from some_suites import CHECKS, SUITES
from wellness_journey.checks.suites import source, suite_file
from wellness_journey.database.settings import Target, connect


def test_there_is_a_sound_suite_for_each_source_mart_and_published_table(whole: Target) -> None:
    """A suite that went missing would be a check that went missing."""
    with connect(whole) as connection:
        tables = connection.execute(
            "select relnamespace::regnamespace::text, relname from pg_class where relkind = 'r' and"
            " (relnamespace::regnamespace::text in ('marts', 'published') or relname ~ '^log_')"
        ).fetchall()
    assert {(suite.schema, suite.table) for suite in SUITES.values()} == set(tables)
    assert [check.problem for _, check in CHECKS.values() if check.problem] == []


def test_every_allowed_type_is_used() -> None:
    """The list of types is no longer than what the suites need, so each is seen to fail below."""
    used = {check.expectation["type"] for _, check in CHECKS.values() if check.expectation}
    assert used == suite_file.ALLOWED.keys()


def test_the_suites_are_great_expectations_own_json() -> None:
    """Its own class reads a file and writes it again, but for its defaults."""
    with source.quiet():
        from great_expectations import ExpectationSuite

        for path in (ROOT / "expectations").glob("*.json"):
            written = json.loads(path.read_text())
            dumped = ExpectationSuite(**written).to_json_dict()["expectations"]
            assert isinstance(dumped, list)
            for before, after in zip(written["expectations"], dumped, strict=True):
                assert isinstance(after, dict)
                after["kwargs"] = before["kwargs"] | after["kwargs"]
                assert after.pop("severity") == "critical"
                assert after == before
