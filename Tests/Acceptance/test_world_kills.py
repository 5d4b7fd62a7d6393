"""Worlds and snapshots survive `kill -9`, and a full disk, in the middle of whatever is done to them.

Each round copies a data directory with three worlds and a snapshot, does one thing to it (see estate.DEEDS) while a
client works in a world beside it, and looks at everything after a restart. POCKETSTACK_WORLD_KILL_ROUNDS sets how often
the server is killed (11), each deed in its turn; `make soak` sets it to 220, and fills the disk to more degrees.
"""

from __future__ import annotations

import http.client
import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud import Cloud
from estate import DEEDS, Deed, Estate, Witness, check, token
from http_client import Answer

ROUNDS = int(os.environ.get("POCKETSTACK_WORLD_KILL_ROUNDS", "11"))


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return Estate(tmp_path_factory.mktemp("estate"))


class Attempt:
    """One deed, asked for by a thread of its own; `answer` is `None` where the server died first."""

    def __init__(self, cloud: Cloud, deed: Deed, archive: bytes) -> None:
        self.cloud, self.deed, self.archive = cloud, deed, archive
        self.answer: Answer | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.answer = self.deed.call(self.cloud.http(), self.archive)
        except (OSError, http.client.HTTPException):
            return

    def join(self) -> Answer | None:
        self.thread.join(60)
        assert not self.thread.is_alive(), f"{self.deed.name} has no end"
        return self.answer


def old_tokens(cloud: Cloud) -> dict[str, str]:
    return {world: token(cloud.http(), world) for world in ("default", "red", "calm")}


@pytest.fixture(scope="module")
def durations(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """How long each deed takes when nobody kills the server; each must succeed and last."""
    found = {}
    directory = tmp_path_factory.mktemp("whole")
    for deed in DEEDS:
        data = estate.copy(directory / "data")
        cloud = Cloud(("--data", str(data)), directory).start()
        tokens = old_tokens(cloud)
        begin = time.monotonic()
        answer = Attempt(cloud, deed, estate.archive).join()
        found[deed.name] = time.monotonic() - begin
        assert answer is not None and answer.status < 300, f"{deed.name}: {answer}"
        cloud.stop()
        check(cloud, data, deed, answer, tokens, set())
    return found


@pytest.mark.durability
def test_a_kill_leaves_worlds_as_they_were_or_were_to_become(
    estate: Estate, durations: dict[str, float], tmp_path: Path
) -> None:
    dice = random.Random(21)
    cut = 0
    for number in range(ROUNDS):
        deed = DEEDS[number % len(DEEDS)]
        data = estate.copy(tmp_path / "data")
        cloud = Cloud(("--data", str(data)), tmp_path).start()
        tokens = old_tokens(cloud)
        witness = Witness(cloud.base, tokens["calm"])
        attempt = Attempt(cloud, deed, estate.archive)
        time.sleep(dice.uniform(0, 1.2 * durations[deed.name]))
        cloud.kill()
        answer = attempt.join()
        witness.end()
        cut += answer is None
        assert not witness.refused, f"{deed.name}: a client of another world was answered {witness.refused}"
        check(cloud, data, deed, answer, tokens, witness.made)
    print(f"{ROUNDS} kills, {cut} before the answer")
    assert cut, "every deed was faster than the kill: the test shows nothing"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB that is there for this test alone."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "none", str(disk)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here: that takes root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path, leaving: int) -> None:
    """Takes all room of a file system but for some bytes."""
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        room = shutil.disk_usage(disk).free - leaving
        while room > 0:
            room -= ballast.write(b"\0" * min(room, 1 << 16))


LEAVING = [0, *(pytest.param(room, marks=pytest.mark.soak) for room in (1 << 16, 1 << 20, 2 << 20, 3 << 20))]


@pytest.mark.durability
@pytest.mark.parametrize("leaving", LEAVING)
def test_a_full_disk_leaves_worlds_as_they_were(estate: Estate, small_disk: Path, tmp_path: Path, leaving: int) -> None:
    for deed in DEEDS:
        data = estate.copy(small_disk / "data")
        cloud = Cloud(("--data", str(data)), tmp_path).start()
        tokens = old_tokens(cloud)
        fill(small_disk, leaving)
        answer = Attempt(cloud, deed, estate.archive).join()
        assert answer is not None, f"{deed.name}: no answer"
        assert answer.status < 300 or answer.status == 507, f"{deed.name}: {answer.status} {answer.text}"
        assert answer.status < 300 or not deed.name.startswith("delete"), f"{deed.name}: {answer.text}"
        (small_disk / "ballast").unlink()
        check_without_restart(cloud, deed, answer)
        cloud.stop()
        check(cloud, data, deed, answer, tokens, set())


def check_without_restart(cloud: Cloud, deed: Deed, answer: Answer) -> None:
    """Every world that is to be there serves."""
    for world, there in {"default": True, "red": deed.name != "delete", "calm": True}.items():
        if there:
            assert token(cloud.http(), world), f"{deed.name}: {world}, {answer.status}"
