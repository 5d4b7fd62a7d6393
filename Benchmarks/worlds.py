"""Measures worlds: how long forks take, and how snapshots do with much to hold.

  worlds.py [--forks N] [--servers N] [--megabytes N]

First a cloud in memory, as under a test suite; then one on the disk, whose world holds many servers and a large image.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Tests" / "Acceptance")]

import processes  # noqa: E402
from bench import Broken  # noqa: E402
from cloud import Cloud  # noqa: E402
from http_client import Http, endpoint  # noqa: E402
from nginx import free_port  # noqa: E402
from scale import Crowd  # noqa: E402

FORK_MILLISECONDS, SECONDS = 5, 1


class Control:
    """The control interface, over one connection."""

    def __init__(self, cloud: Cloud) -> None:
        self.http = Http(cloud.base + "/pocketstack/v1", timeout=300)

    def call(self, method: str, path: str, body: object = None) -> None:
        answer = self.http.request(method, path, body)
        if answer.status >= 300:
            raise Broken(f"{method} {path}: {answer.status} {answer.text}")

    def fork(self, name: str, **source: str) -> None:
        self.call("POST", "/worlds", {"world": {"name": name, "from": source}})


def seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def forks(directory: Path, count: int) -> bool:
    """Many forks of one world, at once in memory; then all of them are deleted."""
    with Cloud(("--memory", "--log-level", "error"), directory, free_port()) as cloud:
        control = Control(cloud)
        control.call("POST", "/worlds", {"world": {"name": "base"}})
        took = [seconds(lambda n=n: control.fork(f"fork-{n}", world="base")) for n in range(count)]
        megabytes = processes.proportional_megabytes(cloud.process.pid)
        for n in range(count):
            control.call("DELETE", f"/worlds/fork-{n}")
    median = statistics.median(took) * 1000
    print(f"a fork in memory: median {median:.2f} ms of {count}, longest {max(took) * 1000:.2f} ms")
    print(f"memory with {count} forks: {megabytes:.0f} MB")
    return median < FORK_MILLISECONDS


def large(directory: Path, servers: int, megabytes: int) -> bool:
    """One world with much to hold: a snapshot, a fork of it, going back to it."""
    crowd = Crowd(directory, servers, 10)
    try:
        crowd.fill()
        upload(crowd, megabytes)
        control = Control(crowd.cloud)
        before = used(directory)
        took = {
            "snapshot": seconds(lambda: control.call("POST", "/snapshots", {"snapshot": {"name": "all"}})),
            "fork": seconds(lambda: control.fork("fork", snapshot="all")),
            "restore": seconds(lambda: control.call("POST", "/snapshots/all/restore", {"restore": {}})),
        }
        grown = used(directory) - before
    finally:
        crowd.cloud.stop()
    for what, time_taken in took.items():
        print(f"{what} of {servers} servers and {megabytes} MB of bytes: {time_taken * 1000:.0f} ms")
    print(f"the disk holds {before >> 20} MB before and {grown >> 20} MB more after snapshot and fork")
    return max(took.values()) < SECONDS and grown < megabytes << 20


def upload(crowd: Crowd, megabytes: int) -> None:
    _, document = crowd.cloud.http().token("admin")
    glance = Http(endpoint(document, "image"), timeout=300)
    image = {"name": "large", "disk_format": "raw", "container_format": "bare"}
    made = glance.request("POST", "/v2/images", image, token=crowd.token)
    octets = {"Content-Type": "application/octet-stream"}
    path = f"/v2/images/{made.json()['id']}/file"
    sent = glance.request("PUT", path, b"\1" * (megabytes << 20), octets, token=crowd.token)
    if sent.status != 204:
        raise Broken(f"cannot upload: {sent.status} {sent.text}")


def used(directory: Path) -> int:
    """Bytes on the disk; what has several names counts once."""
    files = {(facts.st_dev, facts.st_ino): facts.st_blocks * 512 for facts in map(Path.stat, directory.rglob("*"))}
    return sum(files.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forks", type=int, default=200)
    parser.add_argument("--servers", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=1024)
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="pocketstack-worlds-"))
    try:
        kept = [forks(directory / "memory", options.forks)]
        kept.append(large(directory / "disk", options.servers, options.megabytes))
    finally:
        shutil.rmtree(directory)
    print("all within bounds" if all(kept) else "NOT within bounds")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
