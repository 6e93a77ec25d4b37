"""What the verbs share: one console, and the database that they work on."""

from __future__ import annotations

from wellness_journey.database import poolers, settings
from wellness_journey.progress import Console

console = Console()


def chosen_target() -> settings.Target:
    """The database that PG* names, or the embedded one, started if need be; said on stderr.

    Raises:
        NoConnectionError: PG* name a transaction pooler, or what cannot be reached.
    """
    target = settings.target_from_environment()
    if target is None:
        from wellness_journey.database import server

        home = settings.journey_home()
        target = settings.as_named(server.up(home))
        server.refuse_unknown(target, home)
    settings.export(target)
    console.say(str(target))
    if not target.embedded:
        poolers.refuse_transaction_pooler(target)
    return target
