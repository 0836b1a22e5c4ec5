"""What the answers of the host mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from checks.knowledge.archives import noted_digest
from checks.model import Message, Result, Status, code, msg, nmsg
from checks.phrases import ist, joined
from checks.sources.interface import Answer, decode
from checks.spec.spec import Check
from docgen.preflight import listing
from docgen.preflight.commands import AUTOLOADED, CACHED, UNNAMED, Place
from docgen.preflight.fingerprint import described
from docgen.preflight.listing import Listing
from docgen.preflight.outcome import Impact, Item

PACKINGS = ("gzip", "bzip2", "xz", "zstd")
Answers = Mapping[str, Answer | None]

TITLES = {
    "space": ("disk space", msg("Disk space")),
    "upload": ("upload", msg("Upload")),
    "checksum": ("checksum", msg("Checksum")),
    "listing": ("bundle content is safe to unpack", msg("Content")),
    "extraction": ("extraction", msg("Unpacking")),
    "autoload": ("autoloader loads", msg("Autoloader")),
    "version": ("php artisan --version", msg("{command:code}", command="artisan --version")),
    "config": ("php artisan config:cache", msg("{command:code}", command="artisan config:cache")),
    "cleanup": ("cleanup", msg("Cleanup")),
    "impact": ("server unchanged", msg("Nothing changed")),
}
"""What is tried besides the gates, in its order: the name in a ledger, and the one for readers."""


def item(id: str, status: Status, said: Message) -> Item:
    """The item called `id`, a key of :data:`TITLES`."""
    return Item(id, *TITLES[id], status, said)


def missing(id: str) -> Item:
    """The item of a step that gave no answer."""
    return item(id, Status.UNKNOWN, msg("The host did not answer."))


def space(answers: Answers, needed: int, members: int, place: Place) -> Item:
    """Whether `needed` bytes and `members` files fit wherever they will be, and the reserve stays free."""
    if not any(answers.values()):
        return missing("space")
    free: list[int] = []
    for name, answer in answers.items():
        values = _df(answer)
        if values is None and name.startswith("inodes"):
            continue  # not every file system counts them
        if values is None:
            return item(
                "space", Status.UNKNOWN, msg("{tool:code} said: {said:code}", tool="df", said=said(answer))
            )
        total, left, where = values
        if name.startswith("inodes"):
            if total and left < members + 100:
                reason = msg(
                    "{path:code}: {n:int} more files are possible; {needed:int} are needed.",
                    path=where,
                    n=left,
                    needed=members + 100,
                )
                return item("space", Status.FAIL, reason)
            continue
        free.append(left * 1024)
        if free[-1] < needed + place.settings.reserve:
            reason = msg(
                "{path:code}: {free:size} free; {needed:size} are needed, and {reserve:size} in reserve.",
                path=where,
                free=free[-1],
                needed=needed,
                reserve=place.settings.reserve,
            )
            return item("space", Status.FAIL, reason)
    enough = msg("{free:size} free; {needed:size} are needed.", free=min(free), needed=needed)
    return item("space", Status.OK, enough)


NO_ROOM = 64 * 1024
"""A disk with less than so many bytes left is full."""


def full(answers: Answers) -> Message | None:
    """That the disk of the folder of its own is full, where it is: programs do not always say that this is why."""
    for what in ("blocks", "inodes"):
        values = _df(answers.get(f"{what} 0"))
        if values and values[0] and values[1] * (1024 if what == "blocks" else NO_ROOM) < NO_ROOM:
            return msg("The disk is full: {path:code}", path=values[2])
    return None


def _df(answer: Answer | None) -> tuple[int, int, str] | None:
    """Total, available and mount point of the only line."""
    lines = decode(answer.stdout).splitlines() if answer and answer.exit_code == 0 else []
    match = re.fullmatch(r".*?\s(\d+)\s+(\d+)\s+(-?\d+)\s+(?:\d+%|-)\s+(/.*)", lines[-1]) if lines else None
    return (int(match[1]), max(0, int(match[3])), match[4]) if match else None


def presence(answer: Answer | None, place: Place) -> Item | None:
    """Why what lies on the host cannot be a bundle; None where it can."""
    if answer is None:
        return missing("checksum")
    kind, path = decode(answer.stdout).strip(), place.archive
    if answer.exit_code == 0:
        if kind.startswith("regular"):
            return None
        reason = msg("{path:code} is no regular file, but: {kind:code}", path=path, kind=kind)
        return item("checksum", Status.FAIL, reason)
    if "No such file" in said(answer) or "Not a directory" in said(answer):
        return item("checksum", Status.FAIL, msg("{path:code} is not there.", path=path))
    return item("checksum", Status.UNKNOWN, msg("It could not be read: {said:code}", said=said(answer)))


def arrived(answers: Answers) -> str | None:
    """The checksum of what lies on the host."""
    answer = answers.get("sha256")
    match = re.match(rb"\\?([0-9a-f]{64}) ", answer.stdout) if answer and answer.exit_code == 0 else None
    return match[1].decode() if match else None


def checksum(answers: Answers, sent: str | None, expected: str | None, name: str) -> Item:
    """Whether the bundle on the host is the one that was `sent` and the one that was `expected`."""
    answer, own = answers.get("sha256"), arrived(answers)
    if answer is None:
        return missing("checksum")
    if answer.timed_out:
        reason = msg("It could not be read within {limit:seconds}.", limit=round(answer.duration))
        return item("checksum", Status.UNKNOWN, reason)
    if own is None:
        return item("checksum", Status.UNKNOWN, msg("It could not be read: {said:code}", said=said(answer)))
    if sent and own != sent:
        reason = msg("{own:code} arrived, and {sent:code} was sent.", own=own, sent=sent)
        return item("checksum", Status.FAIL, reason)
    noted = answers.get("noted")
    if expected is None and noted and noted.exit_code == 0:
        expected = noted_digest(decode(noted.stdout), name) or UNNAMED
    elif expected is None and noted and "No such file" not in said(noted):
        reason = msg("What it should be could not be read: {said:code}", said=said(noted))
        return item("checksum", Status.UNKNOWN, reason)
    if expected is None:
        reason = msg("{own:code}; there is nothing that says what it should be.", own=own)
        return item("checksum", Status.WARN, reason)
    if expected == UNNAMED:
        reason = msg("{file:code} names no {name:code}.", file=f"{name}.sha256", name=name)
        return item("checksum", Status.FAIL, reason)
    if own != expected:
        reason = msg("{own:code} instead of {expected:code}", own=own, expected=expected)
        return item("checksum", Status.FAIL, reason)
    return item("checksum", Status.OK, code(own))


def content(answers: Answers, packed: int, place: Place) -> tuple[Item, Listing | None]:
    """Whether the bundle may be unpacked, and what is in it."""
    answer = answers["list"]
    if answer is None:
        return missing("listing"), None
    errors = decode(answer.stderr)
    if "GNU tar" not in errors:
        reason = msg("The host has no {tool:code}; what it would unpack cannot be told.", tool="GNU tar")
        return item("listing", Status.UNKNOWN, reason), None
    its = place.settings
    found = listing.read(decode(answer.stdout), packed, its.max_members, its.max_size)
    problems = list(found.problems)
    unpacked = re.search(r"^docgen unpacked (\d+)$", errors, re.MULTILINE)
    if answer.truncated:
        problems.append(msg("Its listing is longer than is read."))
    elif answer.timed_out or answer.exit_code is None:
        problems.append(msg("It could not be listed within {limit:seconds}.", limit=round(answer.duration)))
    elif answer.exit_code and unpacked and unpacked[1] == "141" and not problems:
        problems.append(msg("It would unpack to more than {most:size}.", most=its.max_size))
    elif answer.exit_code and "does not look like a tar archive" in errors and not found.members:
        problems.append(
            msg("It is no tar archive, be it packed with {packings:list} or not at all.", packings=PACKINGS)
        )
    elif answer.exit_code or unpacked is None or unpacked[1] not in ("0", "141"):
        problems.append(msg("It cannot be read to its end: {said:code}", said=_errors(errors)))
    elif not found.members:
        problems.append(msg("It is empty."))
    if problems:
        return item("listing", Status.FAIL, joined(problems)), found
    fine = nmsg("{n} member, {size:size}", "{n} members, {size:size}", n=found.members, size=found.size)
    return item("listing", Status.OK, fine), found


def _errors(text: str) -> str:
    lines = [
        line for line in text.splitlines() if line and "GNU tar" not in line and "docgen unpacked" not in line
    ]
    return "; ".join(lines)[:300] or "–"


def extraction(answers: Answers) -> Item:
    """Whether the bundle was unpacked."""
    for name in ("extract", "storage"):
        answer = answers[name]
        if answer is None:
            return missing("extraction")
        if answer.timed_out:
            return item("extraction", Status.FAIL, msg("It was not done in time."))
        if answer.exit_code != 0:
            reason = msg("It failed: {error:code}", error=_errors(decode(answer.stderr)))
            return item("extraction", Status.FAIL, reason)
    return item("extraction", Status.OK, msg("done"))


def revision(answers: Answers) -> str | None:
    """The commit in the release's REVISION file; None where it names none."""
    answer = answers["revision"]
    first = decode(answer.stdout).split("\n")[0].strip() if answer and answer.exit_code == 0 else ""
    return first if re.fullmatch(r"[0-9a-fA-F]{7,64}", first) else None


