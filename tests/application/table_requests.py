"""What an application of two practitioners does with a table, request by request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from postgrest import Answer
from rows import Session
from scenes import VALUES, Scene

# What every table refuses: a day that is no day of a patient.
BAD_DAY = {
    "log_integration_sessions": {"session_date": "1899-01-01"},
    "log_pulse_checks": {"check_date": "1899-01-01"},
    "log_behavioral_changes": {"change_date": "1899-01-01"},
    "log_journey_ends": {"end_date": "1899-01-01"},
}

# What is asked last is what the page is about; what comes before it only sets the scene.
Request = Callable[[Scene], Callable[[], Answer]]


def _insert_new(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    return lambda: scene.a.insert(scene.table, row)


def _insert_again(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    scene.stored(row)
    return lambda: scene.a.insert(scene.table, row)


def _ignore_new(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    return lambda: scene.a.upsert(scene.table, row, ignore_duplicates=True)


def _ignore_again(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    scene.stored(row)
    return lambda: scene.a.upsert(scene.table, row, ignore_duplicates=True)


def _merge_new(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    return lambda: scene.a.upsert(scene.table, row)


def _merge_first_write_again(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    scene.stored(row)
    return lambda: scene.a.upsert(scene.table, row)


def _merge_unchanged(scene: Scene) -> Callable[[], Answer]:
    row = scene.stored(scene.row())
    return lambda: scene.a.upsert(scene.table, row)


def _merge_corrected(scene: Scene) -> Callable[[], Answer]:
    row = scene.stored(scene.row())
    text = {"session_notes", "notes", "change_description", "end_type"} & row.keys()
    row |= dict.fromkeys(text, "corrected")
    row |= {"completed": True, "phq9_score": 4} if "phq9_score" in row else {}
    return lambda: scene.a.upsert(scene.table, row)


def _merge_moved(scene: Scene) -> Callable[[], Answer]:
    row = scene.stored(scene.row())
    (day,) = {"session_date", "check_date", "change_date", "end_date"} & row.keys()
    return lambda: scene.a.upsert(scene.table, row | {day: "2025-03-09"})


def _merge_other_created_at(scene: Scene) -> Callable[[], Answer]:
    row = scene.stored(scene.row())
    return lambda: scene.a.upsert(scene.table, row | {"created_at": "2001-01-01T00:00:00+00:00"})


def _merge_part(scene: Scene) -> Callable[[], Answer]:
    row = scene.stored(scene.row())
    part = {name: row[name] for name in (scene.key, *list(VALUES[scene.table])[-1:])}
    return lambda: scene.a.upsert(scene.table, part)


def _update(scene: Scene) -> Callable[[], Answer]:
    row = scene.stored(scene.row())
    text = {"session_notes", "notes", "change_description", "end_type"} & row.keys()
    return lambda: scene.a.update(scene.table, dict.fromkeys(text, "corrected"), scene.of(row))


def _update_day(scene: Scene) -> Callable[[], Answer]:
    row = scene.stored(scene.row())
    (day,) = {"session_date", "check_date", "change_date", "end_date"} & row.keys()
    return lambda: scene.a.update(scene.table, {day: "2025-03-09"}, scene.of(row))


def _update_of_another(scene: Scene) -> Callable[[], Answer]:
    row = scene.of_another()
    text = {"session_notes", "notes", "change_description", "end_type"} & row.keys()
    return lambda: scene.a.update(scene.table, dict.fromkeys(text, "mine"), scene.of(row))


def _second_on_the_day(scene: Scene) -> Callable[[], Answer]:
    scene.stored(scene.row())
    row = scene.row()
    return lambda: scene.a.insert(scene.table, row)


def _bulk_new(scene: Scene) -> Callable[[], Answer]:
    rows = [scene.row() for _ in range(3)]
    return lambda: scene.a.insert(scene.table, rows)


def _bulk_one_bad(scene: Scene) -> Callable[[], Answer]:
    rows = [scene.row(), scene.row(**BAD_DAY[scene.table]), scene.row()]
    return lambda: scene.a.insert(scene.table, rows)


def _bulk_one_known(scene: Scene) -> Callable[[], Answer]:
    rows = [scene.row() for _ in range(3)]
    scene.stored(rows[1])
    return lambda: scene.a.insert(scene.table, rows)


def _bulk_ignore_one_known(scene: Scene) -> Callable[[], Answer]:
    rows = [scene.row() for _ in range(3)]
    scene.stored(rows[1])
    return lambda: scene.a.upsert(scene.table, rows, ignore_duplicates=True)


def _bulk_merge_one_known(scene: Scene) -> Callable[[], Answer]:
    rows = [scene.row() for _ in range(3)]
    scene.stored(rows[1])
    return lambda: scene.a.upsert(scene.table, rows)


def _bulk_merge_twice(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    return lambda: scene.a.upsert(scene.table, [row, row])


def _bulk_ignore_twice(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    return lambda: scene.a.upsert(scene.table, [row, row], ignore_duplicates=True)


def _one_without(scene: Scene, default_to_null: bool) -> Callable[[], Answer]:
    rows = [scene.row(), scene.row()]
    del rows[1][scene.key]
    return lambda: scene.a.insert(scene.table, rows, default_to_null=default_to_null)


def _other_columns(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    return lambda: scene.a.upsert(
        scene.table, row, ignore_duplicates=True, on_conflict="session_id,patient_id"
    )


def _session_of_another(scene: Scene) -> Callable[[], Answer]:
    row = scene.row(scene.of_b)
    return lambda: scene.a.insert(scene.table, row)


def _session_unknown(scene: Scene) -> Callable[[], Answer]:
    row = scene.row(Session(999_999))
    return lambda: scene.a.insert(scene.table, row)


def _taken(scene: Scene, ask: Callable[[dict[str, Any]], Answer]) -> Callable[[], Answer]:
    row = scene.row(**{scene.key: scene.of_another()[scene.key]})
    return lambda: ask(row)


def _delete(scene: Scene) -> Callable[[], Answer]:
    row = scene.stored(scene.row())
    return lambda: scene.a.delete(scene.table, scene.of(row))


def _no_login(scene: Scene) -> Callable[[], Answer]:
    row = scene.row()
    return lambda: scene.anon.insert(scene.table, row)


# By the words of docs/application.md.
REQUESTS: dict[str, Request] = {
    "insert, new key": _insert_new,
    "insert, the same key again": _insert_again,
    "upsert ignoring duplicates, new key": _ignore_new,
    "upsert ignoring duplicates, the same key again": _ignore_again,
    "upsert merging, new key": _merge_new,
    "upsert merging, the first write again": _merge_first_write_again,
    "upsert merging, the row as select returned it": _merge_unchanged,
    "upsert merging, corrected completion, scores or notes": _merge_corrected,
    "upsert merging, another day": _merge_moved,
    "upsert merging, another created_at": _merge_other_created_at,
    "upsert merging, a part of the row": _merge_part,
    "update, notes": _update,
    "update, the day": _update_day,
    "insert, a second row on the same day": _second_on_the_day,
    "bulk insert, three new keys": _bulk_new,
    "bulk insert, one of three refused": _bulk_one_bad,
    "bulk insert, one of three keys known": _bulk_one_known,
    "bulk upsert ignoring duplicates, one of three keys known": _bulk_ignore_one_known,
    "bulk upsert merging, one of three keys known": _bulk_merge_one_known,
    "bulk upsert ignoring duplicates, one key twice": _bulk_ignore_twice,
    "bulk upsert merging, one key twice": _bulk_merge_twice,
    "bulk insert, one row lacks a column that has a default": lambda scene: _one_without(
        scene, True
    ),
    "the same with defaultToNull: false": lambda scene: _one_without(scene, False),
    "upsert, onConflict names other columns": _other_columns,
    "insert, another practitioner's session": _session_of_another,
    "insert, an unknown session": _session_unknown,
    "insert, another practitioner's key": lambda scene: _taken(
        scene, lambda row: scene.a.insert(scene.table, row)
    ),
    "upsert ignoring duplicates, another practitioner's key": lambda scene: _taken(
        scene, lambda row: scene.a.upsert(scene.table, row, ignore_duplicates=True)
    ),
    "upsert merging, another practitioner's key": lambda scene: _taken(
        scene, lambda row: scene.a.upsert(scene.table, row)
    ),
    "update, another practitioner's row": _update_of_another,
    "delete": _delete,
    "any request without a login": _no_login,
}
