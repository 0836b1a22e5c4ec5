"""Reports made by hand, so that the renderers can be tested without collecting or judging anything."""

from __future__ import annotations

from enum import Enum
from typing import Any

from checks.model import (
    Area,
    Aspect,
    Assurance,
    Blocker,
    ComponentResult,
    Coverage,
    Disposition,
    EnvironmentResult,
    Evidence,
    Flow,
    FlowStep,
    Frozen,
    GateMatrix,
    HostFacts,
    Item,
    KnownProblem,
    Layer,
    Light,
    Message,
    NextStep,
    Observation,
    Readiness,
    Report,
    Result,
    SectionResult,
    Severity,
    Status,
    Verdict,
    code,
    msg,
    text,
    worst,
)
from checks.views import standing

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=//evil.example/x onerror=alert(1)>{{7*7}}\x1b[31m\u202e\udcff"
)
"""What a server might answer to someone who trusts it."""

ROOT = "/var/www/api-gateway-staging"
RELEASE = f"{ROOT}/releases/20251101_225026-4144baac"
RULE = (
    "deploy ALL=(root) NOPASSWD: /usr/bin/chown -R -h -P --from\\=www-data deploy\\:www-data "
    f"{ROOT}/shared/storage"
)
_REMEDY = msg("One line in {path:code}: {line:code}", path="/etc/sudoers.d/deploy-staging", line=RULE)
_VERDICTS = {
    Status.OK: Verdict.CONFORM,
    Status.WARN: Verdict.DEVIATES,
    Status.FAIL: Verdict.DEVIATES,
    Status.PENDING: Verdict.UNDETERMINED,
    Status.UNKNOWN: Verdict.UNDETERMINED,
    Status.WAIVED: Verdict.DEVIATES,
    Status.NOT_APPLICABLE: Verdict.NOT_APPLICABLE,
}


def aspect(
    name: str | None,
    expected: str,
    actual: str | None,
    verdict: Verdict = Verdict.CONFORM,
    *,
    near: bool = False,
    note: str | None = None,
) -> Aspect:
    return Aspect(
        name=msg(name) if name else None,
        expected=text(expected),
        actual=None if actual is None else text(actual),
        verdict=verdict,
        near=near,
        note=None if note is None else msg(note),
    )


def evidence(
    command: str = "stat -L /var/www",
    excerpt: str = "regular file 748 deploy www-data 0644\n",
    *,
    host: str = "deploy@staging.example.com",
    exit_code: int | None = 0,
    observation: Observation = Observation.OBSERVED,
    reason: Message | None = None,
    truncated: bool = False,
) -> Evidence:
    return Evidence(
        source="ssh",
        host=host,
        command=command,
        exit_code=exit_code,
        excerpt=excerpt,
        sha256="9b3a3b7a78f239c4473bb193476b1a860c91f1c2b4fab9c7639eceea414a60fb",
        observed_at="2025-11-01T23:15:04Z",
        observation=observation,
        reason=reason,
        truncated=truncated,
    )


def result(
    id: str,
    name: Message | str,
    status: Status = Status.OK,
    *aspects: Aspect,
    kind: str = "file",
    environment: str | None = "staging",
    host: str | None = None,
    soll: Message | None = None,
    severity: Severity = Severity.HIGH,
    observation: Observation = Observation.OBSERVED,
    disposition: Disposition = Disposition.OPEN,
    reason: Message | None = None,
    remedy: Message | None = None,
    because: tuple[str, ...] = (),
    assurance: Assurance | None = Assurance.PROVEN,
    waived_until: str | None = None,
    waived_reason: str | None = None,
    awaiting: str | None = None,
    evidence: tuple[Evidence, ...] = (),
) -> Result:
    name = text(name) if isinstance(name, str) else name
    return Result(
        id=id,
        name=name,
        kind=kind,
        environment=environment,
        host=host,
        status=status,
        observation=observation,
        verdict=_VERDICTS[status],
        disposition=disposition,
        severity=severity,
        soll=soll or name,
        aspects=aspects,
        reason=reason,
        remedy=remedy,
        because=because,
        assurance=assurance,
        waived_until=waived_until,
        waived_reason=text(waived_reason) if waived_reason else None,
        awaiting=awaiting,
        evidence=evidence,
    )


