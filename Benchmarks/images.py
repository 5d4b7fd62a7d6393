"""Measures the bytes of images: up and down beside nginx, and what memory that takes.

  images.py [--megabytes N] [--rounds N] [--uploads N] [--each N]

An upload is compared with what it cannot do without: a synced write to the disk, and both digests, each on one core.
The clients are processes that move bytes with sendfile and recv_into. All of it shares one machine, and takes turns.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Tests" / "Acceptance")]

import processes  # noqa: E402
from bench import UNLIMITED, Broken  # noqa: E402
from cloud import Cloud  # noqa: E402
from http_client import Http, endpoint  # noqa: E402
from nginx import Nginx, free_port  # noqa: E402
from worlds import seconds  # noqa: E402

RATIO, GROWN_MEGABYTES = 0.9, 10
CHUNK = 256 * 1024
FORK = multiprocessing.get_context("fork")


class Exchange:
    """One request on a connection of its own."""

    def __init__(self, method: str, url: str, token: str, length: int = 0) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=300)
        octets = f"Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n" if length else ""
        head = f"{method} {parts.path} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {token}\r\n{octets}\r\n"
        self.socket.sendall(head.encode())

    def answer(self) -> tuple[int, int, int]:
        """The status, the length that is declared, and how much of the body came with the head."""
        read = b""
        while b"\r\n\r\n" not in read:
            piece = self.socket.recv(65536)
            if not piece:
                raise Broken(f"the connection ended early: {read!r}")
            read += piece
        head, body = read.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]), int(fields.get("content-length", 0)), len(body)


def upload(url: str, token: str, source: Path) -> None:
    size = source.stat().st_size
    exchange = Exchange("PUT", url, token, size)
    with source.open("rb") as file:
        exchange.socket.sendfile(file)
    status = exchange.answer()[0]
    if status not in (201, 204):
        raise Broken(f"PUT {url}: {status}")


def download(url: str, token: str, size: int) -> None:
    exchange = Exchange("GET", url, token)
    status, length, count = exchange.answer()
    buffer = bytearray(1 << 20)
    while count < length and (got := exchange.socket.recv_into(buffer)):
        count += got
    if (status, count) != (200, size):
        raise Broken(f"GET {url}: {status}, {count} of {size} bytes")


def in_processes(works: list[Callable[[], None]]) -> float:
    """Does each in a process of its own, all at once, and returns how long they took."""
    children = [FORK.Process(target=work) for work in works]
    begun = time.perf_counter()
    for child in children:
        child.start()
    for child in children:
        child.join()
    if any(child.exitcode for child in children):
        raise Broken("a client failed")
    return time.perf_counter() - begun


class Watch:
    """How far a process's resident memory grows above where it begins."""

    def __init__(self, pid: int) -> None:
        self.pid, self.over = pid, threading.Event()
        self.begun = self.most = processes.resident_megabytes(pid)
        self.thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self.over.wait(0.01):
            self.most = max(self.most, processes.resident_megabytes(self.pid))

    @property
    def grown(self) -> float:
        return self.most - self.begun


@contextmanager
def watching(pid: int) -> Iterator[Watch]:
    watch = Watch(pid)
    watch.thread.start()
    try:
        yield watch
    finally:
        watch.over.set()
        watch.thread.join()


