"""Measures whether many servers make the cloud slow: the same requests with 1,000 and with 100,000 servers.

  scale.py [--servers N] [--projects N] [--rounds N] [--seconds S]

Both clouds run side by side and take turns, and what is compared is the CPU of their processes for one answer.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Tests" / "Acceptance")]

import processes  # noqa: E402
from bench import FLAVOR, IMAGE, Broken, cost, time_start  # noqa: E402
from cloud import Cloud  # noqa: E402
from http_client import Http, endpoint  # noqa: E402
from nginx import free_port  # noqa: E402

SMALL = 1000
BATCH = 1000
STOPPED = 10
RATIO, SECONDS, MEGABYTES, READY = 1.3, 300, 300, 100


class Crowd:
    """A cloud with so many servers in so many projects."""

    def __init__(self, directory: Path, servers: int, projects: int) -> None:
        self.servers, self.projects = servers, [f"project-{n:03}" for n in range(projects)]
        directory.mkdir()
        config = directory / "config.json"
        config.write_text(json.dumps(self._configuration()))
        arguments = ("--data", str(directory / "data"), "--config", str(config), "--log-level", "error")
        self.cloud = Cloud(arguments, directory, free_port()).start()
        self.token, document = self.cloud.http().token("admin")
        self.compute = endpoint(document, "compute")

    def _configuration(self) -> dict[str, Any]:
        roles = {"admin": ["admin"]} | {name: ["member"] for name in self.projects}
        return {
            "compute": {"quota": {"instances": -1, "cores": -1, "ram": -1}},
            "seed": {
                "projects": [{"name": name} for name in ("admin", *self.projects)],
                "users": [{"name": "admin", "password": "secret", "roles": roles}],
            },
        }

    def fill(self) -> float:
        """Makes the servers through the API, at most a thousand a request; the seconds until all are ACTIVE."""
        begun = time.monotonic()
        http = Http(self.compute, timeout=300)
        share = self.servers // len(self.projects)
        for project in self.projects:
            token, _ = self.cloud.http().token("admin", project)
            left = share
            while left:
                count = min(left, BATCH)
                server = {"name": "crowd", "flavorRef": FLAVOR, "imageRef": IMAGE, "min_count": count}
                made = http.request("POST", "/servers", {"server": server | {"max_count": count}}, token=token)
                if made.status != 202:
                    raise Broken(f"cannot create servers: {made.status} {made.text}")
                left -= count
        while http.get("/servers?all_tenants=1&limit=1&status=BUILD", self.token).json()["servers"]:
            time.sleep(0.1)
        return time.monotonic() - begun

    def paths(self) -> dict[str, str]:
        """What is asked, with the ids of this cloud: a marker nine tenths down the list, a server in the middle."""
        http = Http(self.compute, timeout=300)
        ids: list[str] = []
        while True:
            after = f"&marker={ids[-1]}" if ids else ""
            page = http.get(f"/servers?all_tenants=1&limit=1000{after}", self.token).json()["servers"]
            ids += [row["id"] for row in page]
            if len(page) < 1000:
                break
        if len(ids) != self.servers:
            raise Broken(f"{len(ids)} of {self.servers} servers are there")
        self._stop(ids[:: len(ids) // STOPPED][:STOPPED])
        deep, middle = ids[len(ids) * 9 // 10], ids[len(ids) // 2]
        return {
            "a page of 1000 in detail": "/servers/detail?all_tenants=1&limit=1000",
            "a filtered list: the 10 that are stopped": "/servers/detail?all_tenants=1&status=SHUTOFF",
            "a filtered list: 10 by name": "/servers/detail?all_tenants=1&name=crowd-7&limit=10",
            "a page of 10 behind a marker deep down": f"/servers/detail?all_tenants=1&limit=10&marker={deep}",
            "a single server": f"/servers/{middle}",
        }

    def _stop(self, ids: list[str]) -> None:
        http = Http(self.compute)
        for server in ids:
            http.request("POST", f"/servers/{server}/action", {"os-stop": None}, token=self.token)
        path = "/servers/detail?all_tenants=1&status=SHUTOFF"
        while len(http.get(path, self.token).json()["servers"]) < len(ids):
            time.sleep(0.1)

    def cost(self, path: str, seconds: float) -> float:
        return cost(self.cloud.process.pid, self.compute + path, self.token, 1, seconds)

    def restart(self) -> float:
        """Milliseconds from the start of the process to the end of the first answer."""
        self.cloud.stop()
        return time_start(self.cloud, self.compute, self.token)


def report(what: str, few: str, many: str, ratio: str, target: str, kept: bool) -> None:
    print(f"{what:42} {few:>12} {many:>12} {ratio:>8} {target:>8}  {'ok' if kept else 'MISSED'}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", type=int, default=100_000)
    parser.add_argument("--projects", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of load, each time")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="pocketstack-scale-"))
    few = Crowd(directory / "few", SMALL, options.projects)
    many = Crowd(directory / "many", options.servers, options.projects)
    try:
        few.fill()
        took = many.fill()
        print(f"{'':42} {SMALL:>12,} {options.servers:>12,} {'ratio':>8} {'target':>8}")
        there = many.paths()
        for what, path in few.paths().items():
            small, large = [], []
            for _ in range(options.rounds):
                small.append(few.cost(path, options.seconds) * 1e6)
                large.append(many.cost(there[what], options.seconds) * 1e6)
            a, b = statistics.median(small), statistics.median(large)
            report(what, f"{a:.0f} µs", f"{b:.0f} µs", f"{b / a:.2f}x", f"{RATIO}x", b / a <= RATIO)
        report("creating them", "", f"{took:.0f} s", "", f"{SECONDS} s", took <= SECONDS)
        memory = processes.resident_megabytes(many.cloud.process.pid)
        report("resident memory", "", f"{memory:.0f} MB", "", f"{MEGABYTES} MB", memory <= MEGABYTES)
        ready = many.restart()
        report("restart to ready", "", f"{ready:.0f} ms", "", f"{READY} ms", ready <= READY)
    except Broken as why:
        print(f"scale: {why}", file=sys.stderr)
        return 1
    finally:
        few.cloud.stop()
        many.cloud.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