def component(
    id: str,
    name: str,
    *results: Result,
    soll: str | None = None,
    about: Area = Area.DELIVERY,
    owner: str | None = None,
    remedy: Message | None = None,
    links: tuple[tuple[str, str], ...] = (),
) -> ComponentResult:
    return ComponentResult(
        id=id,
        name=name,
        soll=soll,
        status=worst([r.status for r in results]) or Status.UNKNOWN,
        severity=Severity.HIGH,
        about=about,
        assurance=Assurance.PROVEN,
        because=(),
        remedy=remedy,
        owner=owner,
        links=links,
        results=results,
    )


def _build() -> SectionResult:
    gate = ("artisan", "composer.json", "public/index.php", "vendor/autoload.php", "bootstrap", "config")
    return SectionResult(
        id="build",
        name="Build",
        environment=None,
        components=(
            component(
                "build/structure",
                "Bundle structure",
                *(
                    result(
                        f"build/structure/{name.replace('/', '-').replace('.', '-')}",
                        msg("file {path:code}", path=name),
                        Status.OK,
                        aspect(None, "present", "present"),
                        environment=None,
                        evidence=(evidence(f"stat release/{name}", host="ci.example.com"),),
                    )
                    for name in gate
                ),
                soll="9 checks",
            ),
            component(
                "build/artifact",
                "Artifact upload",
                result(
                    "build/artifact/retention",
                    "Kept for 30 days",
                    Status.OK,
                    aspect("retention", "30 d", "30 d"),
                    environment=None,
                    assurance=Assurance.IMPLEMENTED,
                ),
                soll="30 days",
            ),
        ),
    )


def _deployment() -> SectionResult:
    rights = "staging/permissions/chown"
    seen = Verdict.DEVIATES
    fix = component(
        "staging/permissions",
        "Permissions Fix",
        result(
            rights,
            msg("{account:code} may {command:code}", account="deploy", command="chown"),
            Status.FAIL,
            aspect("right", "NOPASSWD", "password required", seen),
            aspect("as", "root", "root"),
            kind="sudo",
            soll=msg("{command:code} without a password", command="/usr/bin/chown -R -h -P --from=www-data"),
            severity=Severity.CRITICAL,
            reason=msg("Without a terminal the workflow cannot type a password."),
            remedy=_REMEDY,
            evidence=(
                evidence("sudo -n -l /usr/bin/chown", "sudo: a password is required\n", exit_code=1),
                evidence("id deploy", "uid=1001(deploy) gid=1001(deploy) groups=1001(deploy)\n"),
            ),
        ),
        result(
            "staging/permissions/chown-wider",
            "… and nothing wider than that",
            Status.UNKNOWN,
            aspect(None, "only the declared rules", None, Verdict.UNDETERMINED),
            kind="sudo",
            observation=Observation.DENIED,
            reason=msg(
                "{command:code} lists rights only once a rule without a password exists.",
                command="sudo -n -l",
            ),
            remedy=msg("The sudoers line above settles this as well."),
            evidence=(
                evidence(
                    "sudo -n -l",
                    "sudo: a password is required\n",
                    exit_code=1,
                    observation=Observation.DENIED,
                    reason=msg("sudo asks for a password"),
                ),
            ),
        ),
        result(
            "staging/permissions/storage",
            "Owner of shared/storage",
            Status.FAIL,
            aspect("owner", "deploy", "root", seen),
            aspect("group", "www-data", "www-data"),
            aspect("mode", "2775", "0755", seen, note="setgid is missing"),
            kind="permissions",
            soll=msg("{path:code} belongs to deploy:www-data", path=f"{ROOT}/shared/storage"),
            disposition=Disposition.WAIVER_EXPIRED,
            waived_until="2025-10-31T00:00:00Z",
            waived_reason="migration of the storage",
            evidence=(evidence(f"stat {ROOT}/shared/storage", "directory root www-data 0755\n"),),
        ),
        soll="sudo",
        owner="Platform team",
        remedy=msg("The guide {guide:code} has every step.", guide="sudo"),
        links=(("Guide", "https://wiki.example.com/sudo"), ("Note", "docs/STAGING_SUDO_HARDENING.md")),
    )
    held = (rights,)
    switch = component(
        "staging/switch",
        "Symlink Switch",
        result(
            "staging/switch/current",
            msg("{path:code} points to the new release", path="current"),
            Status.PENDING,
            aspect("target", "20251101_225026-4144baac", "20251028_101500-9c01d2e7", seen),
            kind="symlink",
            because=held,
            assurance=Assurance.IMPLEMENTED,
            reason=msg(
                "The release lies complete under {path:code}; the step that switches did not run.",
                path="releases/",
            ),
            evidence=(evidence(f"readlink {ROOT}/current", f"{ROOT}/releases/20251028_101500-9c01d2e7\n"),),
        ),
        soll="atomic",
    )
    smoke = component(
        "staging/smoke",
        "Smoke Tests",
        *(
            result(
                f"staging/smoke/{slug}",
                code(path),
                Status.PENDING,
                aspect("status", "200", "200"),
                kind="http",
                because=held,
                assurance=Assurance.REHEARSED,
            )
            for slug, path in (
                ("health", "/health"),
                ("api", "/api/health-check"),
                ("manifest", "/build/manifest.json"),
            )
        ),
        soll="5/5",
        about=Area.OPERATION,
    )
    release = component(
        "staging/release",
        "Approval for production",
        result(
            "staging/release/approval",
            "Approval of the release",
            Status.PENDING,
            kind="approval",
            assurance=None,
            awaiting="head of operations",
            reason=msg("Nobody has decided yet."),
        ),
    )
    return SectionResult(
        id="staging", name="Deployment", environment="staging", components=(fix, switch, smoke, release)
    )


