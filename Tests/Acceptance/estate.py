"""A data directory with worlds and snapshots, what is done to them, and what must hold of it afterwards."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from cloud import Cloud
from http_client import Answer, Http

CONTROL = "/pocketstack/v1"
OLD, NEW = frozenset({"old"}), frozenset({"old", "new"})
"""The key pairs of a world when the snapshots were taken, and afterwards."""


def prefix(world: str) -> str:
    return "" if world == "default" else f"/worlds/{world}"


def token(http: Http, world: str) -> str:
    return http.token("admin", keystone=f"{prefix(world)}/identity/v3")[0]


def keys(http: Http, world: str, token: str) -> frozenset[str]:
    answer = http.get(f"{prefix(world)}/compute/v2.1/os-keypairs", token)
    assert answer.status == 200, f"{world}: {answer.status} {answer.text}"
    return frozenset(row["keypair"]["name"] for row in answer.json()["keypairs"])


def make_key(http: Http, world: str, token: str, name: str) -> int:
    path = f"{prefix(world)}/compute/v2.1/os-keypairs"
    return http.request("POST", path, {"keypair": {"name": name}}, token=token).status


def make_image(http: Http, world: str, token: str, size: int) -> None:
    image = f"{prefix(world)}/image/v2/images"
    made = http.request("POST", image, {"name": "i", "disk_format": "raw", "container_format": "bare"}, token=token)
    octets = {"Content-Type": "application/octet-stream"}
    stored = http.request("PUT", f"{image}/{made.json()['id']}/file", os.urandom(size), octets, token)
    assert stored.status == 204, stored.text


@dataclass(frozen=True)
class Deed:
    """A control call, and the key pairs that each world it touches may have before and after; `None` is no world."""

    name: str
    call: Callable[[Http, bytes], Answer]
    world: str = ""
    before: frozenset[str] | None = None
    after: frozenset[str] | None = None
    snapshot: str = ""


def _post(path: str, body: dict[str, object]) -> Callable[[Http, bytes], Answer]:
    return lambda http, archive: http.request("POST", CONTROL + path, body)


def _delete(path: str) -> Callable[[Http, bytes], Answer]:
    return lambda http, archive: http.request("DELETE", CONTROL + path)


DEEDS = [
    Deed("create", _post("/worlds", {"world": {"name": "made"}}), "made", None, frozenset()),
    Deed("fork", _post("/worlds", {"world": {"name": "made", "from": {"world": "default"}}}), "made", None, NEW),
    Deed("from snapshot", _post("/worlds", {"world": {"name": "made", "from": {"snapshot": "s"}}}), "made", None, OLD),
    Deed("reset", _post("/worlds/red/reset", {}), "red", NEW, OLD),
    Deed("delete", _delete("/worlds/red"), "red", NEW, None),
    Deed("restore", _post("/snapshots/s/restore", {"restore": {}}), "default", NEW, OLD),
    Deed("restore another's", _post("/snapshots/s/restore", {"restore": {"world": "red"}}), "red", NEW, OLD),
    Deed("snapshot", _post("/snapshots", {"snapshot": {"name": "t"}}), snapshot="t"),
    Deed("delete snapshot", _delete("/snapshots/s"), snapshot="s"),
    Deed("import", lambda http, archive: http.request("PUT", f"{CONTROL}/snapshots/t/import", archive), snapshot="t"),
    Deed("export", lambda http, archive: http.get(f"{CONTROL}/snapshots/s/export")),
]


@dataclass
class Witness:
    """Works in a world of its own while something is done to others: what it was told was made must be there."""

    base: str
    token: str
    made: set[str] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self) -> None:
        http = Http(self.base, timeout=30)
        try:
            while not self.stop.is_set():
                name = f"k{len(self.made)}"
                status = make_key(http, "calm", self.token, name)
                if status != 200:
                    self.refused.append(status)
                    return
                self.made.add(name)
        except (OSError, HTTPException):
            return

    def end(self) -> None:
        self.stop.set()
        self.thread.join(30)


class Estate:
    """Three worlds, a snapshot and an archive, made once and copied for each round."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.pattern = directory / "pattern"
        self.archive = b""
        with Cloud(("--data", str(self.pattern)), directory) as cloud:
            http = cloud.http()
            token_of_default = token(http, "default")
            make_key(http, "default", token_of_default, "old")
            for _ in range(20):
                make_image(http, "default", token_of_default, 3000)
            assert _post("/snapshots", {"snapshot": {"name": "s"}})(http, b"").status == 201
            self.archive = http.get(f"{CONTROL}/snapshots/s/export").body
            for world, source in [("red", {"snapshot": "s"}), ("calm", {"empty": True})]:
                assert _post("/worlds", {"world": {"name": world, "from": source}})(http, b"").status == 201
            for world in ("default", "red"):
                assert make_key(http, world, token(http, world), "new") == 200

    def copy(self, target: Path) -> Path:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.pattern, target)
        return target


