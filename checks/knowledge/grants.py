"""What root would have to grant so that the observing account can see: one line each, nothing more.

``ACCOUNT`` stands for the account; which one it is belongs to the run, not to the check.
"""

from __future__ import annotations

import shlex

from checks.model import Message, msg

ACCOUNT = "ACCOUNT"


def enter(path: str) -> Message:
    """To see whether `path` is there, and what it is."""
    parent = path.rstrip("/").rpartition("/")[0] or "/"
    return msg(
        "As root, let the account pass through this folder, and through those above it that are closed: "
        "{command:code}",
        command=f"setfacl -m u:{ACCOUNT}:x -- {shlex.quote(parent)}",
    )


def look_into(directory: str) -> Message:
    """To see what is in `directory`."""
    return msg(
        "As root, let the account look into this folder: {command:code}",
        command=f"setfacl -m u:{ACCOUNT}:rx -- {shlex.quote(directory)}",
    )


def read(path: str) -> Message:
    """To read the file `path`."""
    return msg(
        "As root, let the account read this file: {command:code}",
        command=f"setfacl -m u:{ACCOUNT}:r -- {shlex.quote(path)}",
    )
