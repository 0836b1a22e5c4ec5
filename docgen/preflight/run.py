"""A preflight from the first connection to the last look: everything that happens on the host."""

from __future__ import annotations

import hashlib
import posixpath
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from checks.clock import now
from checks.collect import collect
from checks.evaluate import evaluate
from checks.model import Message, Report, Result, Status, msg
from checks.phrases import joined
from checks.redact import Redactor
from checks.sources.host import connect
from checks.sources.interface import Answer, Command
from checks.sources.secrets import resolve
from checks.sources.transport import NotReached, Transport
from checks.spec.spec import Host, Spec
from docgen.preflight import commands, fingerprint, host, judge
from docgen.preflight.commands import Place
from docgen.preflight.host import Guard, Stopped
from docgen.preflight.outcome import Bundle, Impact, Item, Outcome

EXTRACTING = 2
"""How many times the size of a bundle must be free before it is sent; how much it unpacks to is not known yet."""


class Asked(NamedTuple):
    """What a preflight is of. ``gates`` is the spec with the gates on the folder, ``decisions`` the one with the
    approvals; ``file`` is the bundle on this machine, None where it lies on the host; ``sha256`` what it should be."""

    gates: Spec
    decisions: Spec
    environment: str
    host: Host
    place: Place
    file: Path | None
    sha256: str | None
    run: str | None
    remove_leftovers: bool


class _Halt(Exception):
    """What follows makes no sense."""


def preflight(asked: Asked, tell: Callable[[str], None] = lambda stage: None) -> Outcome:
    """Tries the release. Raises :class:`Stopped` where another run holds the lock or nothing could be begun; what
    happens after that is in the outcome. `tell` is told the name of each stage as it begins."""
    return _Run(asked, tell).outcome()


def record(asked: Asked, name: str, data: bytes) -> str:
    """Writes the entry `data` into the host's ledger as `name`, or as the next one where that is taken; the name. Raises
    :class:`Stopped` where it is not there then."""
    try:
        transport = connect(asked.host, resolve(asked.gates))
    except NotReached as error:
        raise Stopped(error.reason) from error
    try:
        command = commands.entry(asked.place, name, len(data))
        took, said = host.send(transport, command, iter([data]), asked.place.mark)
        if not took:
            reason = msg(
                "The entry was not written: {error:code}. The account that logs in must be able to write in {folder:code}.",
                error=host.plain(said),
                folder=asked.place.path(asked.place.settings.ledger or ""),
            )
            raise Stopped(reason, refused=True)
        return said
    finally:
        transport.close()


def _digest(path: Path) -> tuple[str, int]:
    found, size = hashlib.sha256(), 0
    for chunk in host.chunks(path):
        found.update(chunk)
        size += len(chunk)
    return found.hexdigest(), size


def _changed(message: Message, change: Callable[[str], str]) -> Message:
    """`message` with `change` made to every text that stands in it."""

    def of(value: Any) -> Any:
        if isinstance(value, Message):
            return _changed(value, change)
        if isinstance(value, tuple):
            return tuple(of(one) for one in value)
        return change(value) if isinstance(value, str) else value

    return message.model_copy(update={"params": {name: of(value) for name, value in message.params.items()}})


