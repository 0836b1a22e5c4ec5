"""Findings about rules of sudo: their names, how grave they are, and what to do. Pure."""

from __future__ import annotations

from typing import NamedTuple

from checks.model import Message, msg

SEVERITIES = ("critical", "high", "medium", "low", "info")
"""From the gravest on."""

FIXES = {
    "ALL_COMMANDS": msg("List the exact commands that are needed."),
    "NO_ARGS": msg('Write the exact arguments behind the command, or "" for none.'),
    "PERM_CHANGE": msg(
        "Do without: shared group with setgid and umask 0002, default ACLs, or a PHP-FPM pool of the account. "
        "Until then only: {command:code}",
        command="chown -R -h -P --from=www-data deploy:www-data /whole/path",
    ),
    "CHMOD_TREE_RACE": msg(
        "Remove the rule: who owns the files changes their modes without sudo, with {command:code}",
        command="chmod -R g+rwX",
    ),
    "CHOWN_TREE": msg(
        "Add {option:code}, so that nothing of root's is ever touched.", option="--from=www-data"
    ),
    "PARENT_WRITABLE": msg(
        "Let root own every folder above, writable for nobody else; or do it without root."
    ),
    "TRAILING_SLASH": msg("Remove the slash at the end."),
    "WILDCARD": msg("Write every command out, without wildcards."),
    "REGEX": msg("Write the few allowed texts out, each as a command of its own."),
    "REGEX_INVALID": msg("Correct the expression, or write the command out."),
    "RELATIVE_ARG": msg("Write the whole path, beginning with a slash."),
    "NEGATION": msg("Allow only what is needed, instead of taking away what is not."),
    "REMOVE": msg("Remove the rule; run it without root."),
    "EDITOR": msg(
        "Allow {command:code} of exactly this file instead, if its content may decide.", command="sudoedit"
    ),
    "PAGER": msg("Add {option:code}, or run it without sudo.", option="--no-pager"),
    "FILE": msg("Allow one whole path in folders of root, or let a group read or write it without sudo."),
    "INPUT": msg("Run it as the account of the application, or let it read only what root alone can write."),
    "WRITABLE_TARGET": msg(
        "Let the program belong to root, mode 0755, in a folder of root such as {path:code}",
        path="/usr/local/sbin",
    ),
    "DIGEST_BRITTLE": msg("Let root own the file, and drop the checksum."),
    "SERVICE": msg("Allow one action on one unit: {command:code}", command="/usr/bin/systemctl reload nginx"),
    "ENVIRONMENT": msg("Leave sudo its defaults for the environment."),
    "AUTH_OFF": msg("Remove the setting, and write {tag:code} to the rules that need it.", tag="NOPASSWD:"),
    "RUNAS": msg("Write as whom it runs: {users:code}, or the account of the application.", users="(root)"),
    "CALL": msg("Make call and rule the same: sudo compares text."),
    "GROUP_MEMBERSHIP": msg("Take the account out of the group."),
    "UID_NOT_COMMENT": msg("Write the name of the account; a comment has a blank after the number sign."),
    "ONE_RULE": msg("Write one rule a line, each command once."),
    "PASSWORD_REQUIRED": msg("Write {tag:code} to this rule only.", tag="NOPASSWD:"),
    "TTY_REQUIRED": msg(
        "Remove the setting {setting:code}, or take these commands out of it.", setting="requiretty"
    ),
    "HOST_MISMATCH": msg("Write ALL, or the name of this host."),
    "SYNTAX_ERROR": msg("Correct the line, and check it with {check:code}", check="visudo -s -cf FILE"),
    "FILE_NAME_IGNORED": msg("Give the file a name without a dot, and without ~ at its end."),
    "FILE_MODE": msg("As root: {command:code}", command="chown root:root FILE; chmod 0440 FILE"),
    "SUDOEDIT_CRITICAL_PATH": msg(
        "Use a script of root that checks the new content before it replaces the file."
    ),
    "NOEXEC_BREAKS": msg("Remove {tag:code} from this rule.", tag="NOEXEC:"),
    "UNUSED_GRANT": msg("Remove the rule."),
}
_SHARED = {
    "WILDCARD": ("WILDCARD_ARGS", "WILDCARD_PATH", "DIRECTORY_GRANT"),
    "REGEX": ("REGEX_UNSAFE", "REGEX_NEEDS_1_9_10", "SUDO_RS_INCOMPATIBLE"),
    "REMOVE": ("SHELL", "SHELL_ESCAPE", "INTERPRETER"),
    "FILE": ("FILE_READ", "FILE_WRITE"),
    "INPUT": ("PACKAGE_MANAGER", "CONTAINER", "WRITABLE_INPUT"),
    "SERVICE": ("SYSTEMCTL_WIDE", "SERVICE_WIDE"),
    "ENVIRONMENT": ("SETENV", "ENV_KEEP", "ENV_RESET_OFF", "SECURE_PATH_OFF"),
    "RUNAS": ("RUNAS_ALL", "RUNAS_IMPLICIT"),
    "CALL": ("RUNAS_MISMATCH", "RUNAS_MISSING_IN_CALL", "PIN_MISMATCH"),
    "ONE_RULE": ("ORDER_OVERRIDE", "DUPLICATE_RULE", "TAG_CARRY_OVER"),
    "SYNTAX_ERROR": ("UNDEFINED_ALIAS",),
}
_FIX_OF = {id_: shared for shared, ids in _SHARED.items() for id_ in ids}


class Hazard(NamedTuple):
    """What is wrong with a command. ``root``: it makes the account as good as root, if root runs it."""

    id: str
    severity: str
    message: Message
    root: bool = False


class Finding(NamedTuple):
    """What is wrong with ``rule`` in line ``line`` of ``file`` (empty and 0: of none). ``id`` names the sort."""

    id: str
    severity: str
    rule: str
    file: str
    line: int
    message: Message
    root: bool

    @property
    def fix(self) -> Message:
        """What to do."""
        return FIXES[_FIX_OF.get(self.id, self.id)]


def free(sort: str, program: str) -> Message:
    """Why a program of the catalogue is dangerous, called freely."""
    if sort == "PERM_CHANGE":
        return msg("{program:code} changes owners, modes, accounts or the system itself.", program=program)
    if sort == "SHELL":
        return msg("{program:code} starts a shell or any other command.", program=program)
    if sort == "INTERPRETER":
        return msg("{program:code} runs any code.", program=program)
    if sort == "EDITOR":
        return msg("From {program:code} a shell can be started, and any file written.", program=program)
    if sort == "PAGER":
        return msg(
            "{program:code} shows its output in a pager, from which a shell can be started.", program=program
        )
    if sort == "FILE_READ":
        return msg("{program:code} reads any file as root, passwords and keys too.", program=program)
    if sort == "FILE_WRITE":
        return msg("{program:code} writes or removes any file as root.", program=program)
    if sort == "PACKAGE_MANAGER":
        return msg("{program:code} runs the scripts of packages as root.", program=program)
    if sort == "CONTAINER":
        return msg("{program:code} reaches the whole host through containers.", program=program)
    if sort in ("SYSTEMCTL_WIDE", "SERVICE_WIDE"):
        return msg("{program:code} acts on any service, or runs what the caller names.", program=program)
    return msg("{program:code} can start other commands.", program=program)
