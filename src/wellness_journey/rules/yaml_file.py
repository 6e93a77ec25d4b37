"""The YAML files of expectations/, read so that nothing in them is lost without a word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml


class UnusableError(Exception):
    """What is wrong with a file, and where in it."""


def read(path: Path) -> Any:
    """What the one document of `path` says.

    Raises:
        UnusableError: it cannot be read, is not YAML, or has a key twice in one mapping: YAML
            itself lets the second of them win.
    """
    import yaml

    try:
        # libyaml reads the same, five times as fast; not every build of PyYAML has it.
        safe = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
        loader = safe(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        if node is None:
            return None
        _refuse_double_keys(node, set())
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise UnusableError(f"{where}not YAML") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableError(f"cannot be read ({type(error).__name__})") from None


def _refuse_double_keys(node: yaml.Node, seen: set[int]) -> None:
    # An alias is the node itself once more, and may lie within itself.
    if id(node) in seen or not isinstance(node.value, list):
        return
    seen.add(id(node))
    lines: dict[tuple[str, str], int] = {}
    for entry in node.value:
        if not isinstance(entry, tuple):
            _refuse_double_keys(entry, seen)
            continue
        key, value = entry
        if isinstance(key.value, str):
            line = key.start_mark.line + 1
            if (key.tag, key.value) in lines:
                first = lines[key.tag, key.value]
                raise UnusableError(
                    f"line {line}: {key.value} is there twice, first in line {first}"
                )
            lines[key.tag, key.value] = line
        _refuse_double_keys(value, seen)
