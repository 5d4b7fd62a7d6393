"""What a server finds when it starts: damaged, emptied and missing files, and a system that allows too little. What can
serve serves and says what is wrong; what cannot ends with a sentence and changes nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cloud import Cloud, binary, wait_until
from control import pocketstack
from disks import small_disk
from http_client import Answer

CONTROL = "/pocketstack/v1"
OCTETS = {"Content-Type": "application/octet-stream"}


def send(cloud: Cloud, method: str, path: str, body: Any = None, token: str = "") -> Answer:
    return cloud.http().request(method, path, body, token=token)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a cloud that has an image, a snapshot, two worlds made while it ran, and was stopped."""
    data = tmp_path_factory.mktemp("model") / "data"
    with Cloud(("--data", str(data)), data.parent / "cloud") as cloud:
        http = cloud.http()
        token, _ = http.token("admin")
        raw = {"name": "i", "disk_format": "raw", "container_format": "bare"}
        image = http.request("POST", "/image/v2/images", raw, token=token).json()["id"]
        put = http.request("PUT", f"/image/v2/images/{image}/file", b"these bytes", OCTETS, token)
        assert put.status == 204, put.text
        for path, body in (
            ("/worlds", {"world": {"name": "red"}}),
            ("/worlds", {"world": {"name": "blue", "from": {"empty": True}}}),
            ("/snapshots", {"snapshot": {"name": "base"}}),
        ):
            made = send(cloud, "POST", CONTROL + path, body)
            assert made.status in (200, 201), made.text
    return data


@pytest.fixture
def data(model: Path, tmp_path: Path) -> Path:
    shutil.copytree(model, tmp_path / "data")
    return tmp_path / "data"


@contextmanager
def served(data: Path) -> Iterator[Cloud]:
    with Cloud(("--data", str(data)), data.parent / "cloud") as cloud:
        yield cloud


def serve(*arguments: str, limit: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """A server that must end by itself."""
    command = [*limit, str(binary()), "serve", "--port", "0", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


def refuses(data: Path, status: int, *words: str) -> None:
    """The server ends with a sentence, and leaves every file as it was."""
    before = contents(data)
    ended = serve("--data", str(data))
    assert ended.returncode == status, ended
    assert ended.stderr.startswith("pocketstack: ") and ended.stderr.count("\n") == 1, ended.stderr
    assert all(word in ended.stderr for word in words), ended.stderr
    assert contents(data) == before


def contents(data: Path) -> dict[str, bytes]:
    """The bytes of all worlds and snapshots; the locks and the reserve belong to the server that runs."""
    kept = (".sqlite", ".sqlite-wal", ".json", ".blob")
    bytes_of = {str(path): path.read_bytes() for path in data.rglob("*") if path.name.endswith(kept)}
    # SQLite makes a WAL before it has something for it.
    return {path: found for path, found in bytes_of.items() if found or not path.endswith("-wal")}


def overwrite(path: Path, offset: int, count: int) -> None:
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(os.urandom(count))


def readiness(cloud: Cloud) -> tuple[int, Any]:
    answer = cloud.http().get("/pocketstack/ready")
    return answer.status, answer.json()


def broken(cloud: Cloud) -> dict[str, str | None]:
    return {world["name"]: world["broken"] for world in send(cloud, "GET", f"{CONTROL}/worlds").json()["worlds"]}


# The main world


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda rows: overwrite(rows, 0, 100), "damaged"),
        (lambda rows: overwrite(rows, 16, 2), "damaged"),
        (lambda rows: overwrite(rows, 40, 8), "damaged"),
        (lambda rows: overwrite(rows, 4096, 4096), "damaged"),
        (lambda rows: overwrite(rows, 200_000, 20_480), "damaged"),
        (lambda rows: os.truncate(rows, 5000), "damaged"),
        (lambda rows: os.truncate(rows, 0), "no tables"),
        (lambda rows: (rows.unlink(), sqlite3.connect(rows).execute("PRAGMA user_version = 1")), "no tables"),
        (lambda rows: rows.unlink(), "no world"),
    ],
    ids=["header", "page size", "format", "page", "pages", "cut off", "0 bytes", "no tables", "gone"],
)
def test_a_damaged_or_emptied_database_is_refused_and_left_alone(
    data: Path, damage: Callable[[Path], Any], words: str
) -> None:
    damage(data / "default" / "cloud.sqlite")
    refuses(data, 65, "cloud.sqlite", words)