# The last line of a warning of PHP holds a number, too: "… on line 7".
_VERSION = re.compile(r"(?!.*\bon line \d+$).*(?<![\w./-])v?\d+(?:\.[\w-]+)*(?!\w)")


def application(answers: Answers) -> Iterator[Item]:
    """How the release's own code did."""
    for id in ("autoload", "version", "config"):
        answer = answers[id]
        if answer is None:
            yield missing(id)
        else:
            yield _failed(id, answer) or _tried(id, answer, answers)


def _failed(id: str, answer: Answer) -> Item | None:
    """What a program says that did not end well."""
    text = decode(answer.stdout).strip()
    if answer.timed_out:
        return item(id, Status.FAIL, msg("It did not end in time."))
    if answer.exit_code == 127 or (answer.exit_code == 126 and not text):
        return item(id, Status.UNKNOWN, msg("It could not be started: {said:code}", said=said(answer)))
    if answer.exit_code != 0:
        shown = said(answer) or _last(answer)
        reason = msg("exit code {exit:int}: {said:code}", exit=answer.exit_code, said=shown)
        return item(id, Status.FAIL, reason)
    return None


def _tried(id: str, answer: Answer, answers: Answers) -> Item:
    """Whether a program that ended well did what it is for."""
    text, last = decode(answer.stdout).strip(), _last(answer)
    if id == "config":
        return _cached(answers["uncached"], answers["cached"], last)
    if id == "version":
        if not text or not _VERSION.match(re.sub(r"\x1b\[[\d;]*m", " ", text.splitlines()[-1])):
            return item(id, Status.FAIL, msg("It did not say its version: {said:code}", said=last))
        return item(id, Status.OK, code(last))
    if text.endswith(AUTOLOADED):
        return item(id, Status.OK, msg("loads"))
    if text.endswith("no loader"):
        reason = msg(
            "{path:code} gives no loader of Composer; build the bundle with {command:code}.",
            path="vendor/autoload.php",
            command="composer install --no-dev",
        )
        return item(id, Status.FAIL, reason)
    return item(id, Status.FAIL, msg("It ended before all was loaded: {said:code}", said=last))


