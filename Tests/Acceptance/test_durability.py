"""A create that was acknowledged survives `kill -9` at any moment.

Sixty-four clients create servers, each on its own keep-alive connection; the server is killed in the midst of it and
started again on the same directory. Every server whose 202 arrived must be there and become ACTIVE, and the database
must pass SQLite's own check. POCKETSTACK_KILL_ROUNDS sets how often (5).
"""

from __future__ import annotations

import http.client
import os
import random
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from cloud import Cloud
from http_client import Http, endpoint

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
FLAVOR = "16"
ROUNDS = int(os.environ.get("POCKETSTACK_KILL_ROUNDS", "5"))
CLIENTS = 64


class Crowd:
    """The clients of one round. `acknowledged` holds the ids of the servers whose answer was read to its end."""

    def __init__(self, compute: str, token: str) -> None:
        self.compute, self.token = compute, token
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self.threads = [threading.Thread(target=self._create, args=(n,), daemon=True) for n in range(CLIENTS)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive(), "a client still waits for a server that is dead"

    def _create(self, number: int) -> None:
        """Creates until the connection breaks, which is how the kill looks from here."""
        client = Http(self.compute, timeout=20)
        count = 0
        while not self.refused:
            server = {"name": f"server-{number}-{count}", "flavorRef": FLAVOR, "imageRef": IMAGE}
            try:
                answer = client.request("POST", "/servers", {"server": server}, token=self.token)
            except (OSError, http.client.HTTPException):
                return
            if answer.status != 202:
                self.refused.append(f"{answer.status} {answer.text}")
                return
            self.acknowledged.append(answer.json()["server"]["id"])
            count += 1


def servers(cloud: Cloud, query: str = "") -> set[str]:
    """The ids of all servers, page by page, with a login of its own as a restart must not need the old one."""
    client = cloud.http()
    token, document = client.token("demo")
    compute = Http(endpoint(document, "compute"))
    found: set[str] = set()
    marker = ""
    while True:
        page = compute.get(f"/servers?limit=1000{query}{marker}", token)
        assert page.status == 200, page.text
        ids = [row["id"] for row in page.json()["servers"]]
        assert found.isdisjoint(ids), "a server is on two pages"
        found |= set(ids)
        if "servers_links" not in page.json():
            return found
        marker = f"&marker={ids[-1]}"


def check(database: Path) -> None:
    """SQLite's own opinion of the file, with the log that the kill left beside it."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


@pytest.mark.durability
def test_acknowledged_servers_survive_a_kill(tmp_path: Path) -> None:
    data = tmp_path / "data"
    config = Path(__file__).parent / "unlimited.json"
    cloud = Cloud(("--data", str(data), "--config", str(config)), tmp_path)
    dice = random.Random(20)
    promised: set[str] = set()
    for number in range(ROUNDS):
        cloud.start()
        token, document = cloud.http().token("demo")
        crowd = Crowd(endpoint(document, "compute"), token)
        crowd.start()
        moment = dice.uniform(0.05, 1.5)
        time.sleep(moment)
        cloud.kill()
        crowd.join()
        assert not crowd.refused, crowd.refused[0]
        promised |= set(crowd.acknowledged)
        databases = [path for path in data.rglob("*") if path.suffix in (".db", ".sqlite", ".sqlite3")]
        assert databases, sorted(data.rglob("*"))

        cloud.start()
        lost = promised - servers(cloud)
        assert not lost, f"round {number}: {len(lost)} of {len(promised)} acknowledged servers are gone"
        deadline = time.monotonic() + 60
        while waiting := promised - servers(cloud, "&status=ACTIVE"):
            assert time.monotonic() < deadline, f"round {number}: {len(waiting)} servers are still not ACTIVE"
            time.sleep(0.2)
        cloud.stop()
        for database in databases:
            check(database)
        print(f"round {number + 1}: killed after {moment:.2f} s, {len(crowd.acknowledged)} acknowledged, none lost")
    assert len(promised) >= ROUNDS, "hardly anything was created: the test shows nothing"


class Upload:
    """An image of 8 MB whose client sends half of its bytes, and the rest when it is told to."""

    SIZE = 8 << 20

    def __init__(self, image: str, token: str) -> None:
        http = Http(image, timeout=30)
        raw = {"name": "i", "disk_format": "raw", "container_format": "bare"}
        self.id = http.request("POST", "/v2/images", raw, token=token).json()["id"]
        self.data = random.Random(self.id).randbytes(self.SIZE)
        http.connection.putrequest("PUT", f"{http.prefix}/v2/images/{self.id}/file")
        octets = {"Content-Type": "application/octet-stream", "X-Auth-Token": token}
        for name, value in {**octets, "Content-Length": str(self.SIZE)}.items():
            http.connection.putheader(name, value)
        http.connection.endheaders(self.data[: self.SIZE // 2])
        self.http = http

    def finish(self) -> None:
        self.http.connection.send(self.data[self.SIZE // 2 :])
        assert self.http.connection.getresponse().status == 204


def image_files(data: Path) -> dict[str, int]:
    """The bytes of users' images on the disk, whole or not, and their sizes."""
    names = ("*.blob", "*.partial*")
    return {path.name: path.stat().st_size for name in names for path in data.rglob(name)}


@pytest.mark.durability
def test_image_bytes_survive_a_kill(tmp_path: Path) -> None:
    """Of 32 uploads the four whose 204 arrived are whole after the kill; the others are queued, and have no bytes."""
    data = tmp_path / "data"
    cloud = Cloud(("--data", str(data)), tmp_path).start()
    before = image_files(data)
    token, document = cloud.http().token("demo")
    uploads = [Upload(endpoint(document, "image"), token) for _ in range(32)]
    done, cut = uploads[:4], uploads[4:]
    for upload in done:
        upload.finish()
    images = Http(endpoint(document, "image"))
    deadline = time.monotonic() + 30
    while sum(size > 0 and ".partial" in name for name, size in image_files(data).items()) < len(cut):
        assert time.monotonic() < deadline, f"not all uploads are under way: {image_files(data)}"
        time.sleep(0.05)
    assert {images.get(f"/v2/images/{upload.id}", token).json()["status"] for upload in cut} == {"saving"}
    cloud.kill()

    cloud.start()
    token, document = cloud.http().token("demo")
    images = Http(endpoint(document, "image"))
    for upload in done:
        assert images.get(f"/v2/images/{upload.id}/file", token).body == upload.data
    for upload in cut:
        image = images.get(f"/v2/images/{upload.id}", token).json()
        assert (image["status"], image["size"], image["checksum"]) == ("queued", None, None)
        assert images.get(f"/v2/images/{upload.id}/file", token).status == 204
    after = image_files(data)
    assert all(before[name] == after[name] for name in before)
    assert [after[name] for name in after.keys() - before.keys()] == [Upload.SIZE] * len(done)

    again = Upload(endpoint(document, "image"), token)
    again.finish()
    assert images.get(f"/v2/images/{again.id}/file", token).body == again.data
    cloud.stop()


def test_a_token_survives_a_restart(tmp_path: Path) -> None:
    cloud = Cloud(("--data", str(tmp_path / "data")), tmp_path).start()
    token, document = cloud.http().token("demo")
    assert cloud.stop() == 0
    cloud.port = int(cloud.auth_url.split(":")[2].split("/")[0])
    cloud.start()
    assert Http(endpoint(document, "compute")).get("/servers", token).status == 200
    assert cloud.stop() == 0
