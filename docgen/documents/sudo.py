"""The guide to better sudo rules: what is wrong, what to do without sudo, what to write, install, test, take back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from checks.knowledge.sudo.dropin import DropIn
from checks.knowledge.sudo.findings import Finding
from checks.knowledge.sudo.judge import Judged
from checks.knowledge.sudo.needs import Need
from checks.model import Message, msg
from docgen.documents.interface import Block, Code, Paragraph, Point, Points, Section

SEVERITY = {
    "critical": msg("critical"),
    "high": msg("high"),
    "medium": msg("medium"),
    "low": msg("low"),
    "info": msg("note"),
}
_NEGATIVE = (
    "/usr/bin/chown root /etc/shadow",
    "/usr/bin/chmod 777 /etc/shadow",
    "/usr/bin/systemctl edit nginx",
    "/usr/sbin/service nginx stop",
    "/bin/sh",
)


def compose(user: str, judged: Judged, drop: DropIn | None) -> tuple[Message, tuple[Section, ...]]:
    """Title and sections. `drop` None: it is not known what is needed."""
    sections = [Section(msg("Verdict"), tuple(_verdict(user, judged, drop)))]
    if judged.findings:
        sections.append(Section(msg("What is wrong"), tuple(_findings(judged.findings))))
    sections.append(Section(msg("First, without sudo"), tuple(_without())))
    if drop:
        sections.append(Section(msg("The rules"), tuple(_rules(drop))))
    if drop and drop.text:
        sections += [
            Section(msg("Install"), tuple(_install(drop))),
            Section(msg("Verify"), tuple(_verify(drop))),
            Section(msg("Roll back"), tuple(_roll_back(drop))),
        ]
    sections.append(Section(msg("Justified deviations"), tuple(_deviations())))
    sections.append(Section(msg("What was assumed"), (_points(judged.assumed),)))
    return msg("Rights through sudo: {user:code}", user=user), tuple(sections)


def _points(texts: list[Message]) -> Points:
    return Points(tuple(Point(text) for text in texts))


def _verdict(user: str, judged: Judged, drop: DropIn | None) -> Iterator[Block]:
    if judged.grants_root:
        said = msg("The rules make {user:code} as good as root.", user=user)
    else:
        said = msg("No rule was found that makes {user:code} as good as root.", user=user)
    yield Paragraph(said)
    if drop is None:
        yield Paragraph(
            msg("What the account needs was not given: whether something is missing is not known.")
        )
    elif judged.missing:
        yield Paragraph(msg("Missing, or not to be had without a password:"))
        yield Code("\n".join(judged.missing))
    elif drop.granted or drop.refused:
        yield Paragraph(msg("Every command that is needed may be run without a password."))


def _findings(findings: list[Finding]) -> Iterator[Block]:
    for finding in findings:
        where = f"{finding.file}:{finding.line}" if finding.line else finding.file or "–"
        yield Paragraph(
            msg(
                "{id:code} ({severity}), {where:code}: {message}",
                id=finding.id,
                severity=SEVERITY[finding.severity],
                where=where,
                message=finding.message,
            )
        )
        if finding.rule:
            yield Code(finding.rule)
        yield _points([msg("Instead: {fix}", fix=finding.fix)])


def _without() -> Iterator[Block]:
    yield Paragraph(msg("What needs no sudo cannot be misused through sudo. From the best way on:"))
    yield _points(
        [
            msg(
                "A PHP-FPM pool that runs as the account ({setting:code}): no owner has to be changed any more. The "
                "price: a hole in the application can then write its code; so let the releases belong to another account.",
                setting="user = deploy, group = www-data",
            ),
            msg(
                "A shared group: folders with setgid (2775), files 664, and {setting:code} in the unit of PHP-FPM. With "
                "umask 022 in PHP it fails; a new group counts from the next login on.",
                setting="UMask=0002",
            ),
            msg(
                "Default ACLs ({command:code}), whatever the umask. They fail where a program asks for 0755 or 0644 "
                "itself, as Laravel does for new folders; {check:code} shows it as {mark:code}.",
                command="setfacl -R -d -m u:deploy:rwX,u:www-data:rwX,m:rwx DIR",
                check="getfacl",
                mark="#effective:",
            ),
            msg(
                "Reloading through polkit instead of sudo: one rule for {action:code} with this account, this verb and "
                "this unit, from polkit 0.106 on; then {command:code}",
                action="org.freedesktop.systemd1.manage-units",
                command="systemctl --no-ask-password reload nginx",
            ),
            msg(
                "Modes are changed by whom the files belong to: {command:code} needs no root. As root it must not be "
                "allowed, not even with a fixed path.",
                command="chmod -R g+rwX DIR",
            ),
        ]
    )


def _rules(drop: DropIn) -> Iterator[Block]:
    if drop.text:
        yield Paragraph(msg("The whole content of {path:code}:", path=drop.path))
        yield Code(drop.text)
        yield Paragraph(
            msg("sudo compares text: a call has to be written exactly like the rule, with the whole path.")
        )
    else:
        yield Paragraph(msg("There is no rule to write."))
    for need, why in drop.refused:
        yield Paragraph(
            msg(
                "Not in it, because it would give root away or cannot be written: {line:code}", line=need.line
            )
        )
        yield _points(why)


def _install(drop: DropIn) -> Iterator[Block]:
    new = f"{drop.path}.new"
    name = drop.path.rpartition("/")[2]
    yield Paragraph(
        msg(
            "As root, in a second shell that stays open until everything is tested. sudo passes over the name with a "
            "dot, so that nothing counts before it was checked."
        )
    )
    yield Code(
        "\n".join(
            [
                f"install -o root -g root -m 0440 /dev/null {new}",
                f"cat > {new} <<'END_OF_RULES'",
                *drop.text.splitlines(),
                "END_OF_RULES",
                f"visudo -s -cf {new}",
                f"test ! -e {drop.path} || cp -p {drop.path} /root/sudoers-{name}.before",
                f"mv {new} {drop.path}",
                "visudo -c",
            ]
        )
    )
    yield Paragraph(
        msg("The last command has to name {path:code} with {said:code}.", path=drop.path, said="parsed OK")
    )


def _call(need: Need) -> str:
    """Asks sudo whether, and runs nothing."""
    user = [] if need.user == "root" else ["-u", need.user]
    group = ["-g", need.group] if need.group else []
    return f"LC_ALL=C LANGUAGE=C {shlex.join(['sudo', '-k', '-n', *user, *group, '-l', *need.argv])}"


def _verify(drop: DropIn) -> Iterator[Block]:
    yield Paragraph(
        msg(
            "As the account. Each of these has to end with 0; they only ask and run nothing. That no password is "
            "asked for stands in {command:code}: {tag:code} before each.",
            command="sudo -n -l",
            tag="NOPASSWD:",
        )
    )
    asked = [need for need in drop.granted if need.argv[0] != "sudoedit"]
    yield Code("\n".join(_call(need) for need in asked) or "sudo -n -l")
    yield Paragraph(msg("Each of these has to end with 1:"))
    granted = {" ".join(need.argv) for need in drop.granted}
    yield Code(
        "\n".join(f"LC_ALL=C LANGUAGE=C sudo -k -n -l {one}" for one in _NEGATIVE if one not in granted)
    )


def _roll_back(drop: DropIn) -> Iterator[Block]:
    name = drop.path.rpartition("/")[2]
    yield Paragraph(msg("In the shell of root that stayed open:"))
    before = f"/root/sudoers-{name}.before"
    yield Code(f"if test -e {before}; then mv {before} {drop.path}; else rm {drop.path}; fi\nvisudo -c")


def _deviations() -> Iterator[Block]:
    yield _points(
        [
            msg(
                "No password (CIS Debian 12, 5.2.4; STIG UBTU-22-432010, UBTU-24-300021): nobody is there to type one "
                "during a deployment. In return every command and every argument is fixed (ANSSI BP-028 R42, R43)."
            ),
            msg(
                "No {terminal:code} (ANSSI BP-028 R39): a deployment over SSH has no terminal. No {exec:code}: it breaks "
                "programs that are scripts, such as {service:code}.",
                terminal="requiretty",
                exec="noexec",
                service="service",
            ),
        ]
    )
