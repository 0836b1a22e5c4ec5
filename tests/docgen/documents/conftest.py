from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ...world.client import Client
from .demo import STATES, Demo


@pytest.fixture(scope="session")
def demo(demo_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo({state: demo_of(state) for state in STATES}, Client(tmp_path_factory.mktemp("documents")))
