"""What a test gets: the running server, its switches, and docgen beside it.

After each test all is well again.
"""

from __future__ import annotations

import shlex
import subprocess
import textwrap
from pathlib import Path

from .client import Client, Ran
from .machine import Machine, Ports, free_ports, given, wait_for

PROD = "/var/www/api-gateway"
STAGING = "/var/www/api-gateway-staging"
RELEASE = "20251101_225026-4144baac"


class World(Client):
    """The server as it is when all is well, until a switch is thrown; ``root(command)`` does the rest."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        super().__init__(folder)
        self._machine = machine
        self.ports: Ports = machine.ports
        self.identity, self.ca = machine.identity, machine.ca
        self.host_key = machine.host_key
        self.known_hosts = self.pin(self.ports.ssh)
        self.silent, self.dribbling = machine.silent, machine.dribbling
        self.url = {
            "prod": f"http://127.0.0.1:{self.ports.prod}",
            "staging": f"http://127.0.0.1:{self.ports.staging}",
        }
        self.target = f"deploy@127.0.0.1:{self.ports.ssh}"
        self._stopped = self._second = False

    # --- docgen ---------------------------------------------------------------------------------------------

    def pin(self, *ports: int, key: str | None = None) -> Path:
        """A known_hosts file in which the server's key (or `key`) stands for each of `ports`."""
        return self.write(
            "known_hosts", "".join(f"[127.0.0.1]:{port} {key or self.host_key}\n" for port in ports)
        )

    def environments(self, port: int | None = None, *, prod: str = "", staging: str = "") -> str:
        """The head of a spec: project, language, and the environments prod and staging; with `port` another
        way to the same sshd. `prod` and `staging` are further lines of theirs."""
        head = [
            "project: API Gateway",
            "language: en",
            f"ssh: {{identity: {self.identity}, known-hosts: {self.known_hosts}, connect-timeout: 5s}}",
            "environments:",
        ]
        for name, root, more in (("prod", PROD, prod), ("staging", STAGING, staging)):
            head += [
                f"  {name}:",
                f"    host: deploy@127.0.0.1:{port or self.ports.ssh}",
                f"    root: {root}",
                f"    url: {self.url[name]}",
                *textwrap.indent(textwrap.dedent(more).strip(), "    ").splitlines(),
            ]
        return "\n".join(head) + "\n"

    def check(self, *checks: str, environment: str = "prod", port: int | None = None) -> Path:
        """A spec with one component "Component" that holds `checks` (YAML, one item each)."""
        return self.components({"Component": list(checks)}, environment=environment, port=port)

    def components(
        self, components: dict[str, list[str]], *, environment: str = "prod", port: int | None = None
    ) -> Path:
        """A spec with a section of `components`: name to checks. A check may hold several lines."""
        gates = "gates: {release-structure: [file: artisan, file: public/index.php, directory: app]}"
        lines = [
            self.environments(port),
            gates,
            "sections:",
            "  - name: Server",
            f"    environment: {environment}",
        ]
        lines.append("    components:")
        for name, checks in components.items():
            lines += [f"      - name: {name}", "        checks:"]
            for check in checks:
                first, *rest = textwrap.dedent(check).strip().splitlines()
                lines += [f"          - {first}", *(f"            {line}" for line in rest)]
        return self.spec("\n".join(lines) + "\n")

    def look(
        self,
        *checks: str,
        environment: str = "prod",
        port: int | None = None,
        arguments: tuple[str, ...] = (),
    ) -> Ran:
        """The status of `checks`, as JSON."""
        self.check(*checks, environment=environment, port=port)
        return self.status("--env", environment, *arguments)

    # --- the server -----------------------------------------------------------------------------------------

    def root(self, command: str, *, data: bytes | None = None, check: bool = True) -> str:
        """The output of a shell command run on the server as root."""
        return self._machine.root(command, data=data, check=check)

    @property
    def namespace(self) -> Path:
        """The name space of the server's processes, as the link /proc/PID/ns/pid names it."""
        return Path(f"/proc/{self._machine.pid}/ns/pid").readlink()

    def enter(self, *argv: str) -> list[str]:
        """The command line that runs `argv` on the server as root, for a process of the test's own."""
        return self._machine.enter(*argv)

    def ssh(
        self, command: str, *options: str, data: bytes | None = None, port: int | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """A command run on the server as deploy, over OpenSSH."""
        argv = self.openssh(*options, command, port=port)
        return subprocess.run(argv, **given(data), capture_output=True, timeout=600)

    def openssh(self, *rest: str, port: int | None = None) -> list[str]:
        """The command line of an OpenSSH client for this server."""
        options = {
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self.known_hosts,
            "GlobalKnownHostsFile": "none",
            "StrictHostKeyChecking": "yes",
            "BatchMode": "yes",
        }
        pairs = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return [
            *("ssh", "-F", "none", "-T", "-p", str(port or self.ports.ssh), "-i", str(self.identity)),
            *pairs,
            "deploy@127.0.0.1",
            *rest,
        ]

    def put(
        self, path: str, text: str | bytes = "", *, owner: str = "deploy:deploy", mode: str = "644"
    ) -> None:
        """A file on the server, with the folders above it."""
        data = text if isinstance(text, bytes) else text.encode()
        name = shlex.quote(path)
        self.root(
            f'mkdir -p -- "$(dirname -- {name})"; cat >{name}; chown {owner} -- {name}; chmod {mode} -- {name}',
            data=data,
        )

    def log(self) -> str:
        """What sshd logged since the test began."""
        return self.root("cat /world/sshd.log")

    def processes(self) -> list[str]:
        """Every process on the server, as ``user command``, sorted; not the one that asks."""
        lines = self.root("ps -eo pid=,ppid=,user:16=,args=").splitlines()
        rows = [line.split(None, 3) for line in lines]
        mine = {row[0] for row in rows if row[3].startswith("ps -eo")}
        return sorted(
            f"{user} {args}" for pid, _, user, args in rows if pid not in mine and "ps -eo" not in args
        )

    def files(self) -> dict[str, str]:
        """Everything that differs from the machine below, and everything in memory: path to mode, owner,
        group, inode, size, mtime and ctime. Access times are left out. A change to any file of the server
        shows here, because it is copied into the upper layer by it."""
        shown = "%p\\t%y %m %U %G %i %s %T@ %C@ %l\\0"
        out = self.root(
            "find /world/layers/*/upper /tmp /run /dev/shm -path /world/layers/0/upper/world -prune -o "
            f"-printf '{shown}'"
        )
        return dict(entry.split("\t", 1) for entry in out.split("\0") if entry)

    def reset(self) -> None:
        """All well again."""
        if self._second:
            self.root("kill $(cat /run/sshd-2.pid)")
            self._second = False
        self.root("sh /world/files/reset.sh; : >/world/sshd.log")
        if self._stopped:
            self.root("sh /world/files/services.sh")
            self._stopped = False
            for port in (self.ports.ssh, self.ports.prod, self.ports.php):
                wait_for(port)

    # --- switches; each holds until the test ends -----------------------------------------------------------

    def sudoers(self, *rules: str) -> None:
        """A drop-in with `rules` (none: no sudo at all)."""
        self.root(
            "cat >/etc/sudoers.d/deploy; chmod 440 /etc/sudoers.d/deploy",
            data=("\n".join(rules) + "\n").encode(),
        )
        self.root("visudo -s -cf /etc/sudoers.d/deploy")

    def service(self, name: str, **properties: str) -> None:
        """The unit with other properties: ``service("nginx", ActiveState="failed", SubState="failed")``."""
        edit = " ".join(f"-e 's/^{key}=.*/{key}={value}/'" for key, value in properties.items())
        unit = name if "." in name else f"{name}.service"
        self.root(f"sed -i {edit} /run/systemd-stand-in/{unit}")

    def service_down(self, name: str) -> None:
        self.service(name, ActiveState="failed", SubState="failed", MainPID="0", Result="exit-code")

    def no_systemd(self) -> None:
        """systemctl is there, and there is no systemd to answer it."""
        self.root("rm -r /run/systemd-stand-in /run/systemd")

    def http(self, state: str, environment: str = "prod") -> None:
        """500, redirect, wrong-body, silent, dribble or serve-dot-files."""
        assert state in {"500", "redirect", "wrong-body", "silent", "dribble", "serve-dot-files"}
        self.root(f": >/run/gateway/{environment}/{state}")

    def web_server_down(self) -> None:
        """Its ports are closed."""
        self._stopped = True
        self.root("kill $(cat /run/nginx.pid)")
        wait_for(self.ports.prod, open_=False)

    def host_down(self) -> None:
        """The SSH port is closed."""
        self._stopped = True
        self.root("kill $(cat /run/sshd.pid)")
        wait_for(self.ports.ssh, open_=False)

    def other_host_key(self) -> None:
        """The server keeps its key, and known_hosts holds another."""
        path = self.folder / "other"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        self.pin(self.ports.ssh, key=" ".join(path.with_suffix(".pub").read_text().split()[:2]))

    def second_machine(self) -> int:
        """Another machine, as far as a kernel can tell: a boot id of its own, the same files; its SSH port."""
        (port,) = free_ports(1)
        self.root(
            f"sed -e 's/:{self.ports.ssh}$/:{port}/' -e 's/^Port .*/Port {port}/' -e 's|sshd.pid|sshd-2.pid|' "
            "/etc/gateway/sshd_config >/etc/gateway/sshd_config_2; cat /proc/sys/kernel/random/uuid >/run/boot_id_2; "
            "unshare --mount sh -ec 'mount --bind /run/boot_id_2 /proc/sys/kernel/random/boot_id; "
            "exec /usr/sbin/sshd -f /etc/gateway/sshd_config_2 -E /world/sshd-2.log'"
        )
        wait_for(port)
        self._second = True
        self.pin(self.ports.ssh, port)
        return port

    def noisy_shell(self) -> None:
        """The login shell greets on both streams, before and after, whatever it is started for."""
        self.put(
            "/home/deploy/.bashrc",
            'echo "Welcome to gateway"; echo "noise $((6*7))" >&2; trap "echo bye" EXIT\n',
        )

    def denied(self, path: str) -> None:
        """Only root sees what is in the directory."""
        self.root(f"chown root:root -- {shlex.quote(path)}; chmod 700 -- {shlex.quote(path)}")

    def dangling(self, environment: str = "prod") -> None:
        """`current` points to a release that is gone."""
        root = PROD if environment == "prod" else STAGING
        self.root(f"ln -sfn {root}/releases/20251101_999999-deadbeef {root}/current")

    def outside(self, environment: str = "prod") -> None:
        """`current` points to a directory that is no release."""
        root = PROD if environment == "prod" else STAGING
        self.root(f"mkdir -p /srv/test/elsewhere; ln -sfn /srv/test/elsewhere {root}/current")

    def dump_in_web_root(self, environment: str = "prod") -> None:
        """A backup that anyone can fetch."""
        root = PROD if environment == "prod" else STAGING
        self.put(
            f"{root}/releases/{RELEASE}/public/backup.sql",
            "CREATE TABLE users (id INT); -- canary-dump-Yc39kDz6\n",
        )

    def file_system(
        self, path: str, *, size: str = "4m", used_kib: int = 0, inodes: int = 0, files: int = 0
    ) -> None:
        """A small file system of its own at `path`, filled as asked."""
        options = f"size={size},mode=0755" + (f",nr_inodes={inodes}" if inodes else "")
        self.root(
            f"mkdir -p {path}; mount -t tmpfs -o {options} small {path}; echo {path} >>/world/mounts; "
            f"head -c {used_kib * 1024} /dev/zero >{path}/filling; "
            f"i=0; while [ $i -lt {files} ]; do : >{path}/file$i; i=$((i+1)); done"
        )

    def missing_tool(self, name: str) -> None:
        """A program that answers as if it were not installed, for the account's commands."""
        self.root(f'real=$(command -v {name}); mv "$real" "$real.away"; echo "$real" >>/world/away')
