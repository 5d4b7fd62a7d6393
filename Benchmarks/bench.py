"""Measures the server beside nginx, in one run on one machine, and prints a table of medians against the targets.

  bench.py [--rounds N] [--seconds S] [--starts N]

CPU is what is compared, not throughput: user and system time of the server's process (of nginx: its worker) divided by
the requests that wrk got answers to on keep-alive connections. The two take turns, as machines are noisy. A missed
target is marked in the table; the exit status says only whether the run itself was sound.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Tests" / "Acceptance")]

import processes  # noqa: E402
from cloud import Cloud, binary  # noqa: E402
from http_client import Http, endpoint  # noqa: E402
from nginx import Nginx, free_port  # noqa: E402

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
FLAVOR = "16"
SERVERS = 1000
BATCH = 100
METADATA = {f"label-{n}": f"the value of a label of usual length, {n:04}" for n in range(8)}
LOGINS = 1000
UNLIMITED = HERE.parent / "Tests" / "Acceptance" / "unlimited.json"


class Broken(Exception):
    """The run measured something else than it claims to."""


@dataclass
class Line:
    """One row of the table."""

    what: str
    unit: str
    target: float
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    by_ratio: bool = False

    def cells(self) -> list[str]:
        ours = statistics.median(self.ours)
        theirs = statistics.median(self.theirs) if self.theirs else None
        ratio = ours / theirs if theirs else None
        measured = ratio if self.by_ratio and ratio is not None else ours
        return [
            self.what,
            f"{ours:.1f} {self.unit}",
            "" if theirs is None else f"{theirs:.1f} {self.unit}",
            "" if ratio is None else f"{ratio:.2f}x",
            f"{self.target:g}x" if self.by_ratio else f"{self.target:g} {self.unit}",
            "ok" if measured <= self.target else "MISSED",
        ]


def print_table(lines: list[Line]) -> None:
    table = [["", "PocketStack", "nginx", "ratio", "target", ""], *(line.cells() for line in lines)]
    widths = [max(len(row[n]) for row in table) for n in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def requests(url: str, token: str, connections: int, seconds: float) -> int:
    """Loads one address and returns how many answers came."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / "load.lua"), url],
        env=os.environ | {"POCKETSTACK_BENCH_TOKEN": token},
        capture_output=True,
        text=True,
        check=True,
    )
    result = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if result is None:
        raise Broken(f"wrk printed no result for {url}:\n{done.stdout}{done.stderr}")
    count, errors = (int(word) for word in result.split()[1:3])
    if errors or not count:
        raise Broken(f"{url}: {errors} errors, {count} answers")
    return count


def cost(pid: int, url: str, token: str, connections: int, seconds: float) -> float:
    """CPU seconds of a process for one request."""
    watch = processes.Stopwatch(pid)
    count = requests(url, token, connections, seconds)
    return watch.seconds() / count