def _operation(environment: str) -> SectionResult:
    host = "www.example.com" if environment == "prod" else "staging.example.com"
    return SectionResult(
        id=f"{environment}-operation",
        name="Operation",
        environment=environment,
        components=(
            component(
                f"{environment}-operation/certificate",
                "Certificate",
                result(
                    f"{environment}-operation/certificate/expiry",
                    msg("certificate of {host:code}", host=host),
                    Status.WARN,
                    aspect("valid for", "at least 14 d", "15 d", near=True),
                    kind="http",
                    environment=environment,
                    severity=Severity.LOW,
                    remedy=msg("Check that {command:code} runs.", command="certbot renew"),
                ),
                result(
                    f"{environment}-operation/certificate/chain@{host}",
                    "certificate chain",
                    Status.OK,
                    aspect("issuer", "R11", "R11"),
                    kind="http",
                    environment=environment,
                    host=host,
                ),
                about=Area.OPERATION,
            ),
            component(
                f"{environment}-operation/debug",
                "Debug mode",
                result(
                    f"{environment}-operation/debug/env",
                    msg("{key:code} in {path:code}", key="APP_DEBUG", path=".env"),
                    Status.WAIVED,
                    aspect(None, "false", "true", Verdict.DEVIATES),
                    kind="content",
                    environment=environment,
                    disposition=Disposition.WAIVED,
                    waived_until="2025-12-01T00:00:00Z",
                    waived_reason="load test until the end of November",
                ),
                about=Area.OPERATION,
            ),
            component(
                f"{environment}-operation/queue",
                "Queue worker",
                result(
                    f"{environment}-operation/queue/service",
                    msg("service {name:code}", name="laravel-worker"),
                    Status.NOT_APPLICABLE,
                    kind="service",
                    environment=environment,
                    reason=msg("This host has no systemd."),
                    assurance=None,
                ),
                about=Area.OPERATION,
            ),
            *((_silent("www2.example.com"),) if environment == "prod" else ()),
        ),
    )


def _silent(host: str) -> ComponentResult:
    return component(
        "prod-operation/disk",
        "Disk",
        *(
            result(
                f"prod-operation/disk/{slug}@{host}",
                msg("space on {path:code}", path=path),
                Status.UNKNOWN,
                kind="disk",
                environment="prod",
                host=host,
                soll=msg("at least {size:size} free on {path:code}", size=5 * 2**30, path=path),
                observation=Observation.UNREACHABLE,
                reason=_no_route(host),
                assurance=None,
            )
            for slug, path in (("root", "/"), ("var", "/var"))
        ),
        about=Area.OPERATION,
    )


