"""The one way to write a file of ours: whole or not at all, and in words where it cannot be."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from wellness_journey.errors import PlaceError

_STEPS = {
    errno.ENOSPC: "the disk is full: make room there",
    errno.EDQUOT: "your quota of the disk is used up: make room there",
    errno.EROFS: "the file system is read-only: mount it for writing, or use another folder",
    errno.EACCES: "you may not write there: make yourself the owner, or use another folder",
    errno.EPERM: "you may not write there: make yourself the owner, or use another folder",
    errno.EMFILE: "too many files are open: raise `ulimit -n`",
    errno.EIO: "the disk has an error: look after it, or use another folder",
}


def write(
    path: Path, text: str, *, private: bool = False, owner: tuple[int, int] | None = None
) -> Path:
    """Put `text` at `path`, in a folder that is made if need be: a reader never meets half a file.

    `private`: for one user only (mode 600), else as the umask has it. `owner`: user and group
    that get the file, where we are root.

    Raises:
        PlaceError: it cannot be written; what was there before is as it was.
    """
    return write_all({path: text}, private=private, owner=owner)[0]


def write_all(
    texts: Mapping[Path, str], *, private: bool = False, owner: tuple[int, int] | None = None
) -> list[Path]:
    """As `write`, for files that belong together: none is moved in before all are written.

    All are in one folder.
    """
    path = next(iter(texts))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.parent), ExitStack() as stack:
            parts = {}
            for path, text in texts.items():
                parts[path] = stack.enter_context(_part(path, text, 0o600 if private else 0o666))
                if owner and os.geteuid() == 0:
                    os.chown(parts[path], *owner, follow_symlinks=False)
            for path, part in parts.items():
                part.replace(path)
    except OSError as error:
        raise unwritable(error, path) from None
    return list(texts)


def unwritable(error: OSError, path: Path | None = None) -> PlaceError:
    """What is told where `path`, or the file that `error` names, cannot be written."""
    path = path or named(error)
    return PlaceError(f"{path or 'a file'} cannot be written: {reason(error, path)}")


def named(error: OSError) -> Path | None:
    """The file that `error` names; of a copy the one that was written."""
    name = error.filename2 or error.filename
    return Path(os.fsdecode(name)) if isinstance(name, str | bytes) else None


def is_known(error: OSError) -> bool:
    """Whether `reason` says more than the system does."""
    return error.errno in _STEPS


def reason(error: OSError, path: Path | None = None) -> str:
    """Why `path` cannot be written, and what to do."""
    for folder in reversed(path.parents) if path else ():
        if folder.is_symlink() and not folder.exists():
            return (
                f"{folder} is a symbolic link to {folder.readlink()}, which is not there: make "
                "that folder, or remove the link"
            )
        if folder.exists() and not folder.is_dir():
            return f"{folder} is a file where a folder must be: move it away"
    if path and path.is_dir():
        return "it is a folder where a file must be: move it away"
    if path and path.exists() and error.errno in (errno.EEXIST, errno.ENOTDIR):
        return "it is a file where a folder must be: move it away"
    return _STEPS.get(error.errno or 0) or f"{error.strerror or type(error).__name__}"


@contextmanager
def _part(path: Path, text: str, mode: int) -> Iterator[Path]:
    """The whole text under another name beside `path`; gone at the end, unless it was moved."""
    part = path.with_name(f".{path.name}.part")
    # A killed writer leaves its own.
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        yield part
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer of a folder at a time: the names of parts are the same for all."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot lock a folder.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
