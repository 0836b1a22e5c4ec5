"""What web servers serve by mistake: well-known paths, by what their content is recognised, and what an answer
says of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from checks.knowledge.answers import unanswered
from checks.knowledge.urls import target
from checks.model import Fact, Message, Observation, msg

ENVIRONMENT = r"^(?:export )?[A-Z][A-Z0-9_]{2,}=(?!=)"
DUMP = (
    r"^(?:-- (?:MySQL|MariaDB|PostgreSQL|Adminer|phpMyAdmin|Host:|Dumping)|/\*M?!|(?:CREATE|DROP) TABLE|INSERT INTO"
    r"|PGDMP)"
)
# As text, a byte that is not UTF-8 reads as \xff.
ARCHIVE = r"^(?:\x1f(?:\\x8b|\x8b)|PK\x03\x04|BZh[1-9]|\\xfd7zXZ|7z\\xbc\\xaf)|ustar"


class Exposure(NamedTuple):
    """A path, the regular expression that its content matches, and what it then is."""

    path: str
    signature: str
    what: Message


def _known(what: Message, signature: str, *paths: str) -> list[Exposure]:
    return [Exposure(path, signature, what) for path in paths]


WELL_KNOWN = (
    *_known(
        msg("an environment file"),
        ENVIRONMENT,
        "/.env",
        "/.env.backup",
        "/.env.bak",
        "/.env.old",
        "/.env.production",
    ),
    *_known(msg("a Git repository"), r"^(?:ref: refs/|[0-9a-f]{40}$)", "/.git/HEAD"),
    *_known(msg("a Git repository"), r"^\[(?:core|remote|branch)\b", "/.git/config"),
    *_known(msg("a file with passwords"), r"^[^\s:<>\"']+:(?:\$|\{SHA\}|[A-Za-z0-9./]{13}$)", "/.htpasswd"),
    *_known(msg("a database dump"), DUMP, "/backup.sql", "/database.sql", "/db.sql", "/dump.sql"),
    *_known(msg("a database dump"), f"{ARCHIVE}|{DUMP}", "/backup.sql.gz", "/db.sql.gz", "/dump.sql.gz"),
    *_known(msg("an archive"), ARCHIVE, "/backup.tar.gz", "/backup.zip"),
    *_known(msg("a log"), r"^\[\d{4}-\d\d-\d\d[ T][\d:.+-]+\] \w+\.[A-Z]+:", "/storage/logs/laravel.log"),
    *_known(msg("the list of packages"), r'^\s*"(?:content-hash|packages)":', "/composer.lock"),
    *_known(
        msg("the list of packages"), r'"(?:packages|version_normalized)":', "/vendor/composer/installed.json"
    ),
    *_known(msg("the settings of PHP"), r"phpinfo\(\)|PHP Version", "/info.php", "/phpinfo.php"),
    *_known(msg("the state of the server"), r"Apache Server Status|Server uptime:", "/server-status"),
    *_known(msg("the state of the server"), r"^Active connections: \d", "/nginx_status"),
    *_known(msg("the debugger of Laravel"), r'"can_execute_commands"', "/_ignition/health-check"),
)
SIGNATURES = {one.path: one for one in WELL_KNOWN}

_UNSURE = (408, 425, 429)


class Outcome(NamedTuple):
    """What came of asking for a path. ``safe`` None: the answer does not tell. ``sort`` is one of ``gone``,
    ``refused``, ``elsewhere``, ``anything`` (a page that every path gets), ``served``, ``unseen``."""

    safe: bool | None
    sort: str
    words: Message


def blind(control: Fact) -> tuple[Message, Observation] | None:
    """Why nothing could be seen here, from the answer for a path that cannot exist; None if it could."""
    if control.observation is not Observation.OBSERVED:
        return control.reason or msg("It was not observed."), control.observation
    seen = control.value
    if seen["error"]:
        return msg("No answer: {why}.", why=unanswered(seen)), Observation.UNREACHABLE
    if seen["status"] == 403:
        reason = msg(
            "Even a path that does not exist is refused from here (403), so nothing behind it was seen."
        )
        return reason, Observation.DENIED
    if seen["status"] >= 500 or seen["status"] in _UNSURE:
        reason = msg("A path that does not exist is answered with {status:code}.", status=str(seen["status"]))
        return reason, Observation.ERROR
    return None


def outcome(url: str, known: Exposure | None, fact: Fact, control: Fact) -> Outcome:
    """What the answer for `url` says, beside that for a path that cannot exist."""
    seen: dict[str, Any] = fact.value
    if fact.observation is not Observation.OBSERVED:
        return Outcome(None, "unseen", fact.reason or msg("It was not observed."))
    if seen["error"] and seen["error"] != "too_many_redirects":
        return Outcome(None, "unseen", unanswered(seen))
    status = seen["status"]
    answered = msg("answered with {status:code}", status=str(status))
    if status < 300:
        return _answered(url, known, seen, control)
    if status < 400:
        return Outcome(True, "elsewhere", answered)
    if status >= 500 or status in _UNSURE:
        return Outcome(None, "unseen", answered)
    return Outcome(True, "gone" if status in (404, 410) else "refused", answered)


def _answered(url: str, known: Exposure | None, seen: dict[str, Any], control: Fact) -> Outcome:
    page = msg("a page that any path gets")
    nowhere: dict[str, Any] = control.value if control.observation is Observation.OBSERVED else {}
    catch_all = bool(nowhere) and not nowhere["error"] and nowhere["status"] == seen["status"]
    if catch_all and nowhere["fingerprint"] == seen["fingerprint"]:
        return Outcome(True, "anything", page)
    if known and seen["found"][0]:
        return Outcome(False, "served", known.what)
    if target(seen["url"]).rstrip("/") != target(url).rstrip("/"):
        return Outcome(True, "elsewhere", msg("redirected to {url:code}", url=seen["url"]))
    if known and catch_all and _is_page(seen) and _is_page(nowhere):
        return Outcome(True, "anything", page)
    type_ = seen["headers"].get("content-type", "–")[:80]
    return Outcome(False, "served", msg("{size:size} of {type:code}", size=_size(seen), type=type_))


def _is_page(seen: dict[str, Any]) -> bool:
    return "html" in seen["headers"].get("content-type", "").lower()


def _size(seen: dict[str, Any]) -> int:
    declared = seen["headers"].get("content-length", "")
    return (
        int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 16 else seen["bytes"]
    )