def check(cloud: Cloud, data: Path, deed: Deed, answer: Answer | None, old: dict[str, str], made: set[str]) -> None:
    """What must hold after a deed that was cut off or refused, or that succeeded, once the server starts again."""
    with cloud:
        worlds, snapshots = _check_answers(cloud.http(), deed, answer, old, made)
    _check_files(data, worlds, snapshots)


def _check_answers(
    http: Http, deed: Deed, answer: Answer | None, old: dict[str, str], made: set[str]
) -> tuple[set[str], set[str]]:
    """Looks at worlds and snapshots as a client does; returns their names."""
    worlds = {row["name"] for row in http.get(f"{CONTROL}/worlds").json()["worlds"]}
    snapshots = {row["name"] for row in http.get(f"{CONTROL}/snapshots").json()["snapshots"]}
    done = answer is not None and answer.status < 300
    refused = answer is not None and answer.status >= 300
    if deed.world:
        found = keys(http, deed.world, token(http, deed.world)) if deed.world in worlds else None
        allowed = [deed.after] if done else [deed.before] if refused else [deed.before, deed.after]
        assert found in allowed, f"{deed.name}: {deed.world} has {found}, not one of {allowed}; {answer}"
    for world, kept in {"default": NEW, "red": NEW}.items():
        if world != deed.world:
            assert keys(http, world, token(http, world)) == kept, f"{deed.name} touched {world}"
    assert made <= keys(http, "calm", token(http, "calm")), f"{deed.name}: acknowledged key pairs are gone"
    _check_tokens(http, worlds, old)
    _check_snapshots(http, snapshots, deed, done)
    return worlds, snapshots


def _check_tokens(http: Http, worlds: set[str], old: dict[str, str]) -> None:
    """No token is good in a world that did not give it, whether it is of before or of now."""
    given = [*old.items(), *((world, token(http, world)) for world in worlds)]
    for world in worlds:
        for giver, its in given:
            status = http.get(f"{prefix(world)}/compute/v2.1/os-keypairs", its).status
            assert giver == world or status == 401, f"a token of {giver} is good in {world}: {status}"


def _check_snapshots(http: Http, snapshots: set[str], deed: Deed, done: bool) -> None:
    """Each that is listed is whole: a world can be made of it, with its images' bytes."""
    if deed.snapshot and done:
        assert (deed.snapshot in snapshots) == (not deed.name.startswith("delete")), f"{deed.name} did not last"
    for name in snapshots:
        source = {"world": {"name": "probe", "storage": "memory", "from": {"snapshot": name}}}
        probe = http.request("POST", f"{CONTROL}/worlds", source)
        assert probe.status == 201, f"{deed.name}: snapshot {name} is listed, and {probe.status} {probe.text}"
        its = token(http, "probe")
        assert "old" in keys(http, "probe", its)
        images = http.get("/worlds/probe/image/v2/images?limit=1000&name=i", its).json()["images"]
        assert len(images) == 20
        for image in images:
            assert http.get(f"/worlds/probe/image/v2/images/{image['id']}/file", its).status == 200
        assert http.request("DELETE", f"{CONTROL}/worlds/probe").status == 204


def _check_files(data: Path, worlds: set[str], snapshots: set[str]) -> None:
    """Each directory is a world's or a snapshot's, and each blob has a row."""
    seen = {path.name for path in data.iterdir() if not path.name.startswith(".")}
    assert seen == worlds, f"directories {seen}, worlds {worlds}"
    assert {path.name for path in (data / ".snapshots").glob("*")} == snapshots
    assert not list((data / ".building").glob("*")) and not (data / ".replaced").exists()
    assert {path.name for path in (data / ".worlds").glob("*")} <= worlds
    for world in worlds:
        with sqlite3.connect(data / world / "cloud.sqlite") as rows:
            wanted = {row[0] for row in rows.execute("SELECT id FROM image_blobs")}
            assert rows.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        rows.close()
        assert {path.stem for path in (data / world / "blobs").glob("*.blob")} == wanted, f"blobs of {world}"