class Subject:
    """Our server with a thousand servers in its database."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        arguments = ("--data", str(directory / "data"), "--config", str(UNLIMITED), "--log-level", "error")
        self.cloud = Cloud(arguments, directory, free_port()).start()
        self.token, document = self.cloud.http().token("demo")
        self.compute = endpoint(document, "compute")
        self.http = Http(self.compute)

    def body(self, path: str, check: Callable[[dict], bool]) -> bytes:
        client = Http(self.compute)  # a new connection: the last one may have been idle for too long
        answer = client.get(path, self.token)
        client.close()
        if answer.status != 200 or not check(answer.json()):
            raise Broken(f"{path}: {answer.status} {answer.text[:300]}")
        return answer.body

    def create_servers(self) -> str:
        """Makes a thousand, one of them as the tutorial does; waits until all are ACTIVE, and returns that one's id.

        The others carry metadata, without which a list of them would be smaller than that of a real cloud.
        """
        plain = {"name": "bench", "flavorRef": FLAVOR, "imageRef": IMAGE}
        one = str(self._create(plain)["id"])
        left = SERVERS - 1
        while left:
            count = min(left, BATCH)
            self._create(plain | {"metadata": METADATA, "min_count": count, "max_count": count})
            left -= count
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            rows = self.http.get("/servers/detail", self.token).json()["servers"]
            if len(rows) == SERVERS and all(row["status"] == "ACTIVE" for row in rows):
                return one
            time.sleep(0.5)
        raise Broken(f"{len(rows)} of {SERVERS} servers are there, or not all are ACTIVE")

    def _create(self, server: dict[str, Any]) -> dict[str, Any]:
        made = self.http.request("POST", "/servers", {"server": server}, token=self.token)
        if made.status != 202:
            raise Broken(f"cannot create servers: {made.status} {made.text}")
        created: dict[str, Any] = made.json()["server"]
        return created


def time_start(cloud: Cloud, compute: str, token: str) -> float:
    """Milliseconds from the start of a stopped cloud's process to the end of the first answer, to an old token."""
    begun = time.monotonic()
    cloud.process = subprocess.Popen(
        [str(binary()), "serve", "--port", str(cloud.port), *cloud.arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while True:
        try:
            http = Http(compute, timeout=5)
            answer = http.get("/flavors/detail", token)
            break
        except ConnectionRefusedError:
            if cloud.process.poll() is not None or time.monotonic() - begun > 10:
                raise Broken("the server did not start again") from None
            time.sleep(0.0003)
    taken = (time.monotonic() - begun) * 1000
    if answer.status != 200:
        raise Broken(f"first answer: {answer.status} {answer.text}")
    http.close()
    return taken


def time_starts(subject: Subject, times: int) -> list[float]:
    """Starts the cloud so many times, and leaves it stopped."""
    taken = []
    subject.cloud.stop()
    for _ in range(times):
        taken.append(time_start(subject.cloud, subject.compute, subject.token))
        subject.cloud.stop()
    return taken


def logins(subject: Subject) -> Line:
    """CPU of a login that is not the first of its user: of a thousand, so that the last of them is the thousandth."""
    client = subject.cloud.http()
    watch = processes.Stopwatch(subject.cloud.process.pid)
    for _ in range(LOGINS):
        client.token("demo")
    return Line(f"a login, of {LOGINS}", "ms", 1, [watch.seconds() / LOGINS * 1000])


def token_check(subject: Subject, rounds: int, seconds: float) -> Line:
    """CPU of checking a token: two addresses answer the same document, one to anybody, one to who has a token."""
    line = Line("checking a token again, with its policy rule", "µs", 5)
    pid = subject.cloud.process.pid
    for _ in range(rounds):
        anybody = cost(pid, f"{subject.compute}/", subject.token, 16, seconds)
        checked = cost(pid, f"{subject.compute}/versions/v2.1", subject.token, 16, seconds)
        line.ours.append((checked - anybody) * 1e6)
    return line


def measure(subject: Subject, directory: Path, rounds: int, seconds: float, starts: int) -> list[Line]:
    server = subject.create_servers()
    paths = {
        "flavors.json": ("/flavors/detail", lambda b: len(b["flavors"]) > 0 and "vcpus" in b["flavors"][0]),
        "server.json": (f"/servers/{server}", lambda b: b["server"]["id"] == server),
        "servers.json": ("/servers/detail", lambda b: len(b["servers"]) == SERVERS),
    }
    files = {name: subject.body(path, check) for name, (path, check) in paths.items()}
    nginx = Nginx(directory / "nginx", files)
    sizes = {name: f"{len(body):,} bytes" for name, body in files.items()}
    lines = {
        "flavors.json": Line(f"GET /flavors/detail ({sizes['flavors.json']})", "µs", 3, by_ratio=True),
        "server.json": Line(f"GET /servers/ID ({sizes['server.json']})", "µs", 3, by_ratio=True),
        "servers.json": Line(f"GET /servers/detail, {SERVERS} servers ({sizes['servers.json']})", "ms", 10),
    }
    try:
        for _ in range(rounds):
            for name, line in lines.items():
                path = paths[name][0]
                scale, connections = (1e6, 16) if line.unit == "µs" else (1e3, 1)
                pid = subject.cloud.process.pid
                line.ours.append(scale * cost(pid, subject.compute + path, subject.token, connections, seconds))
                line.theirs.append(scale * cost(nginx.worker, nginx.url(name), subject.token, connections, seconds))
        for path, check in paths.values():
            subject.body(path, check)
    finally:
        nginx.stop()
    identity = [logins(subject), token_check(subject, rounds, seconds)]
    memory = Line("resident memory after that", "MB", 40, [processes.resident_megabytes(subject.cloud.process.pid)])
    first = Line("start to first answer, same database", "ms", 50, time_starts(subject, starts))
    return [*lines.values(), *identity, first, memory]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of load, each time")
    parser.add_argument("--starts", type=int, default=15)
    parser.add_argument("--json", type=Path, help="also write the medians there")
    options = parser.parse_args()
    missing = [tool for tool in ("wrk", "nginx") if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin")]
    if missing:
        print(f"bench: install {', '.join(missing)} first (Debian: wrk, nginx-light)", file=sys.stderr)
        return 2
    os.environ["PATH"] += ":/usr/sbin"
    directory = Path(tempfile.mkdtemp(prefix="pocketstack-bench-"))
    subject = Subject(directory)
    try:
        lines = measure(subject, directory, options.rounds, options.seconds, options.starts)
    except Broken as why:
        print(f"bench: {why}\n{subject.cloud.log()}", file=sys.stderr)
        return 1
    finally:
        if subject.cloud.process.poll() is None:
            subject.cloud.stop()
        shutil.rmtree(directory, ignore_errors=True)
    print_table(lines)
    if options.json:
        options.json.write_text(json.dumps({line.what: line.cells()[1:] for line in lines}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