def _no_route(host: str) -> Message:
    return msg("no route to {host:code}", host=host)


def _flow() -> Flow:
    done = (
        "Check Health",
        "Backup",
        "Download Bundle",
        "Verify Checksum",
        "Upload to Server",
        "Extract Bundle",
    )
    done += ("Pre-Switch Gate", "Run Migrations", "Clear Caches")
    groups = ("check-health", "backup-staging")
    steps = [
        FlowStep(
            number=n,
            name=name,
            group=groups[n - 1] if n <= len(groups) else "deploy-staging",
            status=Status.OK,
            because=(),
            results=(),
        )
        for n, name in enumerate(done, 1)
    ]
    steps.append(
        FlowStep(
            number=10,
            name="Fix Permissions",
            group="deploy-staging",
            status=Status.FAIL,
            because=(),
            results=("staging/permissions/chown",),
            note=msg("sudo asks for a password"),
        )
    )
    later = (
        ("Switch Symlink", "staging/switch/current"),
        ("Reload Services", None),
        ("Smoke Tests", "staging/smoke/health"),
    )
    steps += [
        FlowStep(
            number=n,
            name=name,
            group="smoke-tests" if name == "Smoke Tests" else "deploy-staging",
            status=Status.PENDING,
            because=("staging/permissions/chown",),
            results=(id,) if id else (),
        )
        for n, (name, id) in enumerate(later, 11)
    ]
    return Flow(name="Deployment", environment="staging", steps=tuple(steps))


def _environment(name: str, sections: tuple[SectionResult, ...]) -> EnvironmentResult:
    counts = dict.fromkeys(Status, 0)
    for section in sections:
        if section.environment == name:
            for c in section.components:
                for r in c.results:
                    counts[r.status] += 1
    if name == "prod":
        return EnvironmentResult(
            name=name,
            title="Production",
            production=True,
            overall=Light.GREY,
            operation=Light.GREY,
            delivery=Light.GREEN,
            operation_text=msg("One of two hosts did not answer."),
            delivery_text=msg("All gates passed."),
            verdict=msg(
                "Production: could not be determined. {host:code} was not reached.", host="www2.example.com"
            ),
            counts=counts,
        )
    return EnvironmentResult(
        name=name,
        title="Staging",
        production=False,
        overall=Light.YELLOW,
        operation=Light.YELLOW,
        delivery=Light.YELLOW,
        operation_text=msg(
            "Health check passed, against the previous release. Smoke tests of the new one: 0 of 3 counted."
        ),
        delivery_text=msg("Blocked. 9 of 13 steps met, 1 not met, 3 not reached."),
        verdict=msg(
            "Staging: limited. Deployment blocked: {account:code} may not run {command:code} without a "
            "password; three steps not reached.",
            account="deploy",
            command="chown",
        ),
        counts=counts,
    )


def _host(environment: str, host: str, *, reached: bool = True) -> HostFacts:
    return HostFacts(
        id=f"{environment}/{host}",
        environment=environment,
        host=host,
        address=f"deploy@{host}:22",
        account="deploy" if reached else "",
        observation=Observation.OBSERVED if reached else Observation.UNREACHABLE,
        reason=None if reached else _no_route(host),
        host_key="SHA256:jJ0y2vX3Vb0mVYzUo4eQGfH3O8mE2nO3y1c0b5Cq9Zk",
        system="Debian GNU/Linux 12" if reached else "",
        groups=("deploy", "www-data") if reached else (),
        clock_skew=0.4 if reached else None,
    )


