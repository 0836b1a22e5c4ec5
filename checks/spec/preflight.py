"""How a release is tried on the real server, as written: ``preflight`` of an environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from checks.spec.access import Declared
from checks.units import Size


class Preflight(Declared):
    """Paths are absolute, or start at the environment's `root`."""

    gates: list[str] | None = None
    """The keys of `gates` that a release must pass. Default: all."""
    scratch: str = "."
    """Where the folder of its own is made, for as long as the preflight takes. Default: beside `releases`."""
    current: str = "current"
    """The link to the live release."""
    releases: str = "releases"
    """The folder of the releases."""
    shared: str = "shared"
    """The folder of what all releases share."""
    application: bool = True
    """Whether the release's own code may be tried: its autoloader, `artisan --version` and `artisan config:cache`."""
    php: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+$")] = "php"
    """The program that runs it, such as `php8.3`."""
    dotenv: str | None = None
    """An environment file, such as `shared/.env`, of which the tried release gets a copy. Without it, it is tried
    without any: no password of the application is touched."""
    ledger: str | None = None
    """A folder on the host in which the entry is written. Default: it is written on this machine."""
    reserve: Size = 100 * 1024 * 1024
    """What must stay free on the file system, in bytes."""
    max_size: Size = 4 * 1024**3
    """How large the unpacked bundle may be at most, in bytes."""
    max_members: Annotated[int, Field(ge=1)] = 250_000
    """How many files and folders may be in the bundle at most."""
    configuration: list[str] = ["shared/.env", "/etc/nginx", "/etc/php", "/etc/systemd/system", "/etc/cron.d"]
    """Files and folders whose content must be the same afterwards."""
    volatile: list[str] = ["shared/storage/logs", "shared/storage/framework"]
    """Where the running application writes all the time: new content there is told, and blocks nothing; another mode
    or owner does."""
