"""Poolers between us and the database: a transaction pooler is refused, a session pooler works."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pooling import PORT, pooler
from wellness_journey import settings
from wellness_journey.database.poolers import refuse_transaction_pooler
from wellness_journey.errors import NoConnectionError
from wellness_journey.settings import Target


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("going_round", [0, 1])
def test_x(embedded: Target, mode: str, going_round: int) -> None:
    with pooler(embedded, mode, server_round_robin=going_round) as target:
        with pytest.raises(NoConnectionError) as e:
            refuse_transaction_pooler(target)
        print(e.value)


def test_y(embedded: Target) -> None:
    with pooler(embedded, "session") as target:
        refuse_transaction_pooler(target)
        with settings.connect(target) as c:
            print(c.execute("show jit").fetchone())
