"""Kill runs, dbt, the server and the rest at random moments, and see what is left.

`make crashes` does all; `make crashes CRASHES='run dbt=3 seed=7'` some kinds, or one so many
times, drawn from a seed. A moment is a share of what the command takes undisturbed, one in each
part of it. Exit code 1: a table was neither as before nor as after, something went on after its
client was dead, or the next run did not repair it; 2: no verdict.
"""

from __future__ import annotations

import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from crash_processes import Ended, Running, UnexpectedError
from crash_runs import command, know
from crash_scene import Scene, scene
from crash_sources import KINDS as SOURCES
from crash_sources import Result
from crash_states import committed, judge, judge_repaired, watching
from disk_full import disk_full
from disks import can_mount
from slow_rows import SLOW_ROWS
from waiting import waited_for
from wellness_journey.errors import JourneyError


@dataclass
class Blow:
    """One kill: in which step it struck, what it left, and what is wrong with that."""

    step: str = ""
    left: str = ""
    outlived: int = 0
    problems: list[str] = field(default_factory=list)
    repaired: bool = False


Kind = Callable[[Scene, float, int], Blow]


# Runs ----------------------------------------------------------------------------------------


def strike(
    here: Scene, words: Sequence[str], share: float, hit: Callable[[Running], None]
) -> tuple[Running, str]:
    """Start it in a fresh database and hit it in the middle: the command, and what it was at."""
    while True:
        here.fresh("before")
        running = here.start(*words)
        here.wait(running, (*words,), share)
        step = here.step(running)
        if not running.has_ended:
            hit(running)
            return running, step
        # The machine is faster than it was.
        running.end()
        share *= 0.9


def settle(here: Scene, blow: Blow, code: int | None = None) -> Blow:
    """Judge what is left, start the next run at once, and judge what that makes of it.

    `code` is the exit code of the next run, where it is not that of an undisturbed one.
    """
    dead = here.left()
    blow.outlived = len(dead)
    counts, problems = judge(here.state(), here.marks)
    blow.left = f"{counts['before']} before, {counts['after']} after"
    with watching(here.work, dead) as seen:
        again = here.start(*command("run")).end()
    repair = again.not_well(here.good if code is None else code) + here.wait_until_alone()
    with here.connection() as connection:
        problems += seen + committed(connection, dead)
    repair += judge_repaired(here.state(), here.marks)
    blow.repaired = not repair
    blow.problems += problems + repair
    return blow


def _killed(kind: str) -> Kind:
    def kill(here: Scene, share: float, number: int) -> Blow:
        group = number // 2 % 2 == 1
        running, step = strike(
            here, command(kind, number), share, lambda running: running.kill(group=group)
        )
        running.end()
        return settle(here, Blow(step))

    return kill


def _bereft(here: Scene, step: str, ended: Ended) -> Blow:
    """Of a run that has lost its database: did it say so, and leave?"""
    blow = Blow(step)
    if ended.code not in (2, here.good):
        blow.problems.append(f"the run ended with {ended.code}: {ended.last_words}")
    if "internal error" in ended.err + ended.out:
        blow.problems.append(f"the run says: {ended.last_words}")
    if ended.code == here.good and judge_repaired(here.state(), here.marks):
        blow.problems.append("the run says that it ended well, and did not")
    return blow


def server_killed(here: Scene, share: float, number: int) -> Blow:
    """The postmaster alone, or with all its processes."""
    group = number // 2 % 2 == 1
    running, step = strike(
        here, command("run", number), share, lambda _: here.kill_server(group=group)
    )
    ended = running.end()
    here.server_up()
    return settle(here, _bereft(here, step, ended))


def connections_cut(here: Scene, share: float, number: int) -> Blow:
    """All that the run has."""
    running, step = strike(here, command("run", number), share, lambda _: here.cut_connections())
    return settle(here, _bereft(here, step, running.end()))


def asleep(here: Scene, share: float, number: int) -> Blow:
    """Killed within a statement that goes on for minutes; the next run is started at once."""
    here.fresh("before")
    query = (
        "select from pg_stat_activity where datname = current_database() "
        "and application_name = 'journey dbt' and wait_event = 'PgSleep'"
    )
    with here.connection() as connection:
        connection.execute(SLOW_ROWS.encode())
        running = here.start(*command("dbt" if number % 2 else "run"))
        waited_for(lambda: connection.execute(query.encode()).rowcount or running.has_ended)
        step = here.step(running)
        running.kill(group=True)
        running.end()
        connection.execute("drop table public.slow")
    # What made the statement slow is still there, and posture finds it.
    return settle(here, Blow(step), code=1)


def two_at_once(here: Scene, share: float, number: int) -> Blow:
    """One of them is refused, by name."""
    # The second, the earlier the surer beside the first.
    for part in (share, share / 2, 0):
        running, step = strike(here, command("run", number), part, lambda _: None)
        ended = [one.end() for one in (here.start(*command("run")), running)]
        if refused := [one for one in ended if one.code != here.good]:
            break
    blow = Blow(step)
    if len(refused) != 1 or refused[0].code != 2 or " is busy: " not in refused[0].err:
        blow.problems.append(f"refused: {[one.last_words for one in refused] or 'nobody'}")
    blow.problems += judge_repaired(here.state(), here.marks)
    return settle(here, blow)