class _Run:
    def __init__(self, asked: Asked, tell: Callable[[str], None]) -> None:
        self.asked, self.tell, self.place = asked, tell, asked.place
        self.secrets = resolve(asked.gates)
        self.items: list[Item] = []
        self.results: dict[str, Result] = {}
        self.report: Report | None = None
        self.sent: str | None = None
        name = asked.file.name if asked.file else posixpath.basename(self.place.bundle or "")
        self.bundle = Bundle(name, 0, run=asked.run)
        if asked.file:
            self.sent, size = _digest(asked.file)
            self.bundle = self.bundle._replace(size=size)

    def outcome(self) -> Outcome:
        started, asked = now(), self.asked
        self.tell("connect")
        transport = self._connected()
        impact: Impact | None = None
        try:
            impact = self._guarded(transport)
        except Stopped as error:
            if not error.refused:
                raise
            title = msg("Folder of its own")
            self.items.append(Item("folder", "folder of its own", title, Status.FAIL, error.why))
        finally:
            transport.close()
        if impact:
            self._put(judge.cleanup(impact.clean, self.place.folder))
            self._put(judge.impact(impact))
        self.tell("decisions")
        decided = evaluate(asked.decisions, collect(asked.decisions))
        return self._told(started, impact, decided)

    def _guarded(self, transport: Transport) -> Impact:
        """All that happens while the guard is there."""
        with Guard(transport, self.place, self.asked.remove_leftovers) as guard:
            self._leftovers(guard)
            self.tell("fingerprint")
            before = self._fingerprint(transport)
            try:
                for stage in (self._space, self._arrive, self._list, self._extract, self._try):
                    stage(transport)
            except _Halt:
                pass  # said by the last item
            except Stopped as error:
                self._put(judge.item("upload", Status.UNKNOWN, error.why))
            self.tell("cleanup")
            cleaned = guard.clean()
            if guard.silent:
                said = msg(
                    "The host said nothing for {limit:seconds}; it was given up.", limit=round(host.SILENCE)
                )
                self.items.append(Item("silence", "connection", msg("Connection"), Status.UNKNOWN, said))
            return self._impact(transport, before, cleaned)

    # --- the stages ---------------------------------------------------------------------------------------------

    def _space(self, transport: Transport) -> None:
        self.tell("space")
        self._must(
            judge.space(self._ran(transport, commands.space(self.place)), self._about(), 1, self.place)
        )

    def _about(self) -> int:
        return self.bundle.size * EXTRACTING

    def _arrive(self, transport: Transport) -> None:
        place = self.place
        if self.asked.file:
            self.tell("upload")
            data = host.chunks(self.asked.file)
            took, said = host.send(transport, commands.upload(place), data, place.mark)
            if not took:
                self._must(
                    judge.item("upload", Status.FAIL, msg("It failed: {error:code}", error=host.plain(said)))
                )
            sent = msg("{size:size} in {path:code}", size=self.bundle.size, path=place.archive)
            self._put(judge.item("upload", Status.OK, sent))
        self.tell("checksum")
        steps = commands.presence(place)
        if steps and (none := judge.presence(self._ran(transport, steps)["kind"], place)):
            self._must(none)
        answers = self._ran(transport, commands.digest(place))
        size = answers["size"]
        if size and size.stdout.strip().isdigit():
            self.bundle = self.bundle._replace(size=int(size.stdout))
        self.bundle = self.bundle._replace(sha256=judge.arrived(answers))
        self._must(judge.checksum(answers, self.sent, self.asked.sha256, self.bundle.name))

    def _list(self, transport: Transport) -> None:
        self.tell("listing")
        place = self.place
        item, found = judge.content(self._ran(transport, commands.listing(place)), self.bundle.size, place)
        self._must(item)
        assert found  # else the item stops
        free = self._ran(transport, commands.space(place))
        self._must(judge.space(free, found.needed, found.members, place))

    def _extract(self, transport: Transport) -> None:
        self.tell("extraction")
        answers = self._ran(transport, commands.extraction(self.place))
        self.bundle = self.bundle._replace(commit=judge.revision(answers))
        self._must(self._explained(transport, judge.extraction(answers)))

    def _try(self, transport: Transport) -> None:
        self.tell("gates")
        self.report = evaluate(self.asked.gates, collect(self.asked.gates))
        self.results = {result.id: self._seen(result) for result in self.report.results()}
        self.tell("application")
        steps = commands.application(self.place)
        for item in judge.application(self._ran(transport, steps)) if steps else ():
            item = self._explained(transport, item)
            self._put(item._replace(said=self._redacted(item.said)))

    def _explained(self, transport: Transport, item: Item) -> Item:
        """`item`, and that the disk is full now, where it failed and that is so."""
        if item.status is not Status.FAIL:
            return item
        full = judge.full(self._ran(transport, commands.space(self.place)))
        return item._replace(said=joined([item.said, full])) if full else item

    def _impact(self, transport: Transport, before: fingerprint.Fingerprint, cleaned: bool) -> Impact:
        """The last look; through another connection where the first one is gone."""
        other: Transport | None = None
        clean: bool | None = cleaned
        try:
            if not clean:
                other = transport = self._connected()
                clean = self._gone(transport)
            after = self._fingerprint(transport)
        except Stopped:
            return Impact(0, (), (), None)
        finally:
            if other:
                other.close()
        if not (before.whole and after.whole):
            return Impact(0, (), after.unseen, clean)
        differ = fingerprint.differences(before, after, self.place)
        return Impact(min(before.counted(), after.counted()), tuple(differ), before.unseen, clean)

    def _gone(self, transport: Transport) -> bool | None:
        """Whether the guard has removed the folder; it gets some seconds for it."""
        look = {"folder": Command(("stat", "-c", "%F", "--", self.place.folder))}
        seen: bool | None = None
        for _ in range(10):
            answer = self._ran(transport, look)["folder"]
            seen = None if answer is None else answer.exit_code != 0
            if seen is not False:
                break
            time.sleep(1)
        return seen

    # --- what they share ----------------------------------------------------------------------------------------

    def _connected(self) -> Transport:
        try:
            return connect(self.asked.host, self.secrets)
        except NotReached as error:
            raise Stopped(error.reason) from error

    def _ran(self, transport: Transport, steps: Mapping[str, Command]) -> dict[str, Answer | None]:
        return host.run(transport, steps)

    def _fingerprint(self, transport: Transport) -> fingerprint.Fingerprint:
        return fingerprint.read(self._ran(transport, commands.fingerprint(self.place)), self.place)

    def _put(self, item: Item) -> None:
        self.items = [one for one in self.items if one.id != item.id] + [item]

    def _must(self, item: Item) -> None:
        self._put(item._replace(said=self._redacted(item.said)))
        if item.status in (Status.FAIL, Status.UNKNOWN):
            raise _Halt

    def _leftovers(self, guard: Guard) -> None:
        for path in guard.left:
            gone = path in guard.removed
            said = (
                msg("{path:code} was left by a preflight that did not end; it is removed.", path=path)
                if gone
                else msg(
                    "{path:code} was left by a preflight that did not end; {option:code} removes it.",
                    path=path,
                    option="--remove-leftovers",
                )
            )
            status = Status.OK if gone else Status.WARN
            self.items.append(
                Item(f"leftover {path}", "leftover of an earlier run", msg("Left over"), status, said)
            )

    def _redacted(self, message: Message) -> Message:
        return _changed(message, Redactor(list(self.secrets.values())).text)

    def _seen(self, result: Result) -> Result:
        """`result` as it is of a release, wherever this one lay: the folder of its own is gone, and was called by chance."""

        def inside(text: str) -> str:
            return text.replace(f"{self.place.release}/", "").replace(self.place.release, ".")

        def of(message: Message | None) -> Message | None:
            return _changed(message, inside) if message else None

        return result._replace(
            name=_changed(result.name, inside),
            soll=_changed(result.soll, inside),
            reason=of(result.reason),
            remedy=of(result.remedy),
            aspects=tuple(
                a._replace(
                    name=of(a.name),
                    expected=_changed(a.expected, inside),
                    actual=of(a.actual),
                    note=of(a.note),
                    apart=of(a.apart),
                )
                for a in result.aspects
            ),
        )

    def _gates(self) -> Iterator[Item]:
        for section in self.asked.gates.sections:
            for component in section.components:
                for check in component.checks:
                    yield judge.gate_item(check, self.results.get(check.id), component.name)

    def _told(self, started: str, impact: Impact | None, decided: Report) -> Outcome:
        """The outcome, with everything that was not reached named as such."""
        found = {item.id: item for item in self.items}
        skipped = set() if self.place.settings.application else {"autoload", "version", "config"}
        if self.asked.file is None and "upload" not in found:
            skipped.add("upload")
        items = [item for item in self.items if item.id not in judge.TITLES]
        for id in judge.TITLES:
            if id == "autoload":
                items += self._gates()
            if id not in skipped:
                items.append(found.get(id) or judge.item(id, Status.PENDING, msg("not reached")))
        if not self.asked.gates.checks():
            said = msg("The spec declares no gate.")
            items.append(Item("gates", "gates", msg("Gates"), Status.UNKNOWN, said))
        return Outcome(
            environment=self.asked.environment,
            host=self.asked.host.name,
            address=self.asked.host.ssh,
            started=started,
            finished=now(),
            folder=self.place.folder,
            bundle=self.bundle,
            items=tuple(items),
            gates=tuple(
                (component.name, tuple(self.results[c.id] for c in component.checks if c.id in self.results))
                for section in self.asked.gates.sections
                for component in section.components
            ),
            decisions=tuple(decided.results()),
            owner=decided.owner,
            impact=impact,
            report=self.report or decided,
        )
