"""What the visudo of this machine says of rules that docgen writes."""

from __future__ import annotations

import os
import shutil
import subprocess

from checks.model import Message, msg
from docgen.documents.interface import Block, Code, Paragraph, Section


def checked(text: str) -> bool | None:
    """Whether visudo accepts the rules `text`; None where there is no visudo."""
    visudo = shutil.which("visudo", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if visudo is None:
        return None
    done = subprocess.run(
        [visudo, "-s", "-cf", "-"],
        input=text.encode("utf-8", "surrogateescape"),
        capture_output=True,
        timeout=30,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"visudo does not accept the rules that were written: {done.stderr.decode()[:300]}"
        )
    return True


def verified(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """`sections`, in which each file of rules is followed by what visudo says of it."""
    return tuple(one._replace(blocks=tuple(_verified(one.blocks))) for one in sections)


def _verified(blocks: tuple[Block, ...]) -> list[Block]:
    from docgen.documents.sudo import CONTENT

    found: list[Block] = []
    for before, block in zip((None, *blocks), blocks, strict=False):
        found.append(block)
        if isinstance(block, Code) and isinstance(before, Paragraph) and before.text.id == CONTENT:
            found.append(Paragraph(_said(checked(block.text))))
    return found


def _said(accepted: bool | None) -> Message:
    if accepted:
        return msg("{check:code} of the machine that wrote this accepts it.", check="visudo -s -cf")
    return msg(
        "Not checked yet: the machine that wrote this has no {program:code}. It is checked at the installation, below.",
        program="visudo",
    )
