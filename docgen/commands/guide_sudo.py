"""``docgen guide sudo``: the guide to better rules, from the live host or from sudoers files."""

from __future__ import annotations

import json
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
    from docgen.documents.interface import Document, Source

_EPILOG = (
    "Exit codes with --sudoers: 0 nothing gives root away, nothing is missing and no finding is high or critical; "
    "1 one of these; 2 wrong usage, or a file that cannot be read. Of an environment: 0 where it was written; 1 where it "
    "is refused, because the rights were not seen."
)


@click.command("sudo", epilog=_EPILOG)
@click.option(
    "--sudoers",
    "files",
    multiple=True,
    metavar="FILE",
    help="Judge offline: a copy of a sudoers file, or of a folder such as sudoers.d. May be repeated.",
)
@click.option("--user", metavar="NAME", help="Offline: the account to judge them for.")
@click.option(
    "--needs",
    metavar="FILE",
    help="Offline: what the account needs, one command a line, with or without sudo.",
)
@click.option(
    "--facts",
    metavar="FILE",
    help="Offline: what is known of the host (JSON): paths, groups, uid, host, sysctl. What is not known counts against.",
)
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(["text", "md", "html", "pdf", "json", "sudoers"]),
    help="Of a live host md (default), html or pdf; offline text (default), md, json, or sudoers: only the file to "
    "install.",
)
@click.option("--output", "-o", metavar="PATH", help="Write to a file instead of standard output.")
@click.option(
    "--self", "own", is_flag=True, help="Which rights docgen itself needs, by the spec. Nothing is contacted."
)
@click.option("--env", "-e", "environment", metavar="ENV", help="The environment to write the guide for.")
@click.option(
    "--templates", metavar="DIR", help="Your own document.html.j2 and document.css, for HTML and PDF."
)
@click.option("--from", "from_", metavar="SNAPSHOT", help="Use a saved snapshot; nothing is contacted.")
@options.supersedes
@options.sign
@options.language
@options.config
def command(
    files: tuple[str, ...],
    user: str | None,
    needs: str | None,
    facts: str | None,
    format_: str | None,
    output: str | None,
    own: bool,
    **live: Any,
) -> None:
    """What an account needs and may do through sudo: what gives root away, what else is wrong, what is missing; and the
    rules to write instead, how to install and how to test them.

    For an environment, from its checks of kind sudo-rules and from the workflow that deploys there. With --sudoers,
    copies of files are judged: nothing is contacted and nothing is run. What is not known is assumed to be
    unfavourable, and the guide says so.
    """
    if own:
        if files or user or needs or facts or live["from_"] or format_ not in (None, "text", "md"):
            raise click.UsageError("--self takes only --env, --config, --var, --lang, -o, and text or md.")
        _own_rights(format_ or "text", output, **live)
        return
    if not files:
        if user or needs or facts:
            raise click.UsageError("--user, --needs and --facts belong to --sudoers.")
        if format_ not in (None, "md", "html", "pdf"):
            raise click.UsageError(
                f"{format_} is for --sudoers; the guide of an environment is md, html or pdf."
            )
        from docgen.commands.guide import write_document
        from docgen.commands.visudo import verified
        from docgen.documents import document

        kind = document("sudo")

        def compose(source: Source) -> Document:
            made = kind.compose(source)
            return made._replace(sections=verified(made.sections))

        write_document("sudo", kind._replace(compose=compose), format_=format_, output=output, **live)
        return
    if user is None:
        raise click.UsageError("Whose rights? Name the account with --user.")
    if (
        live["environment"]
        or live["from_"]
        or live["templates"]
        or live["supersedes"]
        or live["signed"] is not None
        or format_ in ("html", "pdf")
    ):
        raise click.UsageError(
            "--env, --from, --templates, html and pdf are for the live host, not for --sudoers."
        )
    _offline(files, user, needs, facts, format_ or "text", output, live["lang"] or "en")


def _own_rights(
    format_: str,
    output: str | None,
    environment: str | None,
    lang: str | None,
    config: str | None,
    variables: tuple[str, ...],
    **_: Any,
) -> None:
    from checks.plan import plan
    from docgen.documents.sudo_self import guide
    from docgen.i18n import Translator
    from docgen.renderers.document import markdown, text

    spec = options.load_spec(config, variables, (environment,) if environment else ())
    plain = markdown.plain if format_ == "md" else text.plain
    options.write(plain(*guide(plan(spec)), Translator(lang or spec.language)), output)


def _offline(
    files: tuple[str, ...],
    user: str,
    needs: str | None,
    facts: str | None,
    format_: str,
    output: str | None,
    lang: str,
) -> None:
    from checks import clock
    from checks.knowledge.sudo import dropin
    from checks.knowledge.sudo.files import read
    from checks.knowledge.sudo.judge import as_called, judge
    from checks.knowledge.sudo.places import placed
    from checks.knowledge.sudo.policy import Policy
    from checks.model import msg
    from docgen.commands import visudo

    host = _host(user, facts)
    wanted = _needs(needs, user) if needs else None
    sudoers = read(_files(files), host.name or "")
    policy = Policy(sudoers, host)
    wanted = as_called(wanted, policy) if wanted is not None else None
    judged = judge(sudoers, host, wanted, clock.now())
    drop = None
    if wanted is not None:
        whole = [placed(need, list(policy.listing(surely=False).grants)) for need in wanted]
        taken = dict.fromkeys(need.argv[0] for need, guessed in whole if guessed)
        judged.assumed.extend(
            msg("{path:code} is taken to be there, as on Debian.", path=one) for one in taken
        )
        drop = dropin.write(user, [need for need, _ in whole], host)
    checked = visudo.checked(drop.text) if drop and drop.text else None
    if format_ == "sudoers" and (drop is None or not drop.text):
        raise click.UsageError("There is no rule to write: name what is needed with --needs.")
    options.write(_rendered(format_, user, judged, drop, checked, lang), output)
    if wrong(judged):
        raise click.exceptions.Exit(exits.DEVIATION)


def wrong(judged: Judged) -> bool:
    """Whether somebody has to do something about it."""
    grave = any(finding.severity in ("critical", "high") for finding in judged.findings)
    return judged.grants_root or grave or bool(judged.missing)


def _rendered(
    format_: str, user: str, judged: Judged, drop: DropIn | None, checked: bool | None, lang: str
) -> str:
    if format_ == "json":
        return json.dumps(_document(judged, drop, checked, lang), ensure_ascii=False, indent=2) + "\n"
    if format_ == "sudoers" and drop:
        return drop.text
    from docgen.commands.visudo import verified
    from docgen.documents.sudo import guide
    from docgen.i18n import Translator
    from docgen.renderers.document import markdown, text

    plain = markdown.plain if format_ == "md" else text.plain
    title, sections = guide(user, judged, drop)
    return plain(title, verified(sections), Translator(lang))


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


_MOST = 4 << 20


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            raw = file.read(_MOST + 1)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
    if len(raw) > _MOST:
        raise click.UsageError(f"{path} has more than {_MOST >> 20} MiB; that is no file of rules or needs.")
    return raw.decode("utf-8", "surrogateescape")


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
    from checks.knowledge.sudo.needs import read_all

    found, problems = [], []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found += read_all(line.strip(), user)
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
