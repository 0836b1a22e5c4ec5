"""Fixtures for everyone: ``world``, a real server on loopback, and ``client``, docgen without one."""

from __future__ import annotations

import fcntl
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import shared
from .world.client import Client
from .world.machine import Machine, needs_root
from .world.world import World

# Whoever starts the tests in the background of a shell, or with nohup, has them ignored, and so would all that is started.
for _one in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_one) is signal.SIG_IGN:
        signal.signal(_one, signal.default_int_handler if _one is signal.SIGINT else signal.SIG_DFL)


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """docgen as a user runs it, in a folder of its own."""
    return Client(tmp_path)


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The server, once per test process. Tests use ``world``."""
    needs_root()
    machine = Machine(tmp_path_factory.mktemp("world"))
    yield machine
    machine.stop()


@pytest.fixture
def world(machine: Machine, tmp_path: Path) -> Iterator[World]:
    """The server with all well, docgen beside it, and switches that end with the test."""
    world = World(machine, tmp_path)
    yield world
    world.reset()


@pytest.fixture
def quiet() -> None:
    """For a test that measures: no other test of this run goes on meanwhile, in no process."""


@pytest.fixture(autouse=True)
def _turns(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # Whoever wants the room alone keeps the door shut until the others have left it.
    base = shared.base(tmp_path_factory)
    with (base / "door").open("w") as door, (base / "room").open("w") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if "quiet" in request.fixturenames else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield
