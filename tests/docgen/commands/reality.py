"""A repository with documents, made by real git: what they say is so, until a test changes one or the other."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from checks.model import Verdict
from docgen.reality import checked

GATE = (
    "\n".join(
        f"          test -f release/{name}" for name in ("artisan", "composer.json", "public/index.php")
    )
    + "\n"
)
GATE += "\n".join(f"          test -d release/{name}" for name in ("bootstrap", "config", "routes", "app"))
BUILD = f"""name: Build Artifacts

on:
  push:
    branches: [main]

jobs:
  bundle:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Prepare Release Directory
        run: mkdir -p release
      - name: Verify Release Structure
        run: |
{GATE}
          test -f release/vendor/autoload.php
          test -f release/public/build/manifest.json
      - name: Create Tarball
        run: tar -czf bundle.tar.gz -C release .
"""
SCRIPT = '#!/bin/sh\nset -eu\n# switches the link\nrelease=$1\nln -sfn "releases/$release" current\nsystemctl reload nginx\n'
GUIDE = """# Deployment

## Gate

**Datei:** `.github/workflows/build.yml`

**Letzte Änderung:** Commit @COMMIT@ (2026-01-02)
**Step:** "Verify Release Structure"

The gate in `.github/workflows/build.yml`:

```yaml
- name: Verify Release Structure
  run: |
    # everything that a release needs
    test -f release/artisan
    test -f release/composer.json
    test -f release/public/index.php
    test -d release/bootstrap
    test -d release/config
    test -d release/routes
    test -d release/app
    test -f release/vendor/autoload.php
    test -f release/public/build/manifest.json
```

## Switch

The link is switched by `scripts/switch.sh` (lines 4-5), see [the rollback](ROLLBACK.md#going-back).
The list of hosts is in `config/hosts.ini`. It came with commit @COMMIT@.

- `config/hosts.ini`: `@DIGEST@`
- `app/README.md` is not part of it.

## Steps

What `.github/workflows/build.yml` does:

1. Prepare Release Directory
2. **Verify Release Structure** (9 checks of the gate)
3. Create Tarball

## Anhang

Siehe auch `ROLLBACK.md` (Zeilen 1–3), [oben](#gate) und [extern](https://example.com/nothing).
"""
ROLLBACK = """# Rollback

See [the guide](GUIDE.md#switch).

## Going back

Run `scripts/switch.sh` with the old release.
"""


class Repository:
    """A checkout in `folder`; each commit is a day after the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._day = folder, 0
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        stamp = f"2026-01-{self._day + 1:02d}T12:00:00Z"
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        env |= {f"GIT_{r}_{w}": v for r in ("AUTHOR", "COMMITTER")
                for w, v in (("NAME", "A"), ("EMAIL", "a@example.com"), ("DATE", stamp))}  # fmt: skip
        env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", "-C", str(self.folder), *words], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def read(self, path: str) -> str:
        return (self.folder / path).read_text("utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        """`new` for `old`, which must stand there once."""
        text = self.read(path)
        assert text.count(old) == 1, (path, old, text.count(old))
        self.write(path, text.replace(old, new))

    def commit(self, subject: str = "change") -> str:
        self._day += 1
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def found(self, *paths: str) -> list[Any]:
        """Everything that `docgen docs` finds out about `paths`."""
        names = tuple(str(self.folder / path) for path in paths or ("docs",))
        return list(checked(None, names, None, None, False).findings)

    def drifted(self, *paths: str) -> list[tuple[str, int, str]]:
        """File, line and sort of what drifted."""
        return [(f.file, f.line, f.sort) for f in self.found(*paths) if f.verdict is Verdict.DEVIATES]


def example(folder: Path) -> Repository:
    """The repository, with two documents of which every statement holds."""
    made = Repository(folder)
    made.write(".github/workflows/build.yml", BUILD)
    made.write("scripts/switch.sh", SCRIPT)
    made.write("config/hosts.ini", "[web]\nweb1\nweb2\n")
    first = made.commit("Files")
    digest = hashlib.sha256((folder / "config/hosts.ini").read_bytes()).hexdigest()
    made.write("docs/GUIDE.md", GUIDE.replace("@COMMIT@", first[:9]).replace("@DIGEST@", digest))
    made.write("docs/ROLLBACK.md", ROLLBACK)
    made.commit("Documents")
    return made
