"""``docgen guide sudo``: sudoers files judged offline, and the guide to better ones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docgen import exits
from docgen.commands import options

if TYPE_CHECKING:
    from checks.knowledge.sudo.dropin import DropIn
    from checks.knowledge.sudo.host import Host
    from checks.knowledge.sudo.judge import Judged
    from checks.knowledge.sudo.needs import Need

_EPILOG = (
    "Exit codes: 0 nothing gives root away, nothing is missing and no finding is high or critical; 1 one of these; "
    "2 wrong usage, or a file that cannot be read."
)


@click.command("sudo", epilog=_EPILOG)
@click.option(
    "--sudoers",
    "files",
    multiple=True,
    required=True,
    metavar="FILE",
    help="A copy of a sudoers file, or of a folder such as sudoers.d. May be repeated.",
)
@click.option("--user", required=True, metavar="NAME", help="The account to judge them for.")
@click.option(
    "--needs", metavar="FILE", help="What the account needs: one command a line, with or without sudo."
)
@click.option(
    "--facts",
    metavar="FILE",
    help="What is known of the host (JSON): paths, groups, uid, host, sysctl. What is not known counts against.",
)
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(["text", "md", "json", "sudoers"]),
    default="text",
    show_default=True,
    help="sudoers: only the file to install.",
)
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@click.option("--lang", type=click.Choice(["de", "en"]), default="en", show_default=True, help="Language.")
def command(
    files: tuple[str, ...],
    user: str,
    needs: str | None,
    facts: str | None,
    format_: str,
    output: str | None,
    lang: str,
) -> None:
    """What an account may do through sudo, judged from copies of its files: what gives root away, what else is wrong,
    what is missing; and the rules to write instead, how to install and how to test them.

    Nothing is contacted and nothing is run. What is not given is assumed to be unfavourable, and the guide says so.
    """
    from checks import clock
    from checks.knowledge.sudo import dropin
    from checks.knowledge.sudo.files import read
    from checks.knowledge.sudo.judge import judge

    host = _host(user, facts)
    wanted = _needs(needs, user) if needs else None
    judged = judge(read(_files(files), host.name or ""), host, wanted, clock.now())
    drop = dropin.write(user, wanted, host) if wanted is not None else None
    checked = _checked(drop.text) if drop and drop.text else None
    if format_ == "sudoers" and (drop is None or not drop.text):
        raise click.UsageError("There is no rule to write: name what is needed with --needs.")
    options.write(_rendered(format_, user, judged, drop, checked, lang), output)
    if wrong(judged):
        raise click.exceptions.Exit(exits.DEVIATION)


def wrong(judged: Judged) -> bool:
    """Whether somebody has to do something about it."""
    grave = any(finding.severity in ("critical", "high") for finding in judged.findings)
    return judged.grants_root or grave or bool(judged.missing)


def _checked(text: str) -> bool | None:
    """Whether visudo accepts the rules `text`; None where there is no visudo."""
    visudo = shutil.which("visudo", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if visudo is None:
        return None
    done = subprocess.run(
        [visudo, "-s", "-cf", "-"],
        input=text.encode("utf-8", "surrogateescape"),
        capture_output=True,
        timeout=30,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"visudo does not accept the rules that were written: {done.stderr.decode()[:300]}"
        )
    return True


def _rendered(
    format_: str, user: str, judged: Judged, drop: DropIn | None, checked: bool | None, lang: str
) -> str:
    if format_ == "json":
        return json.dumps(_document(judged, drop, checked, lang), ensure_ascii=False, indent=2) + "\n"
    if format_ == "sudoers" and drop:
        return drop.text
    from docgen.documents.sudo import compose
    from docgen.i18n import Translator
    from docgen.renderers.document import markdown, text

    plain = markdown.plain if format_ == "md" else text.plain
    return plain(*compose(user, judged, drop), Translator(lang))


def _document(judged: Judged, drop: DropIn | None, checked: bool | None, lang: str) -> dict[str, Any]:
    from docgen.i18n import Translator

    t = Translator(lang)
    findings = [
        {
            "id": finding.id,
            "severity": finding.severity,
            "rule": finding.rule,
            "file": finding.file or None,
            "line": finding.line or None,
            "message": t.plain(finding.message),
            "fix": t.plain(finding.fix),
        }
        for finding in judged.findings
    ]
    document: dict[str, Any] = {
        "grants_root": judged.grants_root,
        "findings": findings,
        "missing": judged.missing,
        "assumed": [t.plain(one) for one in judged.assumed],
    }
    if drop:
        refused = [{"command": n.line, "because": [t.plain(w) for w in why]} for n, why in drop.refused]
        document["drop_in"] = {"path": drop.path, "text": drop.text, "checked": checked, "refused": refused}
    return document


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error


def _files(given: tuple[str, ...]) -> dict[str, str]:
    """Text by path; with the files that they include by a path relative to their own."""
    from checks.knowledge.sudo.files import relative_includes

    waiting: list[str] = []
    for path in given:
        inside = sorted(Path(path).iterdir()) if Path(path).is_dir() else [Path(path)]
        waiting += [str(one) for one in inside if not one.is_dir()]
    if not waiting:
        raise click.UsageError(f"There is no file in {', '.join(given)}.")
    texts: dict[str, str] = {}
    while waiting:
        path = waiting.pop(0)
        if path in texts:
            continue
        texts[path] = _text(path).removeprefix("\ufeff")
        for other in relative_includes(texts[path]):
            beside = Path(path).parent / other
            inside = sorted(beside.iterdir()) if beside.is_dir() else [beside]
            waiting += [str(one) for one in inside if one.is_file()]
    return texts


def _needs(path: str, user: str) -> list[Need]:
    from checks.knowledge.sudo.needs import read

    found, problems = [], []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found.append(read(line.strip(), user))
        except ValueError as error:
            problems.append(f"{path}:{number}: {error}")
    if problems:
        raise click.UsageError("\n".join(problems))
    return found


_FACTS = {"paths": dict, "groups": list, "uid": int, "host": str, "sysctl": dict}


def _host(user: str, path: str | None) -> Host:
    from checks.knowledge.sudo.host import Entry, Host

    if path is None:
        return Host(user, {})
    try:
        facts = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise click.UsageError(f"{path}:{error.lineno}: {error.msg}") from error
    if not isinstance(facts, dict):
        raise click.UsageError(f"{path}:1: expected an object with {', '.join(_FACTS)}.")
    for name, value in facts.items():
        if name not in _FACTS:
            click.echo(f"{path}: {name} is not known and was not used.", err=True)
        elif value is not None and (not isinstance(value, _FACTS[name]) or isinstance(value, bool)):
            raise click.UsageError(f"{path}: {name}: expected {_FACTS[name].__name__}.")
    entries = {}
    for where, entry in (facts.get("paths") or {}).items():
        try:
            entries[where.rstrip("/") or "/"] = Entry.read(str(entry))
        except ValueError as error:
            raise click.UsageError(f"{path}: paths: {where}: {error}") from error
    groups = facts.get("groups")
    return Host(
        user,
        entries,
        frozenset(map(str, groups)) if groups is not None else None,
        facts.get("uid"),
        facts.get("host"),
        {name: str(value) for name, value in (facts.get("sysctl") or {}).items()},
    )
