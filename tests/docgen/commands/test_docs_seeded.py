"""``docgen docs`` over many documents at once, as people write them: German, English and French; tables, nested lists,
admonitions, HTML, JSON. What was put in is found, and nothing else."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from docgen.cli import main_group

_spec = importlib.util.spec_from_file_location("reality", Path(__file__).with_name("reality.py"))
assert _spec and _spec.loader
reality = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reality)

SEEDED = Path(__file__).with_name("seeded.txt").read_text("utf-8")
WORKFLOWS = Path(__file__).parents[3] / "docgen/demo/workflows"
FILES = {
    "scripts/backup_db.sh": "#!/bin/sh\nset -eu\n"
    'mysqldump --single-transaction shop | gzip > "$1"\nsha256sum "$1" > "$1.sha256"\n',
    "scripts/old_switch.sh": "#!/bin/sh\n# the old way\nset -eu\n"
    'ln -sfn "releases/$1" current\nsudo systemctl reload nginx\n',
    "scripts/cleanup.sh": "#!/bin/sh\nset -eu\nls -1 releases | sort | head -n -5 | xargs rm -rf\n",
    "config/app.php": "<?php\n\nreturn [\n    'name' => 'API Gateway',\n    'env' => env('APP_ENV', 'production'),\n"
    "    'debug' => (bool) env('APP_DEBUG', false),\n    'url' => env('APP_URL'),\n    'timezone' => 'Europe/Berlin',\n"
    "    'locale' => 'de',\n    'cipher' => 'AES-256-CBC',\n    'maintenance' => ['driver' => 'file'],\n];\n",
    "config/queue.php": "<?php\nreturn ['default' => 'redis', 'retry_after' => 90];\n",
    "config/nginx/site.conf": "server {\n    listen 443 ssl;\n    server_name www.example.com;\n"
    "    root /var/www/api-gateway/current/public;\n    location / { try_files $uri /index.php?$query_string; }\n}\n",
    "artisan": "#!/usr/bin/env php\n",
    "composer.json": '{"name": "acme/api-gateway"}\n',
    "routes/api.php": "<?php\n",
    "app/Http/Kernel.php": "<?php\n",
    "public/index.php": "<?php\n",
    "Makefile": "test:\n\tvendor/bin/pest\n",
    "README.md": "# API Gateway\n\nSee [docs](docs/).\n",
    "docs/img/flow.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>\n",
}
SPEC = """project: Shop
github: {repository: acme/api-gateway, answers: answers, checkout: .}
environments:
  prod: {host: local, root: /srv/shop}
"""


def documents() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Every document: its text, and what is to be found: in the line with which text, of which sort."""
    made = {}
    for part in SEEDED.split("\n##### ")[1:]:
        head, _, body = part.partition("\n")
        lines = body.split("\n")
        wanted = [line[2:].split(" :: ") for line in lines if line.startswith("? ")]
        text = "\n".join(line for line in lines if not line.startswith("? "))
        made[head.split()[1]] = text, [(text, sort) for text, sort in wanted]
        assert (head.split()[0] == "drifted") == bool(wanted)
    return made


def seeded(folder: Path) -> Any:
    """The repository, in which the documents are older than the last changes."""
    made = reality.Repository(folder)
    for file in WORKFLOWS.glob("*.yml"):
        made.write(f".github/workflows/{file.name}", file.read_text("utf-8"))
    for path, text in FILES.items():
        made.write(path, text)
    commit = made.commit()
    digests = {name: hashlib.sha256(FILES[path].encode()).hexdigest()
               for name, path in (("BACKUP", "scripts/backup_db.sh"), ("CLEANUP", "scripts/cleanup.sh"))}  # fmt: skip
    words = {
        "BUILD": "build-artifacts.yml",
        "STAGING": "deploy-staging.yml",
        "PRODUCTION": "deploy-production.yml",
    }
    words = {name: f".github/workflows/{file}" for name, file in words.items()}
    words |= {
        **digests,
        **{f"{k}UPPER": v.upper() for k, v in digests.items()},
        "CLEANUPSHORT": digests["CLEANUP"][:-1],
    }
    for name, (text, _) in documents().items():
        text = re.sub(r"@COMMIT(\d+)@", lambda match: commit[: int(match[1])], text)
        made.write(f"docs/{name}", re.sub(r"@([A-Z]+)@", lambda match: words[match[1]], text))
    made.commit("Documents")
    made.git("rm", "-q", "scripts/old_switch.sh", "config/queue.php")
    made.commit("Gone")
    made.replace(
        "config/app.php",
        "return [\n",
        "use Illuminate\\Support\\Str;\nuse Illuminate\\Support\\Env;\n\nreturn [\n",
    )
    made.commit("Grown")
    runs = [{"id": id_, "head_sha": commit, "status": "completed"} for id_ in (19003049369, 19003120779)]
    answer = json.dumps({"total_count": 2, "workflow_runs": runs})
    made.write("answers/repos/acme/api-gateway/actions/workflows/build-artifacts.yml/runs.json", answer)
    made.write("docgen.yml", SPEC)
    return made


def test_all_that_was_put_in_is_found_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = seeded(tmp_path)
    monkeypatch.chdir(tmp_path)
    data = json.loads(CliRunner().invoke(main_group, ["docs", "-f", "json"], catch_exceptions=False).stdout)
    found = {document["path"].removeprefix("docs/"): document["statements"] for document in data["documents"]}
    every = documents()
    assert len([1 for _, wanted in every.values() if wanted]) >= 80 and len(every) >= 120
    problems = []
    for name, (_, wanted) in every.items():
        lines = repository.read(f"docs/{name}").split("\n")
        wrong = [one for one in found[name] if one["verdict"] == "deviates"]
        for text, sort in wanted:
            at = [n for n, line in enumerate(lines, 1) if text in line]
            if not any(one["line"] in at and one["sort"] == sort for one in wrong):
                problems.append(("missed", name, text))
        right = [(n, sort) for text, sort in wanted for n, line in enumerate(lines, 1) if text in line]
        problems += [("invented", name, one) for one in wrong if (one["line"], one["sort"]) not in right]
    assert problems == []
