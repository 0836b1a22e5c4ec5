"""Logging in: from a target to an authenticated connection, or to the reason why there is none."""

from __future__ import annotations

import threading
import time
from typing import Any

import paramiko

from checks.model import Message, advised, code, msg
from checks.sources.forwarding import Forwarding
from checks.sources.identity import key_options
from checks.sources.known_hosts import UnknownHostKey, fingerprint, pinned
from checks.sources.reach import NO_BANNER, Address
from checks.sources.transport import NotReached
from checks.spec.spec import Host


def login(
    where: Address, sock: Any, host: Host, passphrase: str | None, deadline: float
) -> paramiko.SSHClient:
    """A login at `where`, over the connection `sock`, as `host` declares it and before `deadline` (of the monotonic
    clock). Raises :class:`NotReached`."""
    name, port, user = where
    shown = f"{name}:{port}"
    client = paramiko.SSHClient()
    pinned(client, host)
    options = key_options(host, passphrase)
    remaining = max(0.5, deadline - time.monotonic())
    watchdog = threading.Timer(remaining + 1, sock.close)
    watchdog.daemon = True
    watchdog.start()
    try:
        client.connect(
            name,
            port,
            user,
            sock=sock,
            timeout=remaining,
            banner_timeout=remaining,
            auth_timeout=remaining,
            channel_timeout=remaining,
            transport_factory=Forwarding,
            **options,
        )
    except paramiko.BadHostKeyException as error:
        changed = msg(
            "HOST KEY CHANGED for {host:code}: expected {expected:code}, got {got:code}. Nothing was sent.",
            host=shown,
            expected=fingerprint(error.expected_key),
            got=fingerprint(error.key),
        )
        advice = msg(
            "Ask the administrator of {host:code} whether the new key is the right one. Only then forget the old "
            "one, and pin the new one: {command:code}",
            host=shown,
            command=f"ssh-keygen -R '{name if port == 22 else f'[{name}]:{port}'}'"
            + (f" -f {host.known_hosts}" if host.known_hosts else ""),
        )
        raise NotReached(advised(changed, advice)) from error
    except UnknownHostKey as error:
        unknown = msg(
            "The host key of {host:code} is not pinned in {file:code}. It offers {got:code}.",
            host=shown,
            file=host.known_hosts or "~/.ssh/known_hosts",
            got=fingerprint(error.key),
        )
        advice = msg(
            "Compare the key that {host:code} offers with {check:code} on the server; if it is the same, add it with "
            "{command:code}",
            host=shown,
            check="ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
            command=f"ssh-keyscan -t {error.key.get_name().removeprefix('ssh-').split('-')[0]} -p {port} {name}"
            f" >> {host.known_hosts or '~/.ssh/known_hosts'}",
        )
        raise NotReached(advised(unknown, advice)) from error
    except paramiko.AuthenticationException as error:
        reason = msg(
            "{host:code} does not accept the login of {user:code} with {key}. Is the public key in the "
            "account's authorized_keys?",
            host=shown,
            user=user,
            key=code(host.identity) if host.identity else msg("the agent's and the usual keys"),
        )
        raise NotReached(reason) from error
    except paramiko.ssh_exception.IncompatiblePeer as error:
        reason = msg(
            "{host:code} offers no common algorithm: {error:code}. Its sshd needs an update.",
            host=shown,
            error=str(error),
        )
        raise NotReached(reason) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise NotReached(_failure(error, shown, remaining, _greeted(client))) from error
    finally:
        watchdog.cancel()
    return client


def _greeted(client: paramiko.SSHClient) -> bool:
    """Whether the server sent its banner before the connection failed."""
    transport = client.get_transport()
    return bool(transport and transport.remote_version)


def _failure(error: BaseException, shown: str, limit: float, greeted: bool) -> Message:
    text = str(error)
    if "No authentication methods" in text:
        return msg(
            "There is no key to log in to {host:code} with: neither the agent nor ~/.ssh has one. Name one with "
            "`identity`, or load one with {command:code}.",
            host=shown,
            command="ssh-add",
        )
    silent = "banner" in text or "No existing session" in text or isinstance(error, EOFError)
    if silent and not greeted:
        return NO_BANNER.model_copy(update={"params": {"host": shown, "limit": round(limit)}})
    if (
        silent
        or isinstance(error, TimeoutError)
        or "Timeout" in text
        or "timed out" in text
        or "closed" in text
    ):
        return msg(
            "{host:code} did not finish the SSH handshake within {limit:seconds}.",
            host=shown,
            limit=round(limit),
        )
    return msg(
        "The SSH connection to {host:code} failed: {error:code}",
        host=shown,
        error=text or type(error).__name__,
    )


def through(jump: paramiko.SSHClient, where: Address, deadline: float) -> Any:
    """A connection to `where` from `jump`. Raises :class:`NotReached`."""
    name, port, _ = where
    timeout = max(0.5, deadline - time.monotonic())
    transport = jump.get_transport()
    assert transport
    try:
        return transport.open_channel("direct-tcpip", (name, port), ("127.0.0.1", 0), timeout=timeout)
    except (paramiko.SSHException, OSError) as error:
        reason = msg(
            "The jump host could not reach {host:code}: {error:code}", host=f"{name}:{port}", error=str(error)
        )
        raise NotReached(reason) from error
