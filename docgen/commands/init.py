"""``docgen init``: a first docgen.yml, from a preset or from a live server."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import click

from docgen import exits
from docgen.commands import options

SPEC, SCHEMA = "docgen.yml", "docgen.schema.json"
_PRESETS = ("server", "laravel")


@click.command("init")
@click.option("--preset", type=click.Choice(_PRESETS), help="What to begin with.  [default: server]")
@click.option(
    "--adopt", metavar="USER@HOST", help="Look at a live server, read-only, and propose what is there."
)
@click.option("--project", metavar="NAME", help="What the report is about. Default: the name of this folder.")
@click.option("--host", metavar="USER@HOST", help="Where to log in, as for ssh; user@host:port, or local.")
@click.option(
    "--root",
    "roots",
    multiple=True,
    metavar="PATH",
    help="Where the application lies on the host. May be repeated with --adopt.",
)
@click.option("--url", metavar="URL", help="Where the application answers.")
@click.option("--identity", metavar="FILE", help="The private key to log in with.")
@click.option("--known-hosts", metavar="FILE", help="The file with the pinned host keys.")
@click.option(
    "--lang",
    type=click.Choice(["de", "en"]),
    default="en",
    show_default=True,
    help="Language of the reports.",
)
@click.option("--force", is_flag=True, help="Overwrite a docgen.yml that is already here.")
def command(
    preset: str | None,
    adopt: str | None,
    project: str | None,
    host: str | None,
    roots: tuple[str, ...],
    url: str | None,
    identity: str | None,
    known_hosts: str | None,
    lang: str,
    force: bool,
) -> None:
    """Write a first docgen.yml into this folder, and the schema for editors beside it.

    From a preset: `server` (any server) or `laravel` (releases/current/shared, staging and production). Or,
    with --adopt, from what is on a live server: then that is what should be, as far as it could be seen.
    """
    _check(preset, adopt, host, roots, url)
    given = {
        "project": project or Path.cwd().name or "server",
        "lang": lang,
        "timezone": _zone(),
        "host": host,
        "root": roots[0] if roots else None,
        "url": url.rstrip("/") if url else None,
        "identity": identity,
        "known_hosts": known_hosts,
    }
    _may_write(force)
    if adopt:
        text = _adopted(adopt, given, roots)
        source = f"from what is on {adopt}"
    else:
        from docgen.presets import fill

        text = fill(preset or "server", given)
        source = f"preset {preset or 'server'}"
    _write(text, force)
    options.write("\n".join(_next(text, source, host, known_hosts, pinned=bool(adopt))) + "\n", None)


def _adopted(target: str, given: dict[str, str | None], roots: tuple[str, ...]) -> str:
    from checks.clock import now
    from checks.spec import yaml
    from checks.spec.load import build
    from docgen.adopt import NotAdopted, adopt
    from docgen.adopt.proposal import About
    from docgen.presets import ssh
    from docgen.presets.text import scalar

    # The host as a spec with these options would have it.
    head = [
        "project: x",
        *ssh(given["identity"], given["known_hosts"]),
        "environments:",
        f"  prod: {{host: {scalar(target)}}}",
    ]
    spec = build(yaml.parse("\n".join(head), SPEC), "", folder=str(Path.cwd()))
    host = spec.environments[0].hosts[0]
    about = About(
        project=given["project"] or "",
        lang=given["lang"] or "en",
        timezone=given["timezone"] or "UTC",
        target=target,
        account="",
        when=now()[:10],
        identity=given["identity"],
        known_hosts=given["known_hosts"],
    )
    try:
        return adopt(host, about, roots, given["url"])
    except NotAdopted as error:
        click.echo(f"docgen: {error}", err=True)
        raise click.exceptions.Exit(exits.UNDETERMINED) from error


def _check(
    preset: str | None, adopt: str | None, host: str | None, roots: tuple[str, ...], url: str | None
) -> None:
    from checks.spec.access import LOCAL, TARGET

    if adopt and (preset or host):
        raise click.UsageError("--adopt goes without --preset and --host: the server says what is there.")
    for name, value in (("--adopt", adopt), ("--host", host)):
        if value and value != LOCAL and (not TARGET.match(value) or value.startswith("-")):
            raise click.UsageError(f"{name} {value}: expected user@host, user@host:port or local.")
    for root in roots:
        if not root.startswith("/"):
            raise click.UsageError(f"--root {root}: expected an absolute path on the host.")
    if len(roots) > 1 and not adopt:
        raise click.UsageError("More than one --root only goes with --adopt.")
    if url and not url.startswith(("http://", "https://")):
        raise click.UsageError(f"--url {url}: expected an address that begins with http:// or https://.")


def _zone() -> str:
    """This machine's time zone, as far as it has a name."""
    name = os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")[2]
    return name if re.fullmatch(r"[A-Z]\w+(/[\w+-]+)+", name) and not name.startswith("Etc/") else "UTC"


def _may_write(force: bool) -> None:
    if not force and os.path.lexists(SPEC):
        raise click.UsageError(f"There is a {SPEC} here already; nothing was written. --force overwrites it.")


def _write(text: str, force: bool) -> None:
    """Writes `text`, which must load, and the schema."""
    from checks import snapshot
    from checks.spec import yaml
    from checks.spec.load import build
    from checks.spec.schema import schema

    build(yaml.parse(text, SPEC), "", folder=str(Path.cwd()))
    _may_write(force)
    try:
        snapshot.write(Path(SPEC), text.encode())
        snapshot.write(Path(SCHEMA), json.dumps(schema(), ensure_ascii=False, indent=2).encode() + b"\n")
    except OSError as error:
        click.echo(f"docgen: nothing could be written here: {error.strerror}", err=True)
        raise click.exceptions.Exit(exits.INTERNAL) from error


def _next(text: str, source: str, host: str | None, known_hosts: str | None, *, pinned: bool) -> list[str]:
    from docgen.presets import marked

    lines = [f"{SPEC} was written ({source}), and {SCHEMA} for editors.", "", "Next:"]
    steps: list[list[str]] = []
    if found := marked(text):
        numbers = ", ".join(map(str, found))
        steps.append(
            [f"Complete what is marked FILL IN ({SPEC}, line{'s' if len(found) > 1 else ''} {numbers})."]
        )
    if pinned:
        steps.append([f"Read {SPEC}: what is wrong on the server today stands there as right."])
    else:
        steps.append(_pin(host, known_hosts))
    steps.append(["See every command that a run would execute; this contacts nothing:", "  docgen plan"])
    steps.append(["Look:", "  docgen status"])
    for number, step in enumerate((s for s in steps if s), 1):
        lines += [f"  {number}. {step[0]}", *(f"     {line}" for line in step[1:])]
    return lines


def _pin(host: str | None, known_hosts: str | None) -> list[str]:
    """How to pin the host's key: docgen accepts no key by itself."""
    from checks.spec.access import LOCAL, TARGET

    if host == LOCAL:
        return []
    match = TARGET.match(host or "")
    name, port = (match["host"].strip("[]"), match["port"]) if match else ("HOST", None)
    shown, option = shlex.quote(name) if match else "HOST", f"-p {port} " if port and port != "22" else ""
    return [
        "Pin the host's key, unless `ssh` already knows it; docgen never accepts one by itself:",
        f"  ssh-keyscan -t ed25519 {option}{shown} > offered && ssh-keygen -lf offered",
        "Compare that fingerprint with what the server says at its own console:",
        "  ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        "Only if both are the same:",
        f"  cat offered >> {shlex.quote(known_hosts) if known_hosts else '~/.ssh/known_hosts'}",
    ]
