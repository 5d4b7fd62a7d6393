"""Memory comes back: after worlds and snapshots have ended, and after a long time of what clients should not do.

The long one runs under `make soak` only, for POCKETSTACK_SOAK_SECONDS (1200).
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

import pytest

from cloud import Cloud
from http_client import Http

CONTROL = "/pocketstack/v1"
SECONDS = float(os.environ.get("POCKETSTACK_SOAK_SECONDS", "1200"))
IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"


def resident(cloud: Cloud) -> int:
    """Megabytes of memory that the server holds."""
    lines = Path(f"/proc/{cloud.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) >> 10


def settled(cloud: Cloud, goal: int) -> int:
    """What the server comes down to: it gives memory back a little after worlds end, and again when threads idle."""
    deadline = time.monotonic() + 30
    while (found := resident(cloud)) > goal and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def fork_and_forget(http: Http, count: int) -> None:
    """Makes worlds, a snapshot in each, and ends the worlds."""
    names = []
    for _ in range(count):
        made = http.request("POST", f"{CONTROL}/worlds", {"world": {"from": {"world": "default"}}})
        names.append(made.json()["world"]["name"])
        saved = http.request("POST", f"/worlds/{names[-1]}{CONTROL}/snapshots", {"snapshot": {"name": "before"}})
        assert saved.status == 201, saved.text
    for name in names:
        assert http.request("DELETE", f"{CONTROL}/worlds/{name}").status == 204


def test_200_forks_with_a_snapshot_each_leave_memory_as_before(tmp_path: Path) -> None:
    with Cloud(("--memory",), tmp_path) as cloud:
        http = cloud.http()
        fork_and_forget(http, 200)
        before = settled(cloud, 0)
        fork_and_forget(http, 200)
        after = settled(cloud, before + 4)
        print(f"resident memory before {before} MB, after {after} MB")
        assert after <= before + 4
        assert http.get(f"{CONTROL}/snapshots").json()["snapshots"] == []


class Crowd:
    """Clients that do what they should not, each on a connection of its own."""

    def __init__(self, cloud: Cloud, kinds: list[Callable[[Http, random.Random], None]], seconds: float) -> None:
        self.cloud, self.end = cloud, time.monotonic() + seconds
        self.faults: list[str] = []
        self.count = 0
        threads = [threading.Thread(target=self._work, args=(kind, n)) for n, kind in enumerate(kinds)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 120)
            assert not thread.is_alive(), "a client has no end"

    def _work(self, kind: Callable[[Http, random.Random], None], number: int) -> None:
        client, dice = self.cloud.http(), random.Random(number)
        while time.monotonic() < self.end:
            try:
                kind(client, dice)
                self.count += 1
            except (OSError, HTTPException, AssertionError, KeyError) as error:
                self.faults.append(f"{kind.__name__}: {error!r}")
                return


def hostile(cloud: Cloud) -> list[Callable[[Http, random.Random], None]]:
    """Kinds of load: each is one thing that grows something, or costs much, where nothing bounds it."""
    demo, admin = cloud.http().token("demo")[0], cloud.http().token("admin")[0]
    patterns = [r"(a+)+$", r"(((.*)*)*)*\1x", r"((a{1,255}){1,255}){1,255}", "(" * 3000, "x*" * 3000 + "y", "[" * 99]

    def fine(answer_status: int) -> None:
        assert answer_status < 500, answer_status

    def expressions(http: Http, dice: random.Random) -> None:
        key = dice.choice(["name", "ip", "image"])
        fine(http.get(f"/compute/v2.1/servers?{key}={quote(dice.choice(patterns))}", demo).status)

    def distinct_queries(http: Http, dice: random.Random) -> None:
        path = dice.choice(["/compute/v2.1/flavors/detail", "/image/v2/images", "/identity/v3/users"])
        fine(http.get(f"{path}?name={dice.getrandbits(64)}", admin).status)
        fine(http.get(f"/compute/v2.1/flavors/detail?q={dice.getrandbits(64)}", demo).status)

    def logins(http: Http, dice: random.Random) -> None:
        user = {"name": "demo", "domain": {"id": "default"}, "password": str(dice.getrandbits(64))}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
        fine(http.request("POST", "/identity/v3/auth/tokens", body).status)
        http.token("demo")

    def bodies(http: Http, dice: random.Random) -> None:
        deep = "[" * 50_000
        fine(http.request("POST", "/compute/v2.1/servers", deep, {"Content-Type": "application/json"}, demo).status)
        big = json.dumps({"keypair": {"name": "x" * dice.randrange(100_000)}})
        fine(http.request("POST", "/compute/v2.1/os-keypairs", big, {"Content-Type": "application/json"}, demo).status)

    def servers(http: Http, dice: random.Random) -> None:
        server = {"name": f"s{dice.getrandbits(32)}", "flavorRef": "42", "imageRef": IMAGE}
        made = http.request("POST", "/compute/v2.1/servers", {"server": server}, token=demo)
        fine(made.status)
        if made.status == 202:
            fine(http.request("DELETE", f"/compute/v2.1/servers/{made.json()['server']['id']}", token=demo).status)

    def uploads(http: Http, dice: random.Random) -> None:
        raw = {"name": "i", "disk_format": "raw", "container_format": "bare"}
        image = http.request("POST", "/image/v2/images", raw, token=demo).json()["id"]
        octets = {"Content-Type": "application/octet-stream"}
        fine(http.request("PUT", f"/image/v2/images/{image}/file", bytes(1 << 20), octets, demo).status)
        fine(http.request("DELETE", f"/image/v2/images/{image}", token=demo).status)

    def worlds(http: Http, dice: random.Random) -> None:
        fork_and_forget(http, 3)

    def marks(http: Http, dice: random.Random) -> None:
        name = http.request("POST", f"{CONTROL}/marks", {"mark": {}}).json()["mark"]["name"]
        fine(http.get(f"{CONTROL}/leaks").status)
        fine(http.request("DELETE", f"{CONTROL}/marks/{name}").status)

    def followers(http: Http, dice: random.Random) -> None:
        """Follows the journal and never reads it."""
        slow = Http(cloud.base)
        slow.connection.request("GET", f"{CONTROL}/journal?follow=true")
        for _ in range(200):
            fine(http.get("/identity/v3").status)
        slow.close()

    return [expressions, distinct_queries, logins, bodies, servers, uploads, worlds, marks, followers]


@pytest.mark.soak
def test_memory_stays_where_it_was_under_hostile_load(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"fixture": {"journal_body_bytes": 65536}, "identity": {"password_hash_rounds": 4}}))
    with Cloud(("--data", str(tmp_path / "data"), "--config", str(config), "--log-level", "error"), tmp_path) as cloud:
        kinds = hostile(cloud)
        assert Crowd(cloud, kinds, 20).faults == []
        before = settled(cloud, 0)
        crowd = Crowd(cloud, kinds, SECONDS)
        after = settled(cloud, before + 64)
        print(f"{crowd.count} rounds; resident memory before {before} MB, after {after} MB")
        assert crowd.faults == []
        assert after <= before + 64
