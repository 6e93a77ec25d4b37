#!/bin/sh
# One run, silent when it passes; otherwise what it said, and its exit code. JOURNEY_ENV names a file,
# readable for its user alone, that exports PGHOST, PGPORT, PGUSER, PGDATABASE and PGPASSFILE.
set -eu
cd "$(dirname "$0")/../.."
. "${JOURNEY_ENV:-/etc/wellness-journey.env}"
code=0
said=$(.venv/bin/journey run 2>&1) || code=$?
[ "$code" -eq 0 ] || printf '%s\n' "$said"
exit "$code"
