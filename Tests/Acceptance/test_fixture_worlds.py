"""Worlds and snapshots of a running cloud, by the commands that docs/FIXTURE.md shows, beside real clients."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from cloud import Cloud
from control import pocketstack


def keys(cloud: Cloud, world: str) -> list[str]:
    """The names of the key pairs in a world, as `openstack` lists them."""
    url = f"{cloud.base}/worlds/{world}/identity/v3"
    return [row["Name"] for row in cloud.json("--os-auth-url", url, "keypair", "list")]


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    with Cloud() as cloud:
        yield cloud


def test_worlds_are_made_forked_reset_and_deleted(cloud: Cloud) -> None:
    red = pocketstack(cloud, "world", "create", "red")
    assert red == f"{cloud.base}/worlds/red/identity/v3"
    cloud.openstack("--os-auth-url", red, "keypair", "create", "mine")
    pocketstack(cloud, "world", "create", "--from-world", "red", "blue")
    assert keys(cloud, "blue") == ["mine"]
    pocketstack(cloud, "world", "reset", "red")
    assert keys(cloud, "red") == [] and keys(cloud, "blue") == ["mine"]
    pocketstack(cloud, "world", "delete", "blue")
    assert "blue" not in pocketstack(cloud, "world", "list")
    assert pocketstack(cloud, "world", "show", "blue", fails=1) == "pocketstack: There is no world blue."


def test_snapshots_are_saved_restored_and_taken_elsewhere(cloud: Cloud, tmp_path: Path) -> None:
    pocketstack(cloud, "world", "create", "kept")
    url = f"{cloud.base}/worlds/kept/identity/v3"
    cloud.openstack("--os-auth-url", url, "keypair", "create", "mine")
    pocketstack(cloud, "snapshot", "create", "--world", "kept", "base")
    cloud.openstack("--os-auth-url", url, "keypair", "delete", "mine")
    pocketstack(cloud, "snapshot", "restore", "--world", "kept", "base")
    assert keys(cloud, "kept") == ["mine"]

    file = tmp_path / "base.tar"
    pocketstack(cloud, "snapshot", "export", "base", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and not list(file.parent.glob("*.partial"))
    listed = subprocess.run(["tar", "tf", str(file)], capture_output=True, text=True, check=True).stdout.split()
    assert listed[:2] == ["snapshot.json", "cloud.sqlite"] and listed[2].startswith("blobs/")
    pocketstack(cloud, "snapshot", "import", "copy", str(file))
    pocketstack(cloud, "world", "create", "--from-snapshot", "copy", "other")
    assert keys(cloud, "other") == ["mine"]
    with Cloud(("--memory", "--from", str(file)), tmp_path / "second") as second:
        assert keys(second, "default") == ["mine"]


def test_a_cloud_begins_with_a_snapshot_only_where_it_replaces_nothing(cloud: Cloud, tmp_path: Path) -> None:
    pocketstack(cloud, "snapshot", "create", "once")
    file, data = tmp_path / "once.tar", tmp_path / "data"
    pocketstack(cloud, "snapshot", "export", "once", str(file))
    arguments = ["serve", "--port", "0", "--data", str(data)]
    with Cloud(("--data", str(data), "--from", str(file)), tmp_path / "first"):
        pass
    assert "there is a world in" in pocketstack(cloud, *arguments, "--from", str(file), fails=65)
    file.write_bytes(b"nothing of the kind")
    arguments[-1] = str(tmp_path / "elsewhere")
    assert "This is no snapshot" in pocketstack(cloud, *arguments, "--from", str(file), fails=65)


def test_no_cloud_to_command_is_a_status_of_its_own(cloud: Cloud) -> None:
    said = pocketstack(cloud, "world", "list", "--url", "http://127.0.0.1:1", fails=69)
    assert said == "pocketstack: no cloud answers at 127.0.0.1:1: Connection refused"
