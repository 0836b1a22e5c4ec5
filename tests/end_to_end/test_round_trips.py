"""Round trips and channels do not grow with the number of checks."""

from __future__ import annotations

import time

from ..world.strange import Proxy
from ..world.world import World

DELAY = 0.1
"""Seconds in each direction."""


def some(count: int) -> list[str]:
    """`count` checks of several kinds, each of a path of its own."""
    shapes = (
        "file: /srv/test/file{}",
        "directory: /srv/test/dir{}",
        "symlink: /srv/test/link{}",
        "service: unit{}",
    )
    return [shapes[n % len(shapes)].format(n) for n in range(count)]


def turns(world: World, count: int, delay: float) -> tuple[int, float]:
    """Round trips and seconds of a status of `count` checks."""
    with Proxy(world.ports.ssh, delay=delay) as proxy:
        world.pin(proxy.port)
        world.check(*some(count), port=proxy.port)
        started = time.monotonic()
        ran = world.status("--env", "prod")
        assert ran.report["coverage"]["declared"] == count
        assert {check["status"] for check in ran.checks} == {"fail"}, ran.stderr
        return proxy.turns, time.monotonic() - started


def test_five_hundred_checks_take_no_more_round_trips_than_ten(world: World) -> None:
    few, _ = turns(world, 10, DELAY)
    many, _ = turns(world, 500, DELAY)
    assert few <= 14
    assert many <= few + 2  # the channel's window may be opened once more


def test_a_long_way_costs_the_same_for_five_hundred_checks(world: World) -> None:
    waited = {count: turns(world, count, 2 * DELAY)[1] - turns(world, count, 0)[1] for count in (10, 500)}
    assert waited[500] - waited[10] < 3 * 2 * 2 * DELAY, waited


def test_one_connection_and_at_most_two_channels(world: World) -> None:
    seen = []
    for count in (1, 300):
        world.root(": >/world/sshd.log")
        world.check(*some(count), "sudo: /usr/bin/systemctl reload nginx")
        world.status("--env", "prod")
        log = world.log()
        seen.append((log.count("Accepted publickey"), log.count("Starting session: ")))
    assert seen[0] == seen[1]
    assert seen[0][0] == 1 and 1 <= seen[0][1] <= 2, seen
