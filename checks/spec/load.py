"""``docgen.yml`` to a :class:`Spec`, or every problem of the file at once."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from checks.errors import Problem, SpecError
from checks.spec import access, declared, spec, yaml
from checks.spec.bind import Binder
from checks.spec.publish import Publish
from checks.spec.slug import slug
from checks.spec.translations import translations
from checks.spec.validate import problems_of, prune
from checks.spec.variables import SECRET, Scope, scope_of
from checks.spec.views import Views


def load(path: str | Path = "docgen.yml", *, variables: dict[str, str] | None = None) -> spec.Spec:
    """The spec in the file `path`, with `variables` (from ``--var``) above all others.

    Nothing is contacted. Raises :class:`~checks.errors.SpecError` with every problem there is."""
    path = Path(path)
    document = yaml.read(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return build(document, digest, folder=str(path.resolve().parent), variables=variables)


def build(
    document: yaml.Document, digest: str, *, folder: str = "", variables: dict[str, str] | None = None
) -> spec.Spec:
    """The spec in a parsed document."""
    problems: list[Problem] = []
    if not isinstance(document.data, dict):
        problem = document.problem((), "expected a mapping with project, environments and sections")
        raise SpecError([problem])
    written, read = _validate(document, problems)
    if written is None:
        raise SpecError(problems)
    document = yaml.Document(document.file, document.root, document.data, read)
    environments = _environments(written, document, folder, variables or {}, problems)
    binder = Binder(document, written, environments, variables or {}, problems)
    sections = binder.sections()
    views = Views(document, written, binder.references, problems, list(environments), binder.values)
    flows, readiness, known = views.flows(), views.readiness(), views.known_problems()
    binder.unused_gates()
    for index, one in enumerate(written.documents.expected):
        if one.environment is not None and one.environment not in environments:
            where: yaml.Path_ = ("documents", "expected", index, "environment")
            problems.append(document.unknown(where, "environment", one.environment, list(environments)))
    waivers = _waivers(written, document, problems)
    translated = translations(document, written, binder.values, problems)
    publish = _publish(written, document, folder, problems)
    if problems:
        raise SpecError(problems)
    return spec.Spec(
        file=document.file,
        folder=folder,
        sha256=digest,
        project=written.project,
        language=written.language,
        timezone=written.timezone,
        owner=written.owner,
        valid_for=written.valid_for,
        secrets={name: _dump(secret) for name, secret in written.secrets.items()},
        environments=tuple(environments.values()),
        sections=sections,
        gates=written.gates,
        flows=flows,
        readiness=readiness,
        problems=known,
        waivers=waivers,
        github=binder.values.github,
        github_deadline=written.github.deadline if written.github else None,
        translations=translated,
        documents=written.documents,
        publish=publish,
    )


def _dump(secret: access.Secret) -> dict[str, str]:
    return {k: v for k, v in secret.model_dump().items() if v is not None}


def _validate(document: yaml.Document, problems: list[Problem]) -> tuple[declared.Spec | None, Any]:
    """The spec as written, and the data it was read from: without what is broken, so that the rest is looked at
    in the same run."""
    data = document.data
    for _ in range(5):
        try:
            return declared.Spec.model_validate(data), data
        except ValidationError as error:
            if data is document.data:
                problems += problems_of(error, document, (), declared.Spec)
            data = prune(data, error)
            data.setdefault("project", "?")
            if not data.get("environments"):
                return None, data
    return None, data


def _environments(
    written: declared.Spec,
    document: yaml.Document,
    folder: str,
    variables: dict[str, str],
    problems: list[Problem],
) -> dict[str, spec.Environment]:
    found: dict[str, spec.Environment] = {}
    if not written.environments:
        problems.append(
            document.problem(("environments",), "no environment: nothing to check", "name at least one")
        )
    for name, environment in written.environments.items():
        path: yaml.Path_ = ("environments", name)
        if slug(name) != name:
            hint = f"use small letters, digits and dashes, such as `{slug(name)}`; `title` is for readers"
            problems.append(
                document.problem(path, f"`{name}` cannot be the name of an environment", hint, key=True)
            )
        scope = scope_of(written, name, None, variables, {})

        def expand(text: str | None, at: yaml.Path_, scope: Scope = scope) -> str | None:
            def undefined(variable: str, advice: str) -> None:
                problems.append(document.problem(at, f"the variable {{{variable}}} is not defined", advice))

            return None if text is None else scope.expand(text, undefined)

        root = expand(environment.root, (*path, "root"))
        if root and not root.startswith("/"):
            root = str(Path(folder, root).resolve())
        url = expand(environment.url, (*path, "url"))
        if url is not None and not url.startswith(("http://", "https://")):
            problems.append(
                document.problem((*path, "url"), f"expected an http:// or https:// address, found `{url}`")
            )
        hosts = []
        for host_name, host in environment.all_hosts().items():
            at = (*path, "host") if environment.host else (*path, "hosts", host_name)

            def pick(
                field: str, host: access.Host = host, environment: declared.Environment = environment
            ) -> Any:
                for level in (host, environment.ssh, written.ssh):
                    if (value := getattr(level, field)) is not None:
                        return value
                return None

            target = expand(host.ssh, at) or ""
            if target != access.LOCAL and not access.TARGET.match(target):
                problems.append(
                    document.problem(at, f"expected user@host, user@host:port or local, found `{target}`")
                )
            passphrase = pick("passphrase")
            hosts.append(
                spec.Host(
                    id=f"{name}/{host_name}",
                    name=host_name,
                    environment=name,
                    ssh=target,
                    identity=_file(expand(pick("identity"), at), folder),
                    known_hosts=_file(expand(pick("known_hosts"), at), folder),
                    jump=expand(pick("jump"), at),
                    passphrase=_dump(passphrase) if passphrase else None,
                    connect_timeout=pick("connect_timeout") or 10.0,
                    deadline=pick("deadline") or 120.0,
                    origin="{}:{}:{}".format(document.file, *document.at(at)),
                    strict=pick("deadline") is not None,
                )
            )
        production = environment.production
        if production is None:
            production = name in ("prod", "production") or len(written.environments) == 1
        title = environment.title or name
        its = environment.preflight
        where = {
            key: expand(getattr(its, key), (*path, "preflight"))
            for key in ("scratch", "current", "releases", "shared", "dotenv", "ledger")
        }
        lists = {
            key: [expand(one, (*path, "preflight", key)) or "" for one in getattr(its, key)]
            for key in ("configuration", "volatile")
        }
        for index, gate in enumerate(its.gates or ()):
            if gate not in written.gates:
                at = (*path, "preflight", "gates", index)
                problems.append(document.unknown(at, "gate", gate, list(written.gates)))
        preflight = its.model_copy(update={**where, **lists})
        found[name] = spec.Environment(name, title, production, root, url, tuple(hosts), preflight)
    return found


def _publish(
    written: declared.Spec, document: yaml.Document, folder: str, problems: list[Problem]
) -> Publish:
    """What is declared of the nightly run, with the paths and options as they apply."""
    its = written.publish
    for key, references in (("heartbeat", [its.heartbeat]), ("notify", its.notify)):
        for reference in filter(None, references):
            (name,) = SECRET.findall(reference)
            if name not in written.secrets:
                problems.append(document.unknown(("publish", key), "secret", name, list(written.secrets)))
    given = {key: value for key, value in dict(its.ssh).items() if value is not None}
    options = written.ssh.model_copy(update=given)
    paths = {key: _file(getattr(options, key), folder) for key in ("identity", "known_hosts")}
    return its.model_copy(update={"ssh": options.model_copy(update=paths)})


def _file(path: str | None, folder: str) -> str | None:
    return str(Path(folder, Path(path).expanduser())) if path else None


def _waivers(
    written: declared.Spec, document: yaml.Document, problems: list[Problem]
) -> tuple[spec.Waiver, ...]:
    found = []
    for index, exception in enumerate(written.exceptions):
        path: yaml.Path_ = ("exceptions", index, "until")
        try:
            until = _until(exception.until, written.timezone)
        except ValueError as error:
            problems.append(document.problem(path, f"{error}, found `{exception.until}`"))
            continue
        origin = "{}:{}:{}".format(document.file, *document.at(path[:-1]))
        found.append(
            spec.Waiver(exception.check, until, exception.until, exception.reason, exception.by, origin)
        )
    return tuple(found)


def _until(text: str, zone: str) -> str:
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=1)
            moment = datetime.combine(day, time(), ZoneInfo(zone))
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise ValueError
    except ValueError as error:
        raise ValueError("expected a day such as 2026-12-31, or a time with its zone") from error
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
