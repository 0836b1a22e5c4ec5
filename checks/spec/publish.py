"""The nightly run, as written: where readers find the hub, and who is told how the run went."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from checks.spec.access import Declared, SshOptions, secret_reference


def _address(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("expected an address such as https://docs.example.com")
    return value.rstrip("/")


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Reference = Annotated[str, AfterValidator(secret_reference)]


class Publish(Declared):
    """The nightly run of `docgen publish`."""

    address: Annotated[str, AfterValidator(_address)] | None = None
    """Where readers find the hub, for links in notifications."""
    ssh: SshOptions = SshOptions()
    """How to connect to the web server of `--to ssh://…`."""
    heartbeat: Reference | None = None
    """``{secret.NAME}``: an address that is asked when a run begins (`/start`), ends (nothing added) or fails (`/fail`), as
    healthchecks.io and its like want it."""
    notify: Annotated[list[Reference], BeforeValidator(_many)] = []
    """``{secret.NAME}``: where a digest of what changed goes, in the words of Apprise, such as `mailto://…` or `slack://…`."""
