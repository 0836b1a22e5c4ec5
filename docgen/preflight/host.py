"""The host of a preflight: the guard that holds lock and folder, what is sent there, and the steps."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from checks.errors import DocgenError
from checks.model import Message, msg
from checks.sources import batch
from checks.sources.host import GRACE, OUTPUT_CAP
from checks.sources.interface import Answer, Command, decode
from checks.sources.transport import Conversation, Transport
from docgen.preflight import commands
from docgen.preflight.commands import Place

BEAT = 10.0
"""Seconds between signs of life: the guard waits for six of them."""
SILENCE = 45.0
"""Seconds without any answer of the guard to them, after which the connection is given up."""
ANSWER_WITHIN = 60.0
CHUNK = 256 * 1024


class Stopped(DocgenError):
    """The preflight cannot go on, for the reason `why`. ``busy``: another one holds the lock; ``refused``: the host
    answered, and said no; else it is not known."""

    def __init__(self, why: Message, *, busy: bool = False, refused: bool = False) -> None:
        super().__init__(why.id)
        self.why, self.busy, self.refused = why, busy, refused


class Guard:
    """Lock and folder on the host, from ``with`` to its end. ``left`` and ``removed`` are the folders of earlier runs
    that were found and that are gone now; ``silent``: the connection was given up, because the host said nothing."""

    def __init__(self, transport: Transport, place: Place, remove_leftovers: bool) -> None:
        self._transport, self._place = transport, place
        self._script = commands.guard(place, remove_leftovers).encode()
        self._heard, self._ended = b"", False
        self._news = threading.Condition()
        self._over = threading.Event()
        self._watched = threading.Event()
        self._turn = threading.Lock()
        self.left: list[str] = []
        self.removed: list[str] = []
        self.silent = False

    def __enter__(self) -> Guard:
        try:
            self._line: Conversation = self._transport.converse(batch.launch(self._script))
            self._line.send(self._script)
        except OSError as error:
            raise Stopped(_cut(error)) from error
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self._begin()
        except BaseException:
            self._leave(5)
            raise
        self._watched.set()
        threading.Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watched.clear()
        self._over.set()
        self._leave(0 if self.silent else 20)

    def _leave(self, seconds: float) -> None:
        """Ends the guard, and waits until it has gone: then the folder has, too."""
        with contextlib.suppress(OSError):
            self._line.end()
        with self._news:
            self._news.wait_for(lambda: self._ended, seconds)
        self._line.close()

    def clean(self) -> bool:
        """Removes the folder; whether it is gone. The lock stays."""
        self._watched.clear()  # it takes its time for large ones
        try:
            self._tell(b"c")
            return next((word for word, _ in self._said() if word in ("gone", "stuck")), None) == "gone"
        except OSError:
            return False

    def _begin(self) -> None:
        for word, rest in self._said():
            if word == "ready":
                return
            if word == "busy":
                raise Stopped(
                    msg("Another preflight of {root:code} is under way.", root=self._place.root), busy=True
                )
            if word == "lacks":
                raise Stopped(
                    msg(
                        "{tool:code} was not found on the host; without it, two at once cannot be told apart.",
                        tool=rest,
                    )
                )
            if word == "closed":
                reason = msg(
                    "The {key:code} of the environment cannot be opened: {error:code}",
                    key="root",
                    error=plain(rest),
                )
                raise Stopped(reason, refused=True)
            if word == "refused":
                reason = msg(
                    "No folder could be made: {error:code}. The account that logs in must be able to write there; another "
                    "place can be named as {key:code} in {part:code}.",
                    error=rest,
                    key="scratch",
                    part="preflight",
                )
                raise Stopped(reason, refused=True)
            if word in ("left", "removed"):
                (self.left if word == "left" else self.removed).append(rest)
        raise Stopped(msg("The connection was cut off before anything was done."))

    def _said(self) -> Iterator[tuple[str, str]]:
        """What the guard says, until it ends or does not go on for a while."""
        until = time.monotonic() + ANSWER_WITHIN
        pattern = re.compile(rb"\n" + re.escape(self._place.mark.encode()) + rb" (\w+) ?([^\n]*)\n")
        while True:
            with self._news:
                if not self._news.wait_for(
                    lambda: self._ended or pattern.search(self._heard), until - time.monotonic()
                ):
                    return
                match = pattern.search(self._heard)
                if match is None:
                    return
                self._heard = self._heard[match.end() - 1 :]
            yield match[1].decode(), decode(match[2])

    def _listen(self) -> None:
        """Takes what the guard says, until it ends; gives the connection up where it is watched and says nothing."""
        heard = time.monotonic()
        while (part := self._received()) != b"":
            if part or not self._watched.is_set():
                heard = time.monotonic()
            if part:
                with self._news:
                    self._heard = (self._heard + part)[-65536:]
                    self._news.notify_all()
            elif time.monotonic() - heard > SILENCE:
                self.silent = True
                self._transport.close()  # whoever waits for an answer waits no longer
                break
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _received(self) -> bytes | None:
        try:
            return self._line.receive(1)
        except (OSError, ValueError):  # it was closed meanwhile
            return b""

    def _tell(self, word: bytes) -> None:
        with self._turn:
            self._line.send(word)

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            try:
                self._tell(b".")
            except OSError:
                return  # the steps notice, too, and say so


def run(transport: Transport, steps: Mapping[str, Command]) -> dict[str, Answer | None]:
    """The answers to `steps`, run one after the other; None where none came."""
    lane, mark = tuple(steps.values()), batch.new_mark()
    patience = sum(c.deadline + GRACE for c in lane)
    ended = transport.execute(batch.script(lane, mark), patience, OUTPUT_CAP + sum(c.cap for c in lane))
    found, _, _ = batch.answers(lane, mark, ended.output, ended.arrivals)
    return {name: found.get(command.argv) for name, command in steps.items()}


def send(transport: Transport, command: str, data: Iterator[bytes], mark: str) -> tuple[bool, str]:
    """Sends `data` to `command`; whether it took all of it, and what it said. Raises :class:`Stopped`."""
    try:
        line = transport.converse(command)
    except OSError as error:
        raise Stopped(_cut(error)) from error
    try:
        with contextlib.suppress(OSError):  # it may have ended before, and says why
            for chunk in data:
                line.send(chunk)
            line.end()
        heard = b""
        end = re.compile(rb"\n" + re.escape(mark.encode()) + rb" (\d+) ([^\n]*)\n")
        while part := line.receive(120):
            heard += part
            if match := end.search(heard):
                return match[1] == b"0", decode(match[2]) or f"exit code {int(match[1])}"
    except OSError as error:
        raise Stopped(_cut(error)) from error
    finally:
        line.close()
    raise Stopped(msg("The connection was cut off while something was sent."))


def chunks(path: Path) -> Iterator[bytes]:
    """The content of a file, part by part."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def plain(said: str) -> str:
    """What a shell `said`, without its own name and line."""
    return re.sub(r"^(?:\S*sh: )?(?:line )?(?:\d+: )?", "", said.strip())


def _cut(error: Any) -> Message:
    return msg("The connection was cut off: {error:code}", error=f"{type(error).__name__}: {error}")
