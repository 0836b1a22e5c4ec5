"""Programs that act on containers, with fixed arguments, run by root. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.knowledge.sudo import catalogue
from checks.knowledge.sudo.findings import Hazard, free
from checks.knowledge.sudo.hazards import operands, paths, writable_input
from checks.knowledge.sudo.host import Host

_MILD = {
    "docker": "ps images restart start stop kill logs inspect version stats top port info events diff history search"
    " pull tag push pause unpause wait rename rm rmi",
    "kubectl": "get describe logs top version rollout scale cluster-info",
    "virsh": "list start shutdown reboot dominfo",
}
_MILD["podman"] = _MILD["nerdctl"] = _MILD["docker"]
_MILD["crictl"] = "ps images logs inspect pull stats info version"
_INSIDE = {"cat", "date", "du", "env", "mysqladmin", "pg_isready", "redis-cli"}
_OBJECTS = {"system", "image", "container", "volume", "network", "builder"}
_SHOWN = {"prune", "ls", "list", "df", "inspect", "logs", "stats", "restart", "start", "stop"}


def mild(name: str, words: list[str]) -> bool:
    """Whether `words` only look at containers, or stop, start and remove them."""
    first, *rest = [*words, ""]
    if first in _OBJECTS and name in ("docker", "podman", "nerdctl"):
        return rest[0] in _SHOWN
    return bool(first) and first in _MILD.get(name, "").split()


def container(name: str, words: list[str], host: Host) -> Iterator[Hazard]:
    plain, given = operands(words), paths(words)
    said = free("CONTAINER", name)
    if name == "docker-compose" or plain[:1] == ["compose"]:
        if not given or set(plain) & {"exec", "run", "cp", "build"}:
            yield Hazard("CONTAINER", "critical", said, True)
            return
        # What stands beside it counts too: .env, what is built, what it includes.
        beside = host.known(*(path.rpartition("/")[0] for path in given if path.endswith((".yml", ".yaml"))))
        risks = [risk for risk in (*map(host.control, given), beside) if risk]
        yield from (writable_input(name, risk) for risk in risks)
        yield Hazard("CONTAINER", "critical" if risks else "medium", said, bool(risks))
    elif words[:1] == ["exec"]:
        calm = _harmless_inside(words[1:])
        yield Hazard("CONTAINER", "medium" if calm else "critical", said, not calm)
    elif given or not mild(name, words):
        yield Hazard("CONTAINER", "critical", said, True)


def _harmless_inside(words: list[str]) -> bool:
    """Root in a container that shares a folder with the account may leave a program with setuid there; only what runs
    nothing of the account's is harmless."""
    while words and re.fullmatch(r"-[itTd]+|--(?:interactive|tty|detach)", words[0]):
        words = words[1:]
    inner = words[1:]
    if not inner:
        return False
    name = catalogue.name(inner[0])
    if name == "env" and len(inner) > 1:
        return False
    return name in catalogue.HARMLESS | _INSIDE or (
        name == "nginx" and inner[1:] in (["-t"], ["-s", "reload"])
    )