def report(*names: str, language: str = "en", zone: str = "Europe/Berlin") -> Report:
    """A report of the environments `names` (default: ``staging``; also known: ``prod``) with every status."""
    names = names or ("staging",)
    sections = [_build()]
    if "staging" in names:
        sections.append(_deployment())
    sections += [_operation(name) for name in names]
    blockers: tuple[Blocker, ...] = ()
    steps: tuple[NextStep, ...] = ()
    if "staging" in names:
        blockers, steps = (_blocker(),), _steps()
    results = [r for s in sections for c in s.components for r in c.results]
    undetermined = sum(r.status is Status.UNKNOWN for r in results)
    hosts = [_host("staging", "staging.example.com")] if "staging" in names else []
    if "prod" in names:
        hosts += [_host("prod", "www.example.com"), _host("prod", "www2.example.com", reached=False)]
        blockers += (_lost(hosts[-1]),)
    return Report(
        project="API Gateway",
        language=language,
        timezone=zone,
        owner="Platform team",
        generated_at="2025-11-01T23:15:09Z",
        valid_until="2025-11-02T23:15:00Z",
        snapshot_sha256="ed2451dc502b35aa957dc4aeadd5d731d6c1732f58fe424f3f4ae04d6e874280",
        collected_at="2025-11-01T23:15:00Z",
        finished_at="2025-11-01T23:15:09Z",
        spec_file="docgen.yml",
        spec_sha256="4144baac502b35aa957dc4aeadd5d731d6c1732f58fe424f3f4ae04d6e874280",
        docgen="0.1.0",
        overall=Light.GREY if "prod" in names else Light.YELLOW,
        environments=tuple(_environment(name, tuple(sections)) for name in names),
        sections=tuple(sections),
        blockers=blockers,
        next_steps=steps,
        flows=(_flow(),) if "staging" in names else (),
        gates=(_gate(),) if "staging" in names else (),
        readiness=(_readiness(),) if "prod" in names else (),
        standing=standing(sections),
        problems=_problems() if "staging" in names else (),
        coverage=Coverage(
            declared=len(results), observed=len(results) - undetermined, undetermined=undetermined
        ),
        hosts=tuple(hosts),
        warnings=(msg("The clocks of {host:code} and of this machine differ.", host="www.example.com"),)
        if "prod" in names
        else (),
    )


def _gate() -> GateMatrix:
    def layer(name: str, where: str | None, *cells: Status | None, proven: str | None = None) -> Layer:
        return Layer(
            name=name, environment=where, kind="gate-in-workflow", status=Status.OK,
            assurance=Assurance.PROVEN if proven else Assurance.IMPLEMENTED, cells=cells,
            stops=msg("the switch: the release before it stays live") if where else None, proven=proven,
            results=("staging/permissions/chown",),
        )  # fmt: skip

    return GateMatrix(
        "release-structure",
        ("artisan", "public/<b>index.php"),
        (
            layer("Pre-Bundle Gates", None, Status.OK, Status.OK, proven="2025-11-01T22:30:00Z"),
            layer("Pre-Switch Gates", "staging", Status.OK, Status.FAIL),
            layer("Rehearsal", "prod", None, Status.OK),
        ),
    )


def _readiness() -> Readiness:
    open_ = msg("An approval by {who:code} is awaited.", who="m.weber")
    return Readiness(
        "Production deployment", "prod", False,
        (Item("Permissions Fix", Status.FAIL, Assurance.PROVEN, msg("missing"), ("staging/permissions/chown",)),
         Item("Release decision", Status.PENDING, None, open_, ())),
        (Item("Auto-Rollback", Status.OK, Assurance.IMPLEMENTED, None, ()),),
    )  # fmt: skip


def _problems() -> tuple[KnownProblem, ...]:
    return (
        KnownProblem("Old releases without index.php", None, True, False, None, "20251031_194038-80d6a856",
                     "Only new bundles <script>", ("staging/permissions/chown",)),
        KnownProblem("Open hub", "staging", False, True, msg("missing"), None, None, ()),
        KnownProblem("Unknown", None, None, False, None, None, None, ()),
    )  # fmt: skip


def _lost(host: HostFacts) -> Blocker:
    return Blocker(
        id=f"host/{host.id}",
        title=msg("{host:code} was not reached", host=host.address),
        critical=False,
        environment=host.environment,
        cause=host.reason or msg("The host did not answer."),
        impact=msg("Nothing on this host was seen; nothing about it is green."),
        since=None,
        blocks=(),
        remedy=msg("Make {host:code} reachable for docgen, then look again.", host=host.address),
        owner=None,
    )


