"""``docgen publish --to s3://…``, with a real server that speaks S3: the pointer never names a release that is not whole."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from checks.errors import DocgenError
from docgen.hub import rules, run
from docgen.hub.bucket import Bucket
from docgen.hub.folder import KEEP, Busy, Folder, NoRelease, Unsent

from ...world.client import Client, Ran
from . import sample
from .test_far import release

HUB = "s3://docs/team/hub"
KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "s3cret-s3cret",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


class Store:
    """The objects below the hub."""

    def __init__(self, port: int) -> None:
        self.env = {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        self.s3: Any = boto3.client(
            "s3", endpoint_url=self.env["AWS_ENDPOINT_URL"], region_name="eu-central-1", aws_access_key_id="key",
            aws_secret_access_key="s3cret-s3cret",
        )  # fmt: skip
        self.s3.create_bucket(Bucket="docs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    def names(self, below: str = "") -> set[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="docs", Prefix=f"team/hub/{below}")
        return {one["Key"].removeprefix("team/hub/") for page in pages for one in page.get("Contents", ())}

    def get(self, name: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket="docs", Key=f"team/hub/{name}")["Body"].read()
        return body

    def put(self, name: str, content: bytes) -> None:
        self.s3.put_object(Bucket="docs", Key=f"team/hub/{name}", Body=content)

    def whole(self) -> str:
        """The release that the pointer names, when each of its objects is as its manifest says."""
        name = json.loads(self.get("current.json"))["release"]
        base = f"releases/{name}/"
        files = json.loads(self.get(f"{base}manifest.json"))["files"]
        assert self.names(base) == {base + one for one in (*files, "manifest.json", *run.FILES)}
        assert all(
            hashlib.sha256(self.get(base + one)).hexdigest() == its["sha256"] for one, its in files.items()
        )
        return str(name)


@pytest.fixture
def store() -> Iterator[Store]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        port = server.get_host_and_port()[1]
        urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/reset", data=b"").close()
        yield Store(port)
    finally:
        server.stop()


@pytest.fixture
def bucket(store: Store, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name, value in store.env.items():
        monkeypatch.setenv(name, value)
    return Bucket(HUB)


def test_the_same_hub_in_object_storage(store: Store, client: Client) -> None:
    sample.declared(client)

    def publish(*more: str) -> Ran:
        return client.docgen(
            "publish",
            "-c",
            "w/docgen.yml",
            "--from",
            "w/snapshot.json",
            "--no-pdf",
            "--to",
            HUB,
            *more,
            env=store.env,
        )

    ran = publish()
    assert (ran.code, ran.stderr) == (1, "") and HUB in ran.stdout, ran.everything
    first = store.whole()
    head = store.s3.head_object(Bucket="docs", Key=f"team/hub/releases/{first}/de/index.html")
    assert (head["ContentType"], head["CacheControl"]) == ("text/html; charset=utf-8", rules.CACHE)
    again = publish("--work", "elsewhere")  # another machine goes on where this one was
    assert again.code == 1 and store.whole() != first, again.everything
    assert len(Folder(client.folder / "elsewhere").releases()) == 2
    count, sent = (int(part.split()[-1]) for part in again.stdout.split(" of them sent")[0].split(" files, "))
    assert sent < count / 2
    back = client.docgen("hub", "rollback", "-c", "w/docgen.yml", "--to", HUB, env=store.env)
    assert back.code == 0 and store.whole() == first, back.everything
    refused = client.docgen("publish", "-c", "w/docgen.yml", "--from", "w/snapshot.json", "--to", HUB, "--no-pdf",
                            env={**store.env, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})  # fmt: skip
    assert refused.code == 4 and "nothing was published" in refused.stderr, refused.everything
    assert {one.partition("/")[0] for one in store.names()} == {"releases", "current.json"}
    assert b"s3cret" not in b"".join(p.read_bytes() for p in client.folder.rglob("*") if p.is_file())


def test_releases_come_and_go(store: Store, bucket: Bucket, tmp_path: Path) -> None:
    with bucket.locked() as held:
        assert (held.live, held.last()) == (None, None)
        with pytest.raises(NoRelease):
            held.back()
        with pytest.raises(Busy, match="remove lock"), bucket.locked():
            pass
    late = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    store.put("lock.json", json.dumps({"run": "of one that was killed", "until": late}).encode())
    for night in range(1, KEEP + 3):
        with bucket.locked() as held:
            held.mark(run.begun("2026-11-02T02:00:00Z", held.last()))
            assert held.send(release(tmp_path, f"r{night:02}")) == (6 if night == 1 else 4)
    kept = {one.split("/")[1] for one in store.names("releases/")}
    assert kept == {f"r{n:02}" for n in range(3, KEEP + 3)} and "lock.json" not in store.names()
    with bucket.locked() as held:
        assert held.back() == f"r{KEEP + 1:02}"
    with bucket.locked() as held:
        last = held.last()
        assert last and last.state == run.PUBLISHED
    store.put("releases/r99/de/index.html", b"half")
    with bucket.locked():
        assert not store.names("releases/r99/")


@pytest.mark.parametrize("step", range(1, 9))
def test_whatever_cannot_be_written_the_pointer_names_what_is_whole(
    store: Store, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    with bucket.locked() as held:
        held.send(release(tmp_path, "r01"))
    written = 0
    real = bucket._files.pipe_file

    def pipe(*args: Any, **options: Any) -> Any:
        nonlocal written
        written += 1
        if written == step:
            raise PermissionError("no")
        return real(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(bucket._files, "pipe_file", pipe)
        if step < 7:  # the lock, four objects, the pointer
            with pytest.raises(Unsent), bucket.locked() as held:
                held.send(release(tmp_path, "r02"))
        else:
            with bucket.locked() as held:
                held.send(release(tmp_path, "r02"))
    assert store.whole() == ("r01" if step < 7 else "r02")
    with bucket.locked() as held:
        held.send(release(tmp_path, "r03"))
    assert store.whole() == "r03"


@pytest.mark.parametrize(
    "given",
    ["s3://", "s3://b", "s3://Bucket/x", "s3://bucket/../x", "s3://bucket/a b", "s3://user:pw@bucket/x"],
)
def test_what_is_no_place(given: str) -> None:
    with pytest.raises(DocgenError, match="expected"):
        Bucket(given)
