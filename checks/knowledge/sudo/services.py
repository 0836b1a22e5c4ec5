"""Programs that act on services, or show what they log, with fixed arguments, run by root. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.knowledge.sudo.findings import Hazard, free
from checks.knowledge.sudo.hazards import operands, paths, replaceable, writable_input
from checks.knowledge.sudo.host import Host, Risk
from checks.model import msg

_NO_PAGER = {"--no-pager", "-f", "--follow"}
_LISTS = {"status", "show", "cat", "help", "list-units", "list-unit-files", "list-timers", "list-sockets"}
_LISTS |= {
    "list-dependencies",
    "list-jobs",
    "list-machines",
    "list-automounts",
    "list-paths",
    "show-environment",
}
_ACTIONS = {"start", "stop", "reload", "restart", "try-restart", "reload-or-restart", "try-reload-or-restart"}
_ACTIONS |= {
    "is-active",
    "is-enabled",
    "is-failed",
    "enable",
    "disable",
    "mask",
    "unmask",
    "kill",
    "reset-failed",
}
_ALONE = {"daemon-reload", "daemon-reexec", "is-system-running", "reboot", "poweroff", "halt", "reset-failed"}
_HARMLESS_OPTIONS = {
    "--no-pager",
    "--no-block",
    "--quiet",
    "-q",
    "--now",
    "--full",
    "-l",
    "--no-legend",
    "--wait",
    "-s",
    "--version",
    "--help",
}
_HARMLESS_OPTIONS |= {"--no-ask-password", "--plain", "--system"}


_SETTINGS = {
    "cron": ("/etc/cron.d", "/etc/crontab", "/var/spool/cron"),
    "ssh": ("/etc/ssh",),
    "sshd": ("/etc/ssh",),
}
_SYSTEMD = tuple(f"{one}/systemd/system" for one in ("/etc", "/run", "/lib", "/usr/lib", "/usr/local/lib"))


def settings_of(unit: str, host: Host) -> Risk | None:
    """What a service of root reads and the account may write."""
    name = re.sub(r"@.*|\.service\Z", "", unit)
    if name.startswith("php"):
        return host.known("/etc/php")
    return host.known(*_SETTINGS.get(name, ())) or host.known(f"/etc/{name}", f"/etc/default/{name}")


_STARTS = _ACTIONS - {
    "is-active",
    "is-enabled",
    "is-failed",
    "stop",
    "disable",
    "mask",
    "kill",
    "reset-failed",
}
_UNITS = re.compile(r"/(?:etc|run|usr/lib|lib|usr/local/lib)/systemd/system(?:\.control|\.attached)?/([^/]+)")


def unit_file(units: list[str], host: Host) -> Risk | None:
    """Where the account may write what one of `units` runs."""
    names = {unit if re.search(r"\.[a-z]+\Z", unit) else f"{unit}.service" for unit in units}
    names |= {re.sub(r"@[^.]*\.", "@.", one) for one in names}
    for path in host.paths:
        match = _UNITS.match(path)
        ours = match and re.sub(r"\.(?:d|wants|requires)\Z", "", match[1]) in names
        if ours and (risk := host.control(path)):
            return risk
    return None


def systemctl(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    options = {word for word in words if word.startswith("-")}
    verb, *units = operands(words) or [""]
    odd = [
        w
        for w in options
        if w not in _HARMLESS_OPTIONS
        and not re.match(r"--(?:lines|signal|state|type|property|output|kill-whom?)=|-[np]\Z|-n\d", w)
    ]
    text = " ".join([name, *words])
    wide = msg("{text:code} reaches beyond one action on one unit.", text=text)
    if name != "systemctl" or odd or (verb and verb not in _LISTS | _ACTIONS | _ALONE):
        yield Hazard("SYSTEMCTL_WIDE", "critical", wide, True)
        if verb == "edit":
            yield Hazard("EDITOR", "critical", free("EDITOR", name), True)
        return
    if risk := unit_file(units, host) if verb in _STARTS else None:
        yield writable_input(name, risk)
    elif verb in _STARTS - {"enable", "unmask"}:
        for risk in filter(None, (settings_of(unit, host) for unit in units)):
            yield writable_input(name, risk)
    elif verb in ("daemon-reload", "daemon-reexec") and (risk := host.known(*_SYSTEMD)):
        yield writable_input(name, risk)
    if verb in _LISTS or not verb:
        if not {"--no-pager", "--version", "--help"} & set(words):
            yield Hazard("PAGER", "critical", free("PAGER", name), True)
    elif verb in _ACTIONS and (_foreign(verb, units) or (not units and verb not in _ALONE)):
        yield Hazard("SYSTEMCTL_WIDE", "critical", wide, True)
    elif verb in ("mask", "unmask", "disable", "enable", "kill") or len(units) > 1:
        yield Hazard("SYSTEMCTL_WIDE", "low", wide)


def _foreign(verb: str, units: list[str]) -> bool:
    """Whether a unit is a file: ``enable`` takes it from wherever it lies, all others only look for its name."""
    return any("/" in unit and (verb == "enable" or unit.startswith(("/", "."))) for unit in units)


def service(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    text = " ".join([name, *words])
    wide = msg("{text:code} reaches beyond one action on one unit.", text=text)
    if name in ("service", "invoke-rc.d", "rc-service", "initctl"):
        script = f"/etc/init.d/{words[0]}" if words else ""
        acts = bool(words) and words[1:2] not in (["stop"], ["status"])
        risks = (
            unit_file(words[:1], host),
            host.control(script) if script in host.paths else None,
            settings_of(words[0], host) if acts else None,
        )
        yield from (writable_input(name, risk) for risk in risks if risk)
        if any("/" in word or word.startswith("-") for word in words):
            if words != ["--status-all"]:
                yield Hazard("SERVICE_WIDE", "critical", wide, True)
        elif words[1:2] == ["status"] and "--no-pager" not in words:
            yield Hazard("PAGER", "critical", free("PAGER", name), True)
        return
    calm = {
        "-t",
        "-tt",
        "-T",
        "-s",
        "reload",
        "-q",
        "-v",
        "-V",
        "reopen",
        "quit",
        "stop",
        "configtest",
        "graceful",
        "-k",
        "restart",
        "start",
        "graceful-stop",
        "force-reload",
    }
    given = paths(words)
    if risk := settings_of("apache2" if name.startswith(("apache", "httpd")) else name, host):
        yield writable_input(name, risk)
    if not set(words) <= calm | set(given) | {"-c", "-f", "-p", "-y"}:
        yield Hazard("SERVICE_WIDE", "critical", wide, True)
    for path in given:
        if risk := host.control(path):
            yield writable_input(name, risk)


def jails(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    """``fail2ban-client``: addresses may be banned and freed, actions may not be changed."""
    action = words[2:3] if words[:1] == ["set"] else words[:1]
    calm = {
        "status",
        "ping",
        "version",
        "reload",
        "restart",
        "unban",
        "banned",
        "banip",
        "unbanip",
        "addignoreip",
    }
    if not set(action) & calm or any(word.startswith("-") for word in words):
        yield Hazard("SHELL_ESCAPE", "critical", free("SHELL_ESCAPE", name), True)


def supervisor(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    calm = operands(words)[:1] and operands(words)[0] in (
        "start",
        "stop",
        "restart",
        "status",
        "reread",
        "update",
    )
    if not calm or any(word.startswith("-") for word in words):
        yield Hazard("SHELL_ESCAPE", "critical", free("SHELL_ESCAPE", name), True)
    elif operands(words)[0] in ("reread", "update") and (risk := host.tree("/etc/supervisor")):
        yield writable_input(name, risk)


_KEPT = re.compile(
    r"--(?:vacuum-\w+=\w+|rotate|flush|sync|disk-usage|verify|relinquish-var|no-pager|quiet)|-q"
)


def pager(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    kept = bool(words) and all(map(_KEPT.fullmatch, words))
    quiet = (name == "journalctl" and (set(words) & _NO_PAGER or "-fu" in words or kept)) or (
        name == "dmesg" and not any(re.match(r"-[a-zA-Z]*H|--human", word) for word in words)
    )
    if not quiet:
        yield Hazard("PAGER", "critical", free("PAGER", name), True)
    elif name == "journalctl":
        for path in paths(words):
            if risk := host.above(path):
                yield replaceable(risk)
