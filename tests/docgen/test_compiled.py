"""Compiled templates are kept for this account, and taken from nobody else."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import jinja2
import pytest

from docgen import compiled
from docgen.compiled import Compiled


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "docgen/templates"


def rendered(text: str, **set_up: bool) -> str:
    """As another process renders it."""
    Compiled._known.clear()
    environment = jinja2.Environment(
        bytecode_cache=Compiled(),
        loader=jinja2.DictLoader({"x": text}),
        autoescape=set_up.get("autoescape", True),
    )
    with compiled.kept():
        return environment.get_template("x").render(it="<")


def forged(kept: Path) -> None:
    """What lies there is exchanged for something else that is valid."""
    (own,) = kept.iterdir()
    content = own.read_bytes()[32:].replace(b"mine", b"evil")
    own.write_bytes(sha256(content).digest() + content)


def test_what_is_kept_is_used(kept: Path) -> None:
    assert rendered("mine {{ it }}") == "mine &lt;"
    forged(kept)
    assert rendered("mine {{ it }}") == "evil &lt;"
    assert rendered("other {{ it }}") == "other &lt;"
    assert rendered("other {{ it }}", autoescape=False) == "other <"
    assert len([*kept.iterdir()]) == 2 and kept.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("how", ["others may write it", "it is another's", "a link"])
def test_what_another_could_have_written_is_not_used(kept: Path, how: str) -> None:
    assert rendered("mine {{ it }}") == "mine &lt;"
    forged(kept)
    if how == "others may write it":
        kept.chmod(0o770)
    elif how == "a link":
        kept.rename(kept.with_name("elsewhere"))
        kept.symlink_to("elsewhere")
    elif os.geteuid() == 0:
        os.chown(kept, 65534, 65534)
    else:
        pytest.skip("only root gives a folder away")
    assert rendered("mine {{ it }}") == "mine &lt;"


@pytest.mark.parametrize("what", ["cut", "empty", "a folder"])
def test_what_is_broken_is_made_again(kept: Path, what: str) -> None:
    rendered("mine {{ it }}")
    (own,) = kept.iterdir()
    content = own.read_bytes()
    own.unlink()
    if what == "a folder":
        own.mkdir()
    else:
        own.write_bytes(content[:40] if what == "cut" else b"")
    assert rendered("mine {{ it }}") == "mine &lt;"


def test_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert rendered("mine {{ it }}") == "mine &lt;"
