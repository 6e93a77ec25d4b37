"""Where the `journey` command begins: interrupts are watched for before all else is imported."""

from __future__ import annotations

import sys

from wellness_journey import interrupts


def main() -> int:
    """Run one verb of the command line; the exit code."""
    interrupts.watch()
    try:
        from wellness_journey import cli
    except KeyboardInterrupt:
        print("interrupted; nothing was begun", file=sys.stderr)
        return interrupts.exit_code()
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
