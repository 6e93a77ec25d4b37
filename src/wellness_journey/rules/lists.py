"""The lists of questions and instruments, and what is said of them in suites, policy and catalogue.

These files are written for the work order's lists. Where a list is another one, what they say of
its first entry is said of all entries, each with its own name and scale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from wellness_journey.rules import attribute, instruments, questions
from wellness_journey.rules.attribute import Attribute
from wellness_journey.rules.instruments import Instrument, Instruments
from wellness_journey.rules.questions import Question, Questions


@dataclass(frozen=True)
class Lists:
    """Both lists of a checkout, and the attribute that it names, if any."""

    questions: Questions
    instruments: Instruments
    attribute: Attribute | None = None

    @property
    def are_default(self) -> bool:
        """Whether they are the work order's."""
        default = [(one.name, one.column) for one in self.instruments.written_for]
        known = [(one.name, one.column) for one in self.instruments.known]
        return self.questions.asked == self.questions.written_for and known == default

    def names(self, names: Iterable[str]) -> list[str]:
        """`names` of columns, metrics or codes, with those of the lists for the default's."""
        if self.are_default:
            return list(names)
        found: list[str] = []
        for name in names:
            said = self._said(name)
            found += said if said is not None else [name]
        return found

    def scale(self, column: str) -> tuple[int, int] | None:
        """The ends of an answer's or score's own scale; None for other columns."""
        entries: tuple[Question | Instrument, ...] = (
            *self.questions.asked,
            *self.instruments.known,
        )
        for one in entries:
            if one.column == column:
                return one.lowest, one.highest
        return None

    def _said(self, name: str) -> list[str] | None:
        """What stands for a name of the default lists: nothing, unless it is the first's."""
        for place, question in enumerate(self.questions.written_for):
            if of := _of_question(name, question):
                return [] if place else [of(one) for one in self.questions.asked]
        for place, instrument in enumerate(self.instruments.written_for):
            for field in ("name", "session_type", "column"):
                if name == getattr(instrument, field):
                    known = self.instruments.known
                    return [] if place else [getattr(one, field) for one in known]
        bands = instruments.bands(self.instruments.written_for)
        if name in bands:
            return instruments.bands(self.instruments.known) if name == bands[0] else []
        return None


def _of_question(name: str, question: Question) -> Callable[[Question], str] | None:
    """How a name that is made from a question's is made from another's."""
    if name == question.column:
        return lambda other: other.column
    if name == question.name:
        return lambda other: other.name
    if name.startswith(f"{question.name}_"):
        return lambda other: other.name + name.removeprefix(question.name)
    return None


def read(root: Path) -> Lists:
    """The lists of `root`.

    Raises:
        UsageError: one is not as it must be.
    """
    return Lists(questions.read(root), instruments.read(root), attribute.read(root))
