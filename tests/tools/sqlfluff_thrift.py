"""sqlfluff, with one look at each file for the four rules of layout, which is most of its time.

Each rule makes the same sequence of a file's tokens. Without `fix` the file does not change between
them. (sqlfluff 4.4; its processes start from this file, and so have it, too.)
"""

from __future__ import annotations

from typing import Any

from sqlfluff.utils.reflow.sequence import ReflowSequence

_make = ReflowSequence.from_root
_last: list[Any] = [None, None]


def _from_root(root_segment: Any, config: Any) -> ReflowSequence:
    if _last[0] is not root_segment:
        _last[:] = root_segment, _make(root_segment, config)
    sequence: ReflowSequence = _last[1]
    return sequence


ReflowSequence.from_root = staticmethod(_from_root)

if __name__ == "__main__":
    from sqlfluff.cli.commands import cli

    cli()
