"""When a line of a crontab runs."""

from __future__ import annotations


def assert_cron(schedule: str) -> None:
    bounds = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    fields = schedule.split()
    assert len(fields) == 5
    for field, (low, high) in zip(fields, bounds, strict=True):
        assert field == "*" or low <= int(field) <= high
