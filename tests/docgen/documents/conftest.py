from __future__ import annotations

import pytest

from ...world.client import Client
from .demo import STATES, Demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    base = tmp_path_factory.mktemp("documents")
    client = Client(base)
    folders = {state: base / state for state in STATES}
    for state, folder in folders.items():
        ran = client.docgen("demo", "--state", state, "-o", str(folder))
        assert ran.code == 0, ran.everything
    return Demo(folders, client)