def _blocker() -> Blocker:
    return Blocker(
        id="staging/permissions/chown",
        title=msg("Permissions Fix: {command:code} asks for a password", command="sudo"),
        critical=True,
        environment="staging",
        cause=msg(
            "The account {account:code} has no sudo rule without a password on Staging.", account="deploy"
        ),
        impact=msg("The new release is in place but not active. Staging runs on with the previous one."),
        since="2025-11-01T22:51:00Z",
        blocks=("staging/switch/current", "staging/smoke", "staging/release/approval", "elsewhere/unknown"),
        remedy=_REMEDY,
        owner="Platform team",
    )


def _steps() -> tuple[NextStep, ...]:
    return (
        NextStep(
            priority=1,
            horizon="now",
            title=msg("Add the sudo rule and check it."),
            environment="staging",
            goal=msg("{account:code} can run exactly this one command.", account="deploy"),
            expected=msg(
                "{command:code} names exactly the declared line; Permissions Fix is met.",
                command="sudo -n -l",
            ),
            command="docgen guide sudo --env staging",
            owner="Platform team",
            resolves=("staging/permissions/chown",),
        ),
        NextStep(
            priority=2,
            horizon="then",
            title=msg("Start the deployment to Staging again."),
            environment="staging",
            goal=msg("The new release becomes active."),
            expected=msg("13 of 13 steps, smoke tests 3 of 3."),
            command=None,
            owner=None,
            resolves=("staging/switch/current", "staging/smoke/health"),
        ),
        *(
            NextStep(
                priority=n,
                horizon="optional",
                title=msg("Renew the certificate."),
                environment="staging",
                goal=msg("The certificate is valid for longer than 14 days."),
                expected=msg("The check is met."),
                command=None,
                owner=None,
                resolves=(),
            )
            for n in (3, 4)
        ),
    )


def empty() -> Report:
    """A report in which nothing was checked."""
    return report()._replace(
        environments=(),
        sections=(),
        blockers=(),
        next_steps=(),
        flows=(),
        gates=(),
        readiness=(),
        standing=(),
        problems=(),
        hosts=(),
        overall=Light.GREY,
        coverage=Coverage(declared=0, observed=0, undetermined=0),
    )


def large(count: int) -> Report:
    """A report of `count` results, a tenth of them deviating, each with evidence."""
    statuses = [Status.FAIL if n % 10 == 0 else Status.OK for n in range(count)]
    results = [
        result(
            f"big/files/file-{n}",
            msg("file {path:code}", path=f"/srv/app/file-{n}"),
            status,
            aspect(None, "present", "present" if status is Status.OK else "missing", _VERDICTS[status]),
            aspect("owner", "deploy", "deploy"),
            evidence=(evidence(f"stat /srv/app/file-{n}"),),
        )
        for n, status in enumerate(statuses)
    ]
    section = SectionResult(
        id="big", name="Big", environment="staging", components=(component("big/files", "Files", *results),)
    )
    coverage = Coverage(declared=count, observed=count, undetermined=0)
    return report()._replace(sections=(section,), coverage=coverage)


def poisoned() -> Report:
    """The sample with :data:`HOSTILE` in every str that could come from a server or a spec."""
    poisoned: Report = _poison(report("staging", "prod"), "report")
    return poisoned


def _poison(value: object, field: str) -> Any:
    if isinstance(value, Message):
        # The id of a message is a literal of the code; only what is filled in comes from outside.
        return value.model_copy(update={"params": {k: _poison(v, k) for k, v in value.params.items()}})
    if isinstance(value, Frozen):
        return value.model_copy(update={k: _poison(getattr(value, k), k) for k in type(value).model_fields})
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_poison(v, k) for k, v in zip(value._fields, value, strict=True)))
    if isinstance(value, tuple):
        return tuple(_poison(v, field) for v in value)
    if not isinstance(value, str) or isinstance(value, Enum) or field in ("language", "timezone", "horizon"):
        return value
    return HOSTILE + value
