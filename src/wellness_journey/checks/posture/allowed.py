"""The allow-list: what the clinic has in the database beside what the migrations make, and why."""

from __future__ import annotations

from pathlib import Path

from wellness_journey.rules import yaml_file
from wellness_journey.rules.shapes import Schema, misshape
from wellness_journey.rules.yaml_file import UnusableError

FILE = "expectations/posture/allowed.yml"

_CONTENT: Schema = {
    "told": "expected names as `journey check` tells them, each with its reason",
    "type": "object",
    "additionalProperties": {
        "told": "{0}: expected a reason",
        "type": "string",
        "pattern": r"\S",
    },
}


def read(path: Path) -> dict[str, str]:
    """The reason for each name of `path`.

    Raises:
        UnusableError: it is not as it must be; says where and what was expected.
    """
    place = "/".join(path.parts[-3:])
    try:
        content = yaml_file.read(path)
    except UnusableError as problem:
        raise UnusableError(f"{place}: {problem}") from None
    if content is None:
        return {}
    if told := misshape(content, _CONTENT):
        raise UnusableError(f"{place}: {told}")
    return {str(name): reason for name, reason in content.items()}
