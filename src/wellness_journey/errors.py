"""What can go wrong, as one tree.

    JourneyError                 exit 2: the command could not do its job
    ├── UsageError               a flag, a file name or a setting is not as it must be
    ├── ServerError              the embedded PostgreSQL cannot be started, found or stopped
    ├── NoConnectionError        the named PostgreSQL cannot be used: unreachable, or no session
    ├── NotMigratedError         the database was reached, but holds none of our tables
    ├── UnsuitableDatabaseError  the database's encoding cannot hold every text
    ├── ReadOnlyError            the database was reached, but takes no writes
    ├── MigrationError           a migration is missing, changed or refused by the database
    ├── AdoptionError            a clinic's own tables lack what the pipeline reads
    ├── InputError               a file of rows cannot be read; nothing was loaded
    ├── BusyError                another run holds the lock, or another dbt is at work
    ├── PlaceError               a file or folder of ours cannot be written
    └── TransformError           dbt could not build

Every message says where, what was expected and found, and what to do next.
None carries a value from a person's row.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class JourneyError(Exception):
    """Base of all our errors; `str()` of it is what the user reads."""


class UsageError(JourneyError):
    """A flag, a file name or a setting is not as it must be."""


class ServerError(JourneyError):
    """The embedded PostgreSQL cannot be started, found or stopped."""


class NoConnectionError(JourneyError):
    """The named PostgreSQL cannot be reached or entered, or its pooler keeps no session."""


class NotMigratedError(JourneyError):
    """The database was reached, but holds none of our tables."""


class UnsuitableDatabaseError(JourneyError):
    """The database was reached, but its encoding cannot hold every text."""


class ReadOnlyError(JourneyError):
    """The database was reached, but is a replica or read-only by a setting."""


class MigrationError(JourneyError):
    """A migration is missing, was changed, or the database refused it."""


class AdoptionError(JourneyError):
    """A clinic's own tables lack what the pipeline reads, or changed since they were adopted."""


class InputError(JourneyError):
    """A file of rows cannot be read; nothing was loaded."""


class BusyError(JourneyError):
    """Another run holds the lock, or another dbt is at work."""


class PlaceError(JourneyError):
    """A file or folder of ours cannot be written; what was there before is as it was."""


class TransformError(JourneyError):
    """dbt could not build."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C. After a plain KeyboardInterrupt within exec() CPython dies of SIGINT as it leaves."""


def unforeseen(error: Exception) -> str:
    """Kind and place of a fault of ours; its message can hold a row, and is not told."""
    frames = traceback.extract_tb(error.__traceback__)
    here = str(Path(__file__).parent)
    ours = [frame for frame in frames if frame.filename.startswith(here)]
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"internal error: {type(error).__name__}{place}; please report it with this line"
