"""What is published by group of patients, once more in plain Python, from docs: see `reference`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from reference import METRICS, Id, IntegrationSession, Session, key_text
from reference_ends import Ends, journey_days, last_day
from reference_outcome_change_rows import are_too_alike, outcome_rows
from reference_outcome_changes import Choice, choices, groups, shown
from reference_outcomes import INSTRUMENTS, WINDOWS, Assessment, assessments
from reference_precision import ENDS, NOTHING, PULSE, figures, mean, share, steps_of
from reference_precision import count as published_count
from reference_statistics import mean_of
from reference_trends import patients_means
from reference_withholding import Days, telling_composites, weeks_without_a_composite

# By patient.
Groups = Mapping[str, str]
Row = tuple[object, ...]


def group_of(
    sessions: Sequence[Session], values: Mapping[Id, Sequence[str]], labels: Mapping[str, str]
) -> dict[str, str]:
    """Return the group of each patient; a session with different labels has no value."""
    found: dict[str, set[str]] = defaultdict(set)
    for session in sessions:
        told = {labels[value] for value in values.get(session.session_id, ()) if value in labels}
        found[key_text(session.patient_id)] |= told if len(told) == 1 else set()
    return {
        patient: "several" if len(told) > 1 else "".join(told) or "none"
        for patient, told in found.items()
    }


def week_rows(
    days: Days,
    sessions: Sequence[Session],
    as_of: date,
    group_of: Groups,
    names: Sequence[str],
    min_cell: int = 11,
    ends: Ends | None = None,
) -> dict[Row, Row]:
    """Return patients, mean, deviation and interval by metric, week and group."""
    ended = ends or {}
    days = {key: journey_days(rows, ended.get(key)) for key, rows in days.items()}
    own: dict[str, list[Session]] = {name: [] for name in names}
    last_weeks = dict.fromkeys(names, -1)
    for session in sessions:
        name = group_of[key_text(session.patient_id)]
        last = last_day(ended.get(session.session_id), (as_of - session.session_day).days)
        own[name].append(session)
        last_weeks[name] = max(last_weeks[name], last // 7)
    means = {
        name: patients_means({s.session_id: days[s.session_id] for s in of}, of, "week")
        for name, of in own.items()
    }
    telling = {
        week
        for name in names
        for week in (
            *telling_composites(days, own[name], min_cell, 7),
            *weeks_without_a_composite(days, own[name], min_cell),
        )
    }
    found: dict[Row, Row] = {}
    for week in range(26):
        there = [name for name in names if last_weeks[name] >= week]
        sizes = {name: [len(means[name][metric, week]) for metric in METRICS] for name in there}
        is_safe = bool(there) and all(
            any(of_group) and all(size > min_cell for size in of_group if size)
            for of_group in sizes.values()
        )
        for metric in METRICS:
            is_shown = is_safe and (metric != "composite" or week not in telling)
            for name in names:
                people = means[name][metric, week]
                row = figures(people, min_cell, PULSE) if people else (0, *NOTHING[1:])
                found[metric, week, name] = row if is_shown else NOTHING
    return found


def outcome_rows_by_group(
    sessions: Sequence[Session],
    rows: Mapping[Id, Sequence[IntegrationSession]],
    as_of: date,
    group_of: Groups,
    names: Sequence[str],
    min_cell: int = 11,
) -> dict[Row, Row]:
    """Return the figures and flags of each instrument, window and group."""
    judged: dict[Id, list[Assessment]] = defaultdict(list)
    for session in sessions:
        judged[session.session_id] = assessments(session, rows[session.session_id])
    totals = outcome_rows(sessions, rows, as_of, min_cell)
    found: dict[Row, Row] = {}
    for name, instrument in INSTRUMENTS.items():
        chosen = [choices(name, day, sessions, judged, as_of) for day in instrument.windows]
        of_groups = {
            group: [{p: one for p, one in of.items() if group_of[p] == group} for of in chosen]
            for group in names
        }
        of_each = [are_too_alike(of, min_cell) for of in of_groups.values()]
        alike = [any(of_window) for of_window in zip(*of_each, strict=True)]
        for place, window in enumerate(instrument.windows):
            there = {
                group_of[key_text(s.patient_id)]
                for s in sessions
                if (as_of - s.session_day).days >= WINDOWS[window][1]
            }
            found |= _window(
                (name, window),
                {group: of[place] for group, of in of_groups.items()},
                there,
                is_change_shown=not totals[name, window][-4],
                are_totals_shown={"eligible_observed", "responders"}
                <= shown(name, groups(name, chosen[place]), min_cell).keys(),
                is_alike=alike[place],
                min_cell=min_cell,
            )
    return found


def _window(
    cell: tuple[str, int],
    chosen: Mapping[str, Mapping[str, Choice]],
    there: set[str],
    *,
    is_change_shown: bool,
    are_totals_shown: bool,
    is_alike: bool,
    min_cell: int,
) -> dict[Row, Row]:
    name = cell[0]
    compared = {
        group: [one for one in of.values() if one.change is not None]
        for group, of in chosen.items()
    }
    cases = {group: [one for one in of if one.is_eligible(name)] for group, of in compared.items()}
    better = {
        group: [one for one in of if one.outcome and one.outcome.response_class == "response"]
        for group, of in cases.items()
    }
    is_shown = (
        is_change_shown and bool(there) and all(len(compared[group]) > min_cell for group in there)
    )
    has_response = (
        is_shown
        and are_totals_shown
        and all(
            len(better[group]) > min_cell
            and len(cases[group]) - len(better[group]) > min_cell
            and len(compared[group]) - len(cases[group]) not in range(1, min_cell)
            for group in there
        )
    )
    found: dict[Row, Row] = {}
    for group in chosen:
        people = compared[group]
        changes = [Fraction(one.change or 0) for one in people]
        before = [Fraction(one.baseline or 0) for one in people]
        spread = figures(changes, min_cell) if people else (0, *NOTHING[1:])
        baseline = mean(mean_of(before), steps_of(len(people)), ENDS[name]) if people else None
        response: Row = (None,) * 5
        if has_response:
            of = len(better[group]), len(cases[group])
            response = (
                published_count(of[1], min_cell),
                published_count(of[0], min_cell),
                *(share(*of, min_cell) if of[1] else (None,) * 3),
            )
        has_baseline = is_shown and not is_alike
        found[*cell, group] = (
            *(spread if is_shown else NOTHING),
            baseline if has_baseline else None,
            *response,
            not is_shown,
            not has_baseline,
            not has_response,
        )
    return found
