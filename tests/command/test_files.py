"""A file of ours is written whole or not at all; what is in the way is named."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from disks import disk, fill, make_read_only, needs_mount
from waiting import ended
from wellness_journey import files
from wellness_journey.errors import PlaceError


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small disk, with a report of an earlier run."""
    needs_mount()
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "index.html").write_text("the run before")
    with disk(folder) as mounted:
        yield mounted


def refused(path: Path, text: str = "x" * 20_000) -> str:
    """What is told where `path` cannot be written."""
    with pytest.raises(PlaceError) as raised:
        files.write(path, text)
    return str(raised.value)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_full_disk(small: Path) -> None:
    """The file of the run before is as it was, and nothing is left beside it."""
    fill(small)
    told = refused(small / "index.html")
    assert told == f"{small}/index.html cannot be written: the disk is full: make room there"
    assert (small / "index.html").read_text() == "the run before"
    assert names(small) == ["filler", "index.html"]


def test_a_read_only_disk(small: Path) -> None:
    """The same."""
    make_read_only(small)
    told = refused(small / "index.html")
    assert "the file system is read-only: mount it for writing" in told
    assert (small / "index.html").read_text() == "the run before"


def test_files_that_belong_together(small: Path) -> None:
    """Where the second does not fit, the first is not moved in."""
    (small / "filler").write_bytes(bytes(900_000))
    texts = {small / "index.html": "new", small / "summary.md": "x" * 400_000}
    with pytest.raises(PlaceError, match=r"summary\.md cannot be written: the disk is full"):
        files.write_all(texts)
    assert (small / "index.html").read_text() == "the run before"
    assert names(small) == ["filler", "index.html"]
    (small / "filler").unlink()
    assert files.write_all(texts) == list(texts)
    assert (small / "index.html").read_text() == "new"
    assert names(small) == ["index.html", "summary.md"]


def test_a_file_where_a_folder_must_be(tmp_path: Path) -> None:
    """The one that is in the way is named, however deep."""
    (tmp_path / "reports").write_text("mine")
    way = f"{tmp_path}/reports is a file where a folder must be: move it away"
    assert way in refused(tmp_path / "reports" / "index.html")
    assert way in refused(tmp_path / "reports" / "more" / "index.html")
    assert (tmp_path / "reports").read_text() == "mine"


def test_a_folder_where_a_file_must_be(tmp_path: Path) -> None:
    """It is not replaced, and no part stays."""
    (tmp_path / "index.html").mkdir()
    told = refused(tmp_path / "index.html")
    assert "it is a folder where a file must be: move it away" in told
    assert names(tmp_path) == ["index.html"]


def test_a_link_to_nothing(tmp_path: Path) -> None:
    """Such as a disk that is not mounted: the link and what it points to are named."""
    (tmp_path / "reports").symlink_to(tmp_path / "gone")
    told = refused(tmp_path / "reports" / "index.html")
    assert f"{tmp_path}/reports is a symbolic link to {tmp_path}/gone, which is not there" in told


def test_a_folder_of_another_user(tmp_path: Path) -> None:
    """Root may write anywhere: it is tried as an ordinary user."""
    folder = tmp_path / "reports"
    folder.mkdir(mode=0o555)
    if os.geteuid() != 0:
        assert "you may not write there" in refused(folder / "index.html")
        return
    nobody = pwd.getpwnam("nobody")
    # What has been imported stays, whether nobody may read it or not.
    script = f"""
import os, sys; from pathlib import Path; from wellness_journey import errors, files
os.chdir({str(folder)!r}); os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})
try: files.write(Path("index.html"), "x")
except errors.PlaceError as error: print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.startswith("index.html cannot be written: you may not write there")


def test_the_mode_is_the_umasks_or_private(tmp_path: Path) -> None:
    """As any program's, and 600 for what only its owner may read, whatever was there before."""
    path = tmp_path / "file"
    for umask, mode in ((0o022, 0o644), (0o027, 0o640), (0o002, 0o664)):
        before = os.umask(umask)
        try:
            files.write(path, "x")
            assert path.stat().st_mode & 0o777 == mode
            files.write(path, "x", private=True)
            assert path.stat().st_mode & 0o777 == 0o600
        finally:
            os.umask(before)


def test_what_a_killed_writer_left_goes(tmp_path: Path) -> None:
    """The next one writes its own, through no link that lies there."""
    other = tmp_path / "other"
    other.write_text("of another user")
    part = tmp_path / ".index.html.part"
    for leave in (
        lambda: part.write_text("half"),
        lambda: part.symlink_to(other),
        lambda: part.hardlink_to(other),
        lambda: os.mkfifo(part),
    ):
        leave()
        files.write(tmp_path / "index.html", "whole")
        assert (tmp_path / "index.html").read_text() == "whole"
        assert not (tmp_path / "index.html").is_symlink()
    assert other.read_text() == "of another user"
    assert names(tmp_path) == ["index.html", "other"]


WRITER = """
import sys; from pathlib import Path; from wellness_journey import files
for _ in range(200): files.write(Path(sys.argv[1]), sys.argv[2] * 100_000)
"""


def test_two_writers_at_once(tmp_path: Path) -> None:
    """A reader finds one text or the other, never half of one or both."""
    path = files.write(tmp_path / "file", "a" * 100_000)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), letter], stderr=subprocess.PIPE, text=True
        )
        for letter in "ab"
    ]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        text = path.read_text()
        assert len(text) == 100_000
        seen |= set(text)
    assert [ended(writer)[1] for writer in writers] == ["", ""]
    assert seen <= {"a", "b"}
    assert names(tmp_path) == ["file"]
