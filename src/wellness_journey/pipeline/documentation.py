"""dbt's documentation as one file that opens anywhere, its tests named by what must hold."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellness_journey import files, interrupts
from wellness_journey.errors import JourneyError, PlaceError, TransformError
from wellness_journey.pipeline.build import QUIET, folders, parse, target_folder, unwritable

if TYPE_CHECKING:
    from wellness_journey.rules.catalogue import Rule

FILE = "dbt-docs.html"
# Where dbt's page waits for its data; `dbt docs generate --static` fills in the same.
_PLACES = {"manifest": '"MANIFEST.JSON INLINE DATA"', "catalog": '"CATALOG.JSON INLINE DATA"'}


def write(root: Path, rules: Collection[Rule], path: Path) -> Path:
    """The documentation of the project in `root` and of its tables in the database of PG*.

    What dbt leaves in `target/` stays as it is.

    Raises:
        TransformError: dbt could not make it; there is no file then.
        PlaceError: it cannot be written; the file of an earlier run is as it was.
    """
    try:
        with interrupts.remembered(), tempfile.TemporaryDirectory() as folder:
            page, manifest, catalog = _generated(root, Path(folder))
    except OSError as error:
        told = f"no temporary folder can be written: {files.reason(error)}; set TMPDIR to one"
        raise PlaceError(f"{FILE} could not be made: {told}") from None
    except TransformError:
        # What an earlier run documented must not pass for this one's.
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise
    _say_what_must_hold(manifest, rules)
    _leave_out_unit_tests(manifest)
    _leave_out_comments(catalog)
    for name, data in (("manifest", manifest), ("catalog", catalog)):
        if page.count(_PLACES[name]) != 1:
            raise TransformError(f"{FILE}: dbt's page has no place for its {name}")
        # Nothing in a description ends the script that holds it.
        page = page.replace(_PLACES[name], json.dumps(data).replace("<", "\\u003c"))
    return files.write(path, page)


def _generated(root: Path, folder: Path) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """dbt's page, what it read of the project, and what it found in the database."""
    from dbt.cli.main import dbtRunner

    parsed = parse(root)
    if not parsed.success:
        raise _failure(parsed, target_folder(root))
    # To compile as well would take as long again and write run_results.json.
    generate = ["docs", "generate", "--no-compile", "--target-path", str(folder)]
    made: Any = dbtRunner(manifest=parsed.result).invoke([*QUIET, *generate, *folders(root)])
    if not made.success:
        raise _failure(made, folder)
    return (
        (folder / "index.html").read_text(encoding="utf-8"),
        parsed.result.writable_manifest().to_dict(omit_none=False),
        json.loads((folder / "catalog.json").read_text(encoding="utf-8")),
    )


def _failure(outcome: Any, folder: Path) -> JourneyError:
    """Of a dbt that writes to `folder`."""
    if isinstance(outcome.exception, OSError):
        return PlaceError(f"{FILE} could not be made: {unwritable(folder, outcome.exception)}")
    # The database can be in its words.
    kind = type(outcome.exception).__name__ if outcome.exception else "the catalogue's queries"
    return TransformError(f"{FILE} could not be made ({kind}): `dbt docs generate` says why")


def _say_what_must_hold(manifest: dict[str, Any], rules: Collection[Rule]) -> None:
    """Name tests by their rules, and list these with their table: dbt's page shows few of them."""
    sentences = {rule.test_name: f"{rule.rule_id}: {rule.sentence}" for rule in rules}
    of_table: dict[str, list[str]] = {}
    for rule in rules:
        of_table.setdefault(rule.table, []).append(f"- {sentences[rule.test_name]}")
    for node in (*manifest["nodes"].values(), *manifest["sources"].values()):
        node.pop("root_path", None)  # of this machine
        if node["resource_type"] == "test":
            node["name"] = sentences.get(node["name"].partition("__")[0], node["name"])
        elif listed := of_table.get(f"{node['schema']}.{node['name']}"):
            node["description"] += "\n\n**What must hold**\n\n" + "\n".join(listed)


def _leave_out_unit_tests(manifest: dict[str, Any]) -> None:
    """Their rows are a third of all, and nothing that an analyst looks for."""
    manifest["unit_tests"] = {}
    for name in ("parent_map", "child_map"):
        manifest[name] = {
            node: [other for other in others if not other.startswith("unit_test.")]
            for node, others in manifest[name].items()
            if not node.startswith("unit_test.")
        }


def _leave_out_comments(catalog: dict[str, Any]) -> None:
    """Descriptions stand in the project; a comment in the database can be anybody's words."""
    for table in (*catalog["nodes"].values(), *catalog["sources"].values()):
        for place in (table["metadata"], *table["columns"].values()):
            place["comment"] = None