def _cached(uncached: Answer | None, cached: Answer | None, last: str) -> Item:
    """Whether there is a new cache of the settings that loads."""
    if uncached is None or cached is None:
        return missing("config")
    if uncached.exit_code != 0:
        reason = msg("What was cached before could not be removed: {error:code}", error=said(uncached))
        return item("config", Status.UNKNOWN, reason)
    if failed := _failed("config", cached):
        return failed._replace(said=msg("Its cache does not load: {reason}", reason=failed.said))
    match = re.search(rf"\n{CACHED} (-?\d+) (\d+)", decode(cached.stdout))
    if match is None:
        return item(
            "config", Status.FAIL, msg("Its cache does not load: {reason}", reason=code(_last(cached)))
        )
    settings, size = int(match[1]), int(match[2])
    if not size:
        reason = msg("It ended well, and left no cache: {said:code}", said=last)
    elif settings < 0:
        reason = msg("Its cache is no list of settings.")
    elif not settings:
        reason = msg("Its cache is empty.")
    else:
        return item("config", Status.OK, nmsg("{n} group of settings", "{n} groups of settings", n=settings))
    return item("config", Status.FAIL, reason)


def _last(answer: Answer) -> str:
    """The end of what a program wrote."""
    return " ".join(decode(answer.stdout).split())[-200:] or "–"


def gate_item(check: Check, result: Result | None, gate: str) -> Item:
    """A part of a gate; without a result it was not reached."""
    path = check.gate[1] if check.gate else ""
    name = (
        f"{check.kind} {path}" if path and not path.startswith(("{", "[", '"')) else f"{gate}: {check.kind}"
    )
    if result is None:
        return Item(check.id, name, check.name, Status.PENDING, msg("not reached"))
    return Item(check.id, name, check.name, result.status, result.reason or ist(result))


def cleanup(clean: bool | None, folder: str) -> Item:
    """Whether the folder is gone."""
    if clean is None:
        reason = msg(
            "Whether {path:code} is gone was not seen; the guard on the host removes it by itself.",
            path=folder,
        )
        return item("cleanup", Status.UNKNOWN, reason)
    if not clean:
        reason = msg(
            "{path:code} is still there; {option:code} removes it.", path=folder, option="--remove-leftovers"
        )
        return item("cleanup", Status.FAIL, reason)
    return item("cleanup", Status.OK, msg("The folder is gone."))


def impact(found: Impact) -> Item:
    """Whether the server is as it was."""
    real = [one for one in found.differences if not one.usual]
    if real:
        reason = nmsg(
            "{n} difference; whether the preflight or somebody else meanwhile made it cannot be told apart: {first}",
            "{n} differences; whether the preflight or somebody else meanwhile made them cannot be told apart: {first} …",
            n=len(real),
            first=described(real[0]),
        )
        return item("impact", Status.FAIL, reason)
    if not found.compared:
        return item("impact", Status.UNKNOWN, msg("It could not be compared."))
    same = nmsg(
        "{n} property is as it was.",
        "{n} properties are as they were.",
        n=found.compared,
    )
    if found.unseen:
        more = nmsg(
            "{first} {n} thing could not be looked at.",
            "{first} {n} things could not be looked at.",
            n=len(found.unseen),
            first=same,
        )
        return item("impact", Status.WARN, more)
    return item("impact", Status.OK, same)


def said(answer: Answer | None) -> str:
    """What a command said of why it failed."""
    return " ".join(decode(answer.stderr).split())[:300].strip() if answer else "–"
