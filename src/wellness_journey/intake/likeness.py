"""Which table a file is of, and which column a heading means, by their words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from wellness_journey.intake.known_columns import COLUMNS
from wellness_journey.intake.tables import TABLES

# Words of exports in English, German, French and Spanish, without accents.
_SYNONYMS = {
    "session": "sitzung seance sesion sesiones sitzungen",
    "practitioner": "behandler behandlerin therapist therapeut therapeutin clinician provider"
    " praticien therapeute terapeuta facilitator",
    "patient": "patientin paciente client klient klientin subject participant",
    "date": "datum day tag jour fecha dia",
    "id": "uuid guid key identifier kennung schluessel identifiant identificador",
    "number": "nr no num nummer numero",
    "score": "total sum summe punkte score puntaje",
    "type": "typ art tipo",
    "note": "notiz notizen comment comments kommentar bemerkung bemerkungen commentaire nota",
    "description": "beschreibung descripcion",
    "connection": "connectedness verbundenheit connexion conexion",
    "sleep": "schlaf sommeil sueno",
    "mood": "stimmung humeur animo",
    "energy": "energie energia",
    "level": "stufe niveau nivel rating value wert",
    "quality": "qualitaet qualite calidad",
    "completed": "complete done abgeschlossen erledigt termine completado",
    "created": "erstellt angelegt cree creado timestamp",
    "updated": "modified geaendert modifie",
    "change": "veraenderung aenderung changement cambio",
    "sentiment": "bewertung valence",
    "user": "login benutzer utilisateur usuario",
    "check": "survey checkin",
    "end": "ended ende fin",
    "at": "on time am um",
}
_WORDS = {other: word for word, others in _SYNONYMS.items() for other in others.split()}
_WORDS |= {word: word for word in _SYNONYMS}
# A number of days is not a day.
_WORDS["days"] = "days"
_EMPTY = {
    *("of", "the", "de", "del", "der", "die", "das", "des", "du", "la", "le"),
    "log",
    "export",
    "data",
}
# "Mood" alone is mood_level, "PHQ-9" phq9_score, "Patient" patient_id.
_UNSAID = frozenset({"id", "level", "score", "quality", "at"})
_KEY_WORDS = ({"id"}, {"record", "id"}, {"row", "id"}, {"entry", "id"})
_LIKE = 0.84


def words(text: str) -> frozenset[str]:
    """The words of a heading or a file's name, in English and in the singular."""
    return frozenset(_in_order(text))


def _in_order(text: str) -> list[str]:
    text = text.translate({0xE4: "ae", 0xF6: "oe", 0xFC: "ue", 0xC4: "Ae", 0xD6: "Oe", 0xDC: "Ue"})
    text = unicodedata.normalize("NFKD", text)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).casefold()
    return [
        known
        for word in re.findall(r"[^\W_]+", text)
        for known in _known(word)
        if known not in _EMPTY
    ]


def _known(word: str) -> list[str]:
    """A word as the columns have it; of a compound (Sitzungsdatum) its two parts."""
    for singular in (word, word.removesuffix("s"), word.removesuffix("en")):
        if singular in _WORDS:
            return [_WORDS[singular]]
    for end in range(3, len(word) - 2):
        first, second = word[:end], word[end:]
        for stem in (first, first.removesuffix("s"), first.removesuffix("en")):
            if stem in _WORDS and second in _WORDS:
                return [_WORDS[stem], _WORDS[second]]
    is_plural = len(word) > 3 and word[-1] == "s" != word[-2]
    return [word[:-1] if is_plural else word]


def columns_of(header: Sequence[str], table: str) -> dict[int, str]:
    """The column that each heading (by its place) most likely means; each column once."""
    key = TABLES[table][2]
    likeness = sorted(
        (
            (-_likeness(heading, column, table, key), place, column)
            for place, heading in enumerate(header)
            for column in COLUMNS[table]
        ),
        key=lambda each: each[:2],
    )
    found: dict[int, str] = {}
    for score, place, column in likeness:
        if score < 0 and place not in found and column not in found.values():
            found[place] = column
    return found


def _likeness(heading: str, column: str, table: str, key: str) -> float:
    """From 0, nothing in common, to 1, the very name."""
    if heading.strip().lower() == column:
        return 1.0
    said, meant = words(heading), words(column)
    if not said:
        return 0.0
    if said == meant or _letters(heading) == _letters(column):
        return 0.95
    bare = [word for word in _in_order(heading) if word not in _UNSAID]
    bare_column = [word for word in _in_order(column) if word not in _UNSAID]
    if bare and (set(bare) == set(bare_column) or "".join(bare) == "".join(bare_column)):
        return 0.85
    if column == key and (
        said in _KEY_WORDS or (table == "auth_users" and said & {"user", "practitioner"})
    ):
        return 0.7
    others = [other for other in COLUMNS[table] if said < words(other)]
    if others == [column]:
        return 0.75
    ratio = SequenceMatcher(None, _letters(heading), _letters(column), autojunk=False).ratio()
    return 0.8 * ratio if ratio >= _LIKE else 0.0


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def fit(stem: str, header: Sequence[str], table: str) -> float:
    """How well a file goes with a table; 0 or less: not at all."""
    if stem.strip().lower() == table:
        return 100.0
    found = set(columns_of(header, table).values())
    if not found:
        return 0.0
    name = words(table)
    score = 2.0 * len(name & words(stem)) / len(name)
    # A column that many tables have says little.
    score += sum(1 / sum(column in of_table for of_table in COLUMNS.values()) for column in found)
    score -= sum(
        known.is_required and column not in found and column != TABLES[table][2]
        for column, known in COLUMNS[table].items()
    )
    return score - 0.1 * (len(header) - len(found))


def tables_of(files: Mapping[str, tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Of the files' stems and headers by name: the table of each that goes with one, each once.

    A file that fits best where another fits better has none: what is left over is not its table.
    """
    best = {
        name: max((fit(stem, header, table), table) for table in COLUMNS)
        for name, (stem, header) in files.items()
    }
    found: dict[str, str] = {}
    for name, (score, table) in sorted(best.items(), key=lambda each: -each[1][0]):
        if score > 0 and table not in found.values():
            found[name] = table
    return found