class Glance:
    """Our server, and the images in it."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        arguments = ("--data", str(directory / "data"), "--config", str(UNLIMITED), "--log-level", "error")
        self.cloud = Cloud(arguments, directory, free_port()).start()
        self.token, document = self.cloud.http().token("admin")
        self.base = endpoint(document, "image") + "/v2/images"

    def image(self) -> str:
        """A new image without bytes: the address of its file."""
        http = Http(self.base)
        raw = {"name": "bench", "disk_format": "raw", "container_format": "bare"}
        made = http.request("POST", "", raw, token=self.token)
        http.close()
        if made.status != 201:
            raise Broken(f"cannot create an image: {made.status} {made.text}")
        return f"{self.base}/{made.json()['id']}/file"

    def delete(self, file: str) -> None:
        http = Http(file.removesuffix("/file"))
        http.request("DELETE", "", token=self.token)
        http.close()


def write_synced(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb", buffering=0) as write:
        while chunk := read.read(CHUNK):
            write.write(chunk)
        os.fsync(write.fileno())
    target.unlink()


def digest(algorithm: str, source: Path) -> None:
    function = hashlib.new(algorithm)
    with source.open("rb") as file:
        while chunk := file.read(CHUNK):
            function.update(chunk)


def measure(directory: Path, megabytes: int, rounds: int) -> bool:
    """One image at a time; prints MB/s, medians of the rounds."""
    source = random_file(directory / "source", megabytes)
    size = source.stat().st_size
    glance, nginx = Glance(directory / "glance"), Nginx(directory / "nginx", {})
    pid, theirs = glance.cloud.process.pid, nginx.url("uploads/image")
    took: dict[str, list[float]] = {}
    grown: list[float] = []
    try:
        for _ in range(rounds):
            file = glance.image()
            with watching(pid) as watch:
                up = in_processes([lambda f=file: upload(f, glance.token, source)])
                down = in_processes([lambda f=file: download(f, glance.token, size)])
            grown.append(watch.grown)
            glance.delete(file)
            now = {
                "upload": up,
                "download": down,
                "nginx PUT": in_processes([lambda: upload(theirs, "", source)]),
                "nginx GET": in_processes([lambda: download(theirs, "", size)]),
                "disk, synced": seconds(lambda: write_synced(source, directory / "written")),
                "sha512": seconds(lambda: digest("sha512", source)),
                "md5": seconds(lambda: digest("md5", source)),
                "disk, sha512 and md5 at once": in_processes(
                    [
                        lambda: write_synced(source, directory / "written"),
                        lambda: digest("sha512", source),
                        lambda: digest("md5", source),
                    ]
                ),
            }
            for what, time_taken in now.items():
                took.setdefault(what, []).append(time_taken)
    finally:
        nginx.stop()
        glance.cloud.stop()
    rate = {what: megabytes / statistics.median(times) for what, times in took.items()}
    for what, value in rate.items():
        print(f"{what}: {value:.0f} MB/s")
    # Where there are fewer cores than an upload has to do at once, this is as fast as it could be without a client.
    print(f"upload / all three at once: {rate['upload'] / rate['disk, sha512 and md5 at once']:.2f}x")
    slowest = min(rate[what] for what in ("disk, synced", "sha512", "md5"))
    return all(
        [
            least("download / nginx", rate["download"] / rate["nginx GET"]),
            least("upload / the slowest of disk, sha512, md5", rate["upload"] / slowest),
            most(f"memory grown by {megabytes} MB up and down", max(grown)),
        ]
    )


def crowd(directory: Path, uploads: int, each: int) -> bool:
    """Many uploads at once, to a server that has seen none."""
    source = random_file(directory / "part", each)
    glance = Glance(directory / "crowd")
    try:
        files = [glance.image() for _ in range(uploads)]
        with watching(glance.cloud.process.pid) as watch:
            took = in_processes([lambda f=file: upload(f, glance.token, source) for file in files])
    finally:
        glance.cloud.stop()
    print(f"{uploads} uploads of {each} MB at once: {uploads * each / took:.0f} MB/s")
    return most(f"memory grown by {uploads} uploads at once", watch.grown)


def random_file(path: Path, megabytes: int) -> Path:
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1 << 20))
    return path


def least(what: str, ratio: float) -> bool:
    print(f"{what}: {ratio:.2f}x, target {RATIO}x: {'ok' if ratio >= RATIO else 'MISSED'}")
    return ratio >= RATIO


def most(what: str, megabytes: float) -> bool:
    kept = megabytes < GROWN_MEGABYTES
    print(f"{what}: {megabytes:.1f} MB, target {GROWN_MEGABYTES} MB: {'ok' if kept else 'MISSED'}")
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1024, help="of the one image")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--uploads", type=int, default=32, help="at once")
    parser.add_argument("--each", type=int, default=64, help="megabytes of each of those")
    options = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin"
    directory = Path(tempfile.mkdtemp(prefix="pocketstack-images-"))
    try:
        measure(directory, options.megabytes, options.rounds)
        crowd(directory, options.uploads, options.each)
    except Broken as why:
        print(f"images: {why}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