def test_a_large_database_is_looked_through_while_it_serves(data: Path) -> None:
    rows = data / "default" / "cloud.sqlite"
    database = sqlite3.connect(rows)
    [(page,)] = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'flavors'").fetchall()
    # It grows by what nobody reads.
    database.execute("INSERT INTO secrets (name, value) VALUES ('ballast', zeroblob(4000000))")
    database.commit()
    database.close()
    with served(data) as cloud:
        cloud.http().token("admin")
        assert readiness(cloud) == (200, {"status": "ready"})
    overwrite(rows, (page - 1) * 4096, 4096)
    with served(data) as cloud:
        reason = [{"name": "default", "reason": "What is stored of it is damaged."}]
        wait_until(lambda: readiness(cloud)[1]["status"], "not ready")
        assert readiness(cloud) == (503, {"status": "not ready", "worlds": reason})
        assert "damaged" in (broken(cloud)["default"] or "")
        assert "what is stored of a world is damaged" in cloud.log()


def test_the_bytes_of_images_that_are_gone_are_told_of(data: Path) -> None:
    shutil.rmtree(data / "default" / "blobs")
    reason = [{"name": "default", "reason": "The bytes of some of its images are missing."}]
    with served(data) as cloud:
        assert "files are missing in" in cloud.log()
        assert readiness(cloud) == (503, {"status": "not ready", "worlds": reason})
        assert "are missing in" in (broken(cloud)["default"] or "")
        token, _ = cloud.http().token("admin")
        for image in send(cloud, "GET", "/image/v2/images", token=token).json()["images"]:
            assert send(cloud, "DELETE", f"/image/v2/images/{image['id']}", token=token).status == 204
        wait_until(lambda: readiness(cloud)[1]["status"], "ready")
        assert set(broken(cloud).values()) == {None}


# Worlds beside it


RECORD = "What the world red was made from is not known any more"


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("world.json", b"{", "no record of a world"),
        ("world.json", b'{"from": 7, "created_at": 1}', "no record of a world"),
        ("cloud.sqlite", b"no database " * 1000, "damaged"),
        ("cloud.sqlite", b"", "no tables"),
        ("cloud.sqlite", None, "no world"),
    ],
    ids=["half a record", "another record", "no database", "empty", "gone"],
)
def test_a_broken_world_keeps_no_other_from_serving(data: Path, file: str, content: bytes | None, words: str) -> None:
    path = data / "red" / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    for name in ("red", "blue"):
        shutil.copytree(data / name, data.parent / "kept" / name)
    with served(data) as cloud:
        assert "a world cannot be opened" in cloud.log() and "world=red" in cloud.log()
        assert send(cloud, "GET", "/worlds/red/identity/v3").status == 503
        assert send(cloud, "GET", "/worlds/blue/identity/v3").status == 200
        seen = broken(cloud)
        assert seen["default"] is None and seen["blue"] is None and words in (seen["red"] or ""), seen
        reason = [{"name": "red", "reason": "What is stored of it is damaged."}]
        assert readiness(cloud) == (200, {"status": "ready", "worlds": reason})
        assert pocketstack(cloud, "health") == "ready"
        assert words in pocketstack(cloud, "world", "list")
        reset = send(cloud, "POST", f"{CONTROL}/worlds/red/reset", {})
        if file == "world.json":
            assert reset.status == 409 and RECORD in reset.text
            restored = send(cloud, "POST", f"{CONTROL}/snapshots/base/restore", {"restore": {"world": "red"}})
            assert restored.status == 200, restored.text
            assert restored.json()["world"]["from"] == {"snapshot": "base"}
            reset = send(cloud, "POST", f"{CONTROL}/worlds/red/reset", {})
        assert reset.status == 200, reset.text
        assert cloud.http().token("admin", keystone="/worlds/red/identity/v3")
        assert readiness(cloud) == (200, {"status": "ready"})
    shutil.rmtree(data / "red")
    shutil.copytree(data.parent / "kept" / "red", data / "red")
    with served(data) as cloud:
        assert send(cloud, "DELETE", f"{CONTROL}/worlds/red").status == 204
        assert not (data / "red").exists()
        assert send(cloud, "POST", f"{CONTROL}/worlds", {"world": {"name": "red"}}).status == 201


