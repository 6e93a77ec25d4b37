"""A checkout that is searched for canaries after each command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from canaries import TRACES
from checkout import Checkout
from waiting import LIMIT
from wellness_journey.database.settings import Target

AS_OF = ("--as-of", "2025-06-30")


class Watched(Checkout):
    """A checkout with a temporary folder of its own, searched after each command."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.variables: dict[str, str] = {}
        self.searched: dict[str, tuple[int, ...]] = {}

    @property
    def temporary(self) -> Path:
        return self.home.parent / "temporary"

    def environment(self, target: Target | None) -> dict[str, str]:
        environ = super().environment(target)
        ours = {"TMPDIR": str(self.temporary), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**environ, **ours, **self.variables}

    def told(self, target: Target | None, *arguments: str) -> tuple[int, str]:
        """Exit code and all that `journey` said, which held no canary, nor did a file."""
        code, out, err = self.journey(target, *arguments)
        self.search(out + err)
        return code, out + err

    def dbt(self, target: Target, *arguments: str) -> str:
        """All that plain dbt said, likewise."""
        return self.said(target, str(Path(sys.executable).with_name("dbt")), *arguments)[1]

    def python(self, target: Target, code: str, *arguments: str) -> str:
        """All that a program of ours said, likewise; it ended well."""
        failed, said = self.said(target, sys.executable, "-c", code, *arguments)
        assert not failed, said
        return said

    def said(self, target: Target, *command: str) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(target),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        self.search(done.stdout)
        return done.returncode, done.stdout

    def search(self, said: str) -> None:
        found = {"what was said": [trace for trace in TRACES if trace in said.casefold()]}
        # The rows themselves: of the embedded database, and those that a load set aside.
        rows = [self.home / "journey" / name for name in ("data", "rejects")]
        for place in (self.root, self.home, self.temporary):
            for path in place.rglob("*"):
                if not path.is_file() or any(path.is_relative_to(folder) for folder in rows):
                    continue
                state = path.stat()
                version = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
                # What was searched and is as it was then holds no more than it did.
                if self.searched.get(str(path)) != version:
                    text = path.read_bytes().decode(errors="replace").casefold()
                    found[str(path)] = [trace for trace in TRACES if trace in text]
                    self.searched[str(path)] = version
        assert not {place: traces for place, traces in found.items() if traces}

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def break_code(self, name: str, old: str, new: str) -> None:
        text = (self.root / "src" / "wellness_journey" / name).read_text()
        assert old in text
        self.write(f"src/wellness_journey/{name}", text.replace(old, new, 1))
