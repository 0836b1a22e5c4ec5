"""What is dangerous about the settings (Defaults) of sudoers. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from checks.knowledge.sudo import catalogue, environment
from checks.knowledge.sudo.files import Default
from checks.knowledge.sudo.findings import Hazard
from checks.knowledge.sudo.hazards import writable_input
from checks.knowledge.sudo.policy import Policy
from checks.knowledge.sudo.rights import Grant
from checks.model import msg

_FILES = (
    "logfile",
    "iolog_dir",
    "env_file",
    "restricted_env_file",
    "mailerpath",
    "lecture_file",
    "noexec_file",
    "sesh_path",
)
"""What sudo itself, as root, reads, writes or runs."""
_LAST = ("env_reset", "secure_path", "setenv", "exempt_group", *_FILES)


def hazards(policy: Policy, granted: list[Grant]) -> Iterator[tuple[Default, Hazard]]:
    """With the setting that it is. `granted` is what runs as root."""
    found: dict[tuple[str, tuple[str, int], str], tuple[Default, Hazard]] = {}
    subjects: list[Grant | None] = [*granted] or [None]
    for grant in subjects:
        # What is bound to commands is set after all else.
        its = [d for d in policy.settings if grant is None or policy.applies(d, grant)]
        its.sort(key=lambda d: d.sort == "!")
        for default, hazard in _of(its, grant, policy):
            key = (hazard.id, default.place, default.name)
            if key not in found or hazard.root:
                found[key] = default, hazard
    yield from found.values()
    for default in policy.settings:
        if default.name == "authenticate" and default.operator == "!":
            said = msg("No password is asked for, whatever the rules say.")
            yield default, Hazard("AUTH_OFF", "high", said)


def _heeds(grant: Grant | None) -> bool:
    """Whether a command does what its environment says. The editor of ``sudoedit`` runs as the caller."""
    if grant is None or grant.command == "sudoedit":
        return False
    return grant.command == "ALL" or catalogue.name(grant.command) not in catalogue.PLAIN


def _of(settings: list[Default], grant: Grant | None, policy: Policy) -> Iterator[tuple[Default, Hazard]]:
    host, heeds = policy.host, _heeds(grant)
    last = {name: [d for d in settings if d.name == name][-1:] for name in _LAST}
    for default in last["env_reset"]:
        if default.operator == "!":
            said = msg("The environment of the caller reaches the command.")
            yield default, Hazard("ENV_RESET_OFF", "critical", said, grant is not None)
    for default in last["setenv"]:
        if default.operator != "!":
            yield default, setenv(grant is not None)
    off = False
    for default in last["secure_path"]:
        folders = default.value.split(":") if default.operator != "!" else ["."]
        off = default.operator == "!"
        if any(not folder.startswith("/") or host.control(folder) for folder in folders):
            yield default, _path(heeds)
    if policy.exempt(surely=False):
        yield from ((default, _path(heeds)) for default in last["exempt_group"])
    yield from _kept(settings, grant is not None, heeds, off)
    for name in _FILES:
        for default in last[name]:
            path = default.value.partition("%")[0].rstrip("|").strip('"')
            if default.operator == "=" and path.startswith("/") and (risk := host.control(path)):
                yield default, writable_input("sudo", risk)


def _path(heeds: bool) -> Hazard:
    said = msg("The account can decide which programs a command of root's finds by name.")
    return Hazard("SECURE_PATH_OFF", "high", said, heeds)


def _kept(
    settings: list[Default], granted: bool, heeding: bool, path: bool
) -> Iterator[tuple[Default, Hazard]]:
    kept: dict[str, Default] = {}
    for default in settings:
        if default.name not in ("env_keep", "env_check"):
            continue
        if default.operator in ("=", "!"):
            kept = {name: by for name, by in kept.items() if by.name != default.name}
        for name in default.value.split():
            if default.operator == "-=":
                kept.pop(name, None)
            else:
                kept[name] = default
    for default in dict.fromkeys(kept.values()):
        names = [name for name, by in kept.items() if by is default]
        loader = [name for name in names if environment.loads(name)]
        # Whatever PATH is, secure_path takes its place.
        code = [name for name in names if environment.runs(name) and (path or name != "PATH")]
        if loader or code:
            said = msg(
                "The caller decides what reaches the command: {names:list}", names=tuple(loader + code)
            )
            root = granted if loader else heeding
            yield default, Hazard("ENV_KEEP", "critical" if loader else "high", said, root)


def setenv(root: bool) -> Hazard:
    """The caller may set every variable."""
    said = msg("The caller sets the environment of the command, {name:code} too.", name="LD_PRELOAD")
    return Hazard("SETENV", "critical", said, root)