def test_files_of_a_world_that_nobody_names_are_not_replaced(data: Path) -> None:
    """Such as one that an earlier configuration named."""
    (data / "red" / "world.json").unlink()
    before = contents(data / "red")
    with served(data) as cloud:
        assert "red" not in broken(cloud)
        refused = send(cloud, "POST", f"{CONTROL}/worlds", {"world": {"name": "red"}})
        assert refused.status == 409 and "files of a world red" in refused.text
    assert contents(data / "red") == before


def test_a_snapshot_that_cannot_be_read_stays_where_it_is(data: Path) -> None:
    facts = data / ".snapshots" / "base" / "snapshot.json"
    facts.write_text("{")
    before = contents(data / ".snapshots")
    with served(data) as cloud:
        assert send(cloud, "GET", f"{CONTROL}/snapshots").json() == {"snapshots": []}
        assert "a snapshot cannot be read" in cloud.log()
    assert contents(data / ".snapshots") == before


def test_a_world_is_not_taken_to_a_damaged_snapshot(data: Path) -> None:
    overwrite(data / ".snapshots" / "base" / "cloud.sqlite", 200_000, 20_480)
    with served(data) as cloud:
        refused = send(cloud, "POST", f"{CONTROL}/snapshots/base/restore", {"restore": {}})
        assert refused.status == 409 and "damaged" in refused.text
        cloud.http().token("admin")


def test_what_earlier_worlds_had_for_secrets_is_not_forgotten(data: Path) -> None:
    (data / ".incarnations").write_text("{")
    refuses(data, 65, ".incarnations", "damaged")


# The place


def test_a_place_that_cannot_hold_data_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for place in (file, file / "below", Path("/proc/pocketstack")):
        ended = serve("--data", str(place))
        assert ended.returncode == 73 and "cannot be used as a data directory" in ended.stderr, ended
    with small_disk(tmp_path / "disk", 8) as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        ended = serve("--data", str(disk / "data"))
        assert ended.returncode == 73 and "Read-only" in ended.stderr, ended


# What the system allows


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("--as=67108864", "MiB of addresses, and 384 are needed (ulimit -v)"),
        ("--as=134217728", "MiB of addresses"),
        ("--data=33554432", "MiB of data"),
        ("--stack=65536", "KiB of stack"),
        ("--nofile=16", "16 open files, and 24 are needed (ulimit -n)"),
        ("--nofile=4", "4 open files"),
    ],
)
def test_a_system_that_allows_too_little_is_told_of(limit: str, words: str, tmp_path: Path) -> None:
    ended = serve("--data", str(tmp_path / "data"), limit=("prlimit", limit))
    assert ended.returncode == 71 and words in ended.stderr, ended
    assert ended.stderr.startswith("pocketstack: the system allows") and ended.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_too_few_threads_are_told_of() -> None:
    """No limit binds root, so that it takes somebody else to have one."""
    if os.geteuid() != 0:
        pytest.skip("it takes root to become somebody else")
    nobody = ("setpriv", "--reuid=64321", "--clear-groups", "prlimit", "--nproc=4")
    # Where anybody may come.
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        os.chmod(directory, 0o755)
        program = shutil.copy(binary(), directory)
        command = [*nobody, program, "serve", "--port", "0", "--memory"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 71 and "does not allow 12 threads" in ended.stderr, ended


def test_what_is_said_to_be_enough_is_enough(tmp_path: Path) -> None:
    limits = ("prlimit", "--as=402653184", "--data=167772160", "--stack=524288", "--nofile=24")
    with Cloud(("--data", str(tmp_path / "data")), tmp_path / "cloud", prefix=limits) as cloud:
        token, _ = cloud.http().token("admin")
        assert send(cloud, "GET", "/compute/v2.1/flavors", token=token).status == 200
        assert readiness(cloud) == (200, {"status": "ready"})
