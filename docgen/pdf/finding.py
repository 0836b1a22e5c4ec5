"""What is found out about a PDF."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from checks.model import Message


class Finding(BaseModel):
    """``holds`` None: it cannot be told. ``about`` trust: it is about who signed, not about the file."""

    model_config = ConfigDict(frozen=True)

    holds: bool | None
    said: Message
    about: Literal["file", "trust"] = "file"

    def __init__(self, holds: bool | None, said: Message, about: Literal["file", "trust"] = "file") -> None:
        super().__init__(holds=holds, said=said, about=about)
