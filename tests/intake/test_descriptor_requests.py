"""What datapackage.json cannot make a load do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from clinic_files import checks, describe
from described import DAY, MOOD, resource
from wellness_journey.errors import InputError
from wellness_journey.intake import descriptor
from wellness_journey.intake.tables import TABLES


class Listener(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"fields": [{"name": "a"}]}')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    """A server that notes what it is asked."""
    Listener.asked = []
    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/x.json"
        server.shutdown()
        thread.join()


PLACES = [
    *("path", "schema", "dialect", "profile", "$schema", "$ref", "extrapaths", "data", "name"),
    *("encoding", "package profile", "package $schema", "package resources", "schema $ref"),
    *("schema $schema", "schema fields", "schema missingValues", "dialect delimiter"),
    *("field name", "field type", "field format", "field missingValues", "field trueValues"),
    *("field journey:column", "field decimalChar", "a resource", "a field"),
]


@pytest.mark.parametrize("place", PLACES)
def test_a_descriptor_makes_no_request(
    folder: Path, address: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No address in it is followed, wherever it stands; nor is a file of the machine read."""
    monkeypatch.chdir(folder)
    (folder / "secret.json").write_text('{"fields": [{"name": "secret"}]}')
    (folder / "log_pulse_checks.csv").write_text(checks("2025-03-02,4"))
    for there in (address, "secret.json", f"file://{folder}/secret.json", "/etc/passwd"):
        mood = dict(MOOD)
        made = {**resource(DAY, mood), "dialect": {"delimiter": ","}}
        package: dict[str, Any] = {"resources": [made]}
        where, _, name = place.rpartition(" ")
        if place == "a resource":
            package["resources"] = [there]
        elif place == "a field":
            made["schema"]["fields"] = [there]
        else:
            places: dict[str, Any] = {"": made, "package": package, "field": mood}
            places |= {"schema": made["schema"], "dialect": made["dialect"]}
            places[where][name] = there
        (folder / "datapackage.json").write_text(json.dumps(package))
        if place in ("field name", "field journey:column"):
            assert descriptor.read(folder, TABLES)
        else:
            with pytest.raises(InputError, match=r"^datapackage\.json"):
                descriptor.read(folder, TABLES)
    assert Listener.asked == []


def test_what_means_nothing_to_load_is_ignored(folder: Path) -> None:
    """What other tools write beside it: titles, licences, constraints, custom properties."""
    (folder / "log_pulse_checks.csv").write_text(checks("2025-03-02,4"))
    made = resource(DAY, {**MOOD, "title": "Mood", "constraints": {"maximum": 5}, "x:y": [1]})
    made |= {"licenses": [{"path": "http://localhost:9/x"}], "type": "table", "format": "csv"}
    made |= {"profile": "tabular-data-resource", "mediatype": "text/csv", "bytes": 1, "hash": "0"}
    made["schema"] |= {"primaryKey": "pulse_check_id", "fieldsMatch": "equal"}
    made["dialect"] = {"header": True, "lineTerminator": "\r\n", "commentRows": []}
    describe(folder, made)
    [source] = descriptor.read(folder, TABLES).values()
    assert (source.table, source.delimiter, len(source.fields or ())) == (
        "log_pulse_checks",
        ",",
        6,
    )
