"""``php``: the PHP that the application needs, and an application that starts with it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from checks.kinds.interface import Facts, Kind, Params, RemotePath, aspect, judgement, undetermined
from checks.knowledge import readonly
from checks.knowledge.expectations import ONE_OR_MANY, one_or_many
from checks.knowledge.versions import Release, ShortRelease, allowed
from checks.model import Aspect, Fact, Judgement, Message, Observation, Probe, code, msg, probe

_LOAD = 'require "vendor/autoload.php"; echo "\\ndocgen-loaded\\n";'
_LOADED = "^docgen-loaded$"
_LARAVEL = r"Laravel (?:Framework )?v?(\d[\w.+-]*)"


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_ ]+$")]


class Php(Params):
    version: ShortRelease | None = None
    """The version of PHP: `8.3` (any 8.3.x), `">=8.2"` or `">=8.2, <9"`."""
    binary: Annotated[str, Field(pattern=r"^(/[\w./+-]+/)?php[\w.-]*$")] = "php"
    """Which PHP is asked: a name such as `php8.3`, or a path; `php-fpm8.3` asks FPM, which has its own settings.
    Where it is not there, the check is not met."""
    extensions: Annotated[tuple[Name, ...], BeforeValidator(one_or_many), ONE_OR_MANY] = ()
    """The extension, or the list of them, that must be loaded, as `php -m` names them."""
    path: RemotePath | None = None
    """The folder of the application, for `artisan` and `autoload`."""
    artisan: Release | None = None
    """The Laravel that `php artisan --version` must show: `11`, `"11.9"` or `">=10"`. Starts the application."""
    autoload: bool = False
    """`true`: `vendor/autoload.php` must load without an error. Runs code of the application."""
    runs_application_code: bool = False
    """`true`: `artisan` and `autoload` may run the application's code on the server, which may write its caches."""

    @model_validator(mode="after")
    def _consistent(self) -> Php:
        if not (self.version or self.extensions or self.artisan or self.autoload):
            raise ValueError("expected at least one of `version`, `extensions`, `artisan`, `autoload`")
        application = self.artisan or self.autoload
        if application and not self.path:
            raise ValueError("`artisan` and `autoload` need the folder of the application: expected `path`")
        if application and not self.runs_application_code:
            raise ValueError(
                "`artisan` and `autoload` run application code: expected `runs-application-code: true`"
            )
        if application and "fpm" in self.binary:
            raise ValueError(
                "`artisan` and `autoload` run on the command line: expected a `binary` such as `php`"
            )
        return self


def probes(p: Php) -> dict[str, Probe]:
    wanted = {}
    if p.version:
        wanted["version"] = probe("run", argv=[p.binary, "-v"], **readonly.marked([p.binary, "-v"]))
    if p.extensions:
        wanted["extensions"] = probe("run", argv=[p.binary, "-m"], **readonly.marked([p.binary, "-m"]))
    started: dict[str, Any] = {"cwd": p.path, "application": True, "deadline": 30}
    if p.artisan:
        # PHP does not say why it cannot open its first file; this does.
        wanted["entry"] = probe("read", path=f"{p.path}/artisan")
        wanted["artisan"] = probe("run", argv=[p.binary, "artisan", "--version", "--no-ansi"], **started)
    if p.autoload:
        wanted["autoload"] = probe("run", argv=[p.binary, "-r", _LOAD], patterns=[_LOADED], **started)
    return wanted


def soll(p: Php) -> Message:
    return msg("PHP, asked with {binary:code}", binary=p.binary)


def judge(p: Php, facts: Facts) -> Judgement:
    missing = any(fact.exit_code == 127 for fact in facts.values())
    for fact in facts.values():
        if fact.observation is Observation.ERROR and not missing:
            return undetermined(fact.reason or msg("It was not observed."), fact.observation)
        said = _said(fact) if fact.value and fact.value.get("exit_code") else None
        if said and "Permission denied" in str(said.params):
            return undetermined(said, Observation.DENIED)
    aspects = list(_aspects(p, facts))
    seen = Observation.ABSENT if missing else Observation.OBSERVED
    return judgement(*aspects, observation=seen, reason=next((a.note for a in aspects if a.note), None))


def _aspects(p: Php, facts: Facts) -> Iterator[Aspect]:
    if p.version:
        yield _version(msg("PHP"), p.version, facts["version"], r"(?m)^PHP (\d[\w.+~-]*)")
    if p.extensions:
        yield _extensions(p.extensions, facts["extensions"])
    if p.artisan:
        yield _version(msg("Laravel"), p.artisan, facts["artisan"], _LARAVEL)
    if p.autoload:
        fact, name, wanted = facts["autoload"], msg("autoload"), msg("loads")
        right = bool(fact.value and fact.value["exit_code"] == 0 and fact.value["found"][0])
        yield aspect(
            name, wanted, wanted if right else msg("fails"), right, note=None if right else _said(fact)
        )


def _version(name: Message, wanted: str, fact: Fact, pattern: str) -> Aspect:
    match = re.search(pattern, fact.value["stdout"]) if fact.value else None
    if match is None:
        return aspect(name, code(wanted), msg("not found"), False, note=_said(fact))
    return aspect(name, code(wanted), code(match[1]), allowed(match[1], wanted))


def _extensions(wanted: tuple[str, ...], fact: Fact) -> Aspect:
    name, expected = msg("extensions"), msg("{names:list}", names=wanted)
    if fact.value is None or "[PHP Modules]" not in fact.value["stdout"]:
        return aspect(name, expected, msg("not found"), False, note=_said(fact))
    loaded = {_plain(line) for line in fact.value["stdout"].splitlines()}
    missing = tuple(one for one in wanted if _plain(one) not in loaded)
    if missing:
        return aspect(name, expected, msg("not loaded: {names:list}", names=missing), False)
    return aspect(name, expected, msg("loaded"), True)


def _plain(extension: str) -> str:
    return extension.strip().lower().removeprefix("zend ")


def _said(fact: Fact) -> Message | None:
    """Why there is no answer, in its own words."""
    if fact.value is None:
        return fact.reason
    lines = (fact.value["stderr"] + "\n" + fact.value["stdout"]).strip().splitlines()
    return msg("It said: {error:code}", error=lines[0][:200]) if lines else None


def remedy(p: Php) -> Message:
    if p.path:
        command = f"cd {shlex.quote(p.path)} && {p.binary} artisan --version"
        return msg("See what the application says: {command:code}", command=command)
    return msg(
        "Install the PHP that is needed; this shows what is there: {command:code}", command=f"{p.binary} -v"
    )


KIND = Kind(
    name="php",
    summary="The right PHP with its extensions is there; and, if asked for, the application starts with it.",
    why="After an update of the system the command line, FPM and the application may mean three versions.",
    params=Php,
    shorthand="version",
    probes=probes,
    soll=soll,
    judge=judge,
    remedy=remedy,
    handles=frozenset({Observation.ERROR}),
    example='php: {version: ">=8.2, <9", extensions: [pdo_mysql, opcache]}',
)
