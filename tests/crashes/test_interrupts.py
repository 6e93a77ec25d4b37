"""Ctrl-C where Python itself would lose it, or die of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from waiting import ended


def interrupted(folder: Path, number: int = signal.SIGINT) -> tuple[int, str]:
    """Run held.py, send the signal once it has said something; its exit code and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "held"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout
    process.stdout.readline()
    process.send_signal(number)
    _, err = ended(process)
    return process.returncode, err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_the_command_is_imported(tmp_path: Path, number: int, code: int) -> None:
    """The first tenth of a second goes into imports: nobody sees a trace of them."""
    (tmp_path / "held.py").write_text(
        "import sys\n"
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'wellness_journey.cli':\n"
        "            print(1, flush=True)\n"
        "            while True: pass\n"
        "sys.meta_path.insert(0, Slow())\n"
        "from wellness_journey.__main__ import main\n"
        "sys.exit(main())\n"
    )
    assert interrupted(tmp_path, number) == (code, "interrupted; nothing was begun\n")


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    "body",
    [
        "exec('print(1, flush=True)\\nwhile True: pass')",
        "lost(); return cli.Answer(['all is well'])",
    ],
)
def test_a_signal_in_an_odd_place(tmp_path: Path, body: str, number: int, expected: int) -> None:
    """While code made of a string runs, as libraries do when imported, and where whatever is
    raised is lost, as in a callback of the interpreter."""
    (tmp_path / "held.py").write_text(
        "import sys, weakref\n"
        "from wellness_journey import cli\n"
        "def spin(_):\n"
        "    print(1, flush=True)\n"
        "    while True: pass\n"
        "def lost():\n"
        "    kept = {1}\n"
        "    gone = weakref.ref(kept, spin)\n"
        "    del kept\n"
        "def verb(options):\n"
        f"    {body}\n"
        "cli._VERBS['down'] = verb\n"
        "sys.exit(cli.main(['down']))\n"
    )
    code, err = interrupted(tmp_path, number)
    assert code == expected
    assert "interrupted" in err
    assert "Traceback" not in err