def dbt_beside(here: Scene, share: float, number: int) -> Blow:
    """Plain dbt, which knows no lock, beside a run: whoever comes first at a table."""
    running, step = strike(here, command("run", number), share, lambda _: None)
    for one in (here.start(*command("dbt", number)), running):
        ended = one.end()
        if ended.code not in (0, 1, 2) or "internal error" in ended.err:
            return Blow(step, problems=[f"it ended with {ended.code}: {ended.last_words}"])
    return settle(here, Blow(step))


def _disk_full(here: Scene, share: float, number: int) -> Blow:
    """The database's disk holds so much of what the run writes, and no more."""
    with disk_full(here, share, command("run", number)) as ended:
        return settle(here, _bereft(here, "no space", ended))


# All -----------------------------------------------------------------------------------------


def _of_sources(kind: Callable[[Scene, float, int], Result]) -> Kind:
    def kill(here: Scene, share: float, number: int) -> Blow:
        step, left, problems, repair = kind(here, share, number)
        return Blow(step, left, 0, problems + repair, not repair)

    return kill


# Each with how many times it is done.
KINDS: dict[str, tuple[Kind, int]] = {
    "run": (_killed("run"), 10),
    "dbt": (_killed("dbt"), 10),
    "server": (server_killed, 10),
    "connections": (connections_cut, 4),
    "asleep": (asleep, 2),
    "two": (two_at_once, 2),
    "beside": (dbt_beside, 2),
    **{name: (_of_sources(kind), times) for name, (kind, times) in SOURCES.items()},
    "disk": (_disk_full, 3),
}


def main(words: Sequence[str]) -> int:
    options = dict(word.partition("=")[::2] for word in words)
    drawn = options.pop("seed", "") or str(random.SystemRandom().randrange(10**6))
    if unknown := {*options} - {*KINDS}:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(KINDS)}", file=sys.stderr)
        return 2
    wanted = {
        name: int(options.get(name) or times)
        for name, (_, times) in KINDS.items()
        if name in options or not options
    }
    print(f"CRASHES='seed={drawn}' draws the same moments", flush=True)
    if "disk" in wanted and (why := can_mount()):
        del wanted["disk"]
        print(f"SKIPPED: a full disk was not tried: {why}", flush=True)
    with scene() as here:
        try:
            know(here, _say)
            return summary(strikes(here, wanted, drawn))
        except (UnexpectedError, JourneyError) as error:
            print(f"no verdict: {error}", file=sys.stderr)
            return 2


def strikes(here: Scene, wanted: Mapping[str, int], drawn: str) -> dict[str, list[Blow]]:
    """Each of the kinds so many times; said as they go."""
    done: dict[str, list[Blow]] = {}
    for name, times in wanted.items():
        done[name] = []
        for number, share in enumerate(moments(f"{drawn} {name}", times)):
            blow = KINDS[name][0](here, share, number)
            done[name].append(blow)
            _say(line(name, share, blow))
    return done


def moments(drawn: str, times: int) -> list[float]:
    """As shares of the whole, one in each part of it."""
    chance = random.Random(drawn)
    return [(number + chance.random()) / times for number in range(times)]


def line(name: str, share: float, blow: Blow) -> str:
    said = f"{name:12} at {share:4.0%} in {blow.step:13} {blow.left:22}"
    said += f"{blow.outlived} outlived, " if blow.outlived else ""
    said += "repaired" if blow.repaired else "NOT REPAIRED"
    return "\n  ".join([said, *blow.problems])


def summary(done: dict[str, list[Blow]]) -> int:
    """What was killed how often, where it struck and what it left; the exit code."""
    print(f"\n{'killed':12} times  {'all before':>10} {'mixed':>5} {'all after':>9}  repaired  in")
    for name, blows in done.items():
        left = Counter(_sort(blow.left) for blow in blows)
        steps = Counter(blow.step for blow in blows)
        print(
            f"{name:12} {len(blows):5}  {left['before']:10} {left['mixed']:5} {left['after']:9}  "
            f"{sum(blow.repaired for blow in blows):8}  "
            + ", ".join(f"{step} {number}" for step, number in steps.items())
        )
    problems = sum(len(blow.problems) for blows in done.values() for blow in blows)
    number = sum(map(len, done.values()))
    print(
        f"\n{number} crashes: {f'{problems} problems' if problems else 'all as before or as after'}"
    )
    return 1 if problems else 0


def _sort(left: str) -> str:
    """`before` and `after` are of all tables."""
    if left.startswith("0 before") or left == "all":
        return "after"
    return "before" if left.endswith(", 0 after") or left == "nothing" else "mixed"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    # A shell's background job ignores an interrupt, and hands that down. Either ends the server.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
