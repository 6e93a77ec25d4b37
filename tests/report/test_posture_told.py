"""What mends the security of a database, as it is told: run as it stands, it must mean the same."""

from __future__ import annotations

import pytest

from catalogued import RULES
from database import Connection
from markup import made
from runs import record
from wellness_journey import report
from wellness_journey.rules import catalogue

# A function's text is compared letter by letter: with its blank line and its indent.
SCRIPT = """-- function public.one(): is not as the migrations make it
CREATE OR REPLACE FUNCTION public.one()
AS $function$
    begin

        return 1;
    end
$function$;"""


@pytest.fixture
def broken(connection: Connection) -> Connection:
    """A run in which a function was another."""
    catalogue.keep(connection, [RULES["PO-703"]])
    run_id = record(connection, 1, {"SE-001": "pass"})
    connection.execute(
        "insert into quality.check_results"
        " (run_id, engine, check_name, rule_id, tested, status, checked, failing, query)"
        " values (%s, 'posture', 'PO-703', 'PO-703', 'the database', 'fail', 17, 1, %s)",
        (run_id, SCRIPT),
    )
    return connection


def test_explain_prints_it_as_it_is(broken: Connection) -> None:
    """Under words of its own: it shows no rows."""
    text = "\n".join(report.explain_lines(report.explain(broken, RULES["PO-703"])))
    assert f"\n\n{SCRIPT}" in text
    assert "Read it, then run it as the owner of the tables." in text
    assert "patients' data" not in text
    assert "posture: fail, 1 of 17 in the database" in text


def test_the_page_shows_it_as_it_is(broken: Connection) -> None:
    """In the card of the rule."""
    (card,) = (one for one in made(broken).all("article", class_="card") if "PO-703" in one.text)
    assert "How to mend it" in card.text
    assert "For those who may read the table" not in card.text
    assert card.one("pre").children == [SCRIPT]
