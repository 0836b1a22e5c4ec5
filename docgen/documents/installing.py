"""The file with the rules for sudo: how to install, test and take it back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from checks.knowledge.sudo.dropin import DropIn
from checks.knowledge.sudo.needs import Need
from checks.model import msg
from docgen.documents.interface import Block, Code, Paragraph

_NEGATIVE = (
    "/usr/bin/chown root /etc/shadow",
    "/usr/bin/chmod 777 /etc/shadow",
    "/usr/bin/systemctl edit nginx",
    "/usr/sbin/service nginx stop",
    "/bin/sh",
)


def install(drop: DropIn) -> Iterator[Block]:
    """How the file comes to its place: a block in which nothing goes on behind what failed."""
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
                f"install -o root -g root -m 0440 /dev/null {new} &&",
                f"cat > {new} <<'END_OF_RULES' &&",
                *drop.text.splitlines(),
                "END_OF_RULES",
                f"visudo -s -cf {new} &&",
                f"{{ test ! -e {drop.path} || cp -p {drop.path} /root/sudoers-{name}.before; }} &&",
                f"mv {new} {drop.path} &&",
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


def verify(drop: DropIn) -> Iterator[Block]:
    """How to see what may be run then, and what may not."""
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


def roll_back(drop: DropIn) -> Iterator[Block]:
    """How to take it back."""
    name = drop.path.rpartition("/")[2]
    yield Paragraph(msg("In the shell of root that stayed open:"))
    before = f"/root/sudoers-{name}.before"
    yield Code(f"if test -e {before}; then mv {before} {drop.path}; else rm {drop.path}; fi\nvisudo -c")
