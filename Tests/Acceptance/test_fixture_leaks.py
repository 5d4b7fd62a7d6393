"""Leaks and differences, by the commands that docs/FIXTURE.md shows, of what real clients make and end."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cloud import Cloud, binary
from control import pocketstack
from nova_client import Nova


def found(cloud: Cloud, *arguments: str) -> str:
    """What a command prints that ends with 1, as it found something."""
    environment = os.environ | {"POCKETSTACK_URL": cloud.base}
    done = subprocess.run([str(binary()), *arguments], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, ""), f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def leaks(cloud: Cloud, *arguments: str) -> list[dict[str, Any]]:
    """What was left, where something was."""
    return json.loads(found(cloud, "leaks", "show", *arguments, "--json"))["leaks"]


def names(difference: dict[str, Any], part: str) -> list[str]:
    return [f"{row['resource']} {row['name']}" for row in difference[part]]


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    with Cloud() as cloud:
        yield cloud


def test_what_nova_makes_leaks_until_it_is_deleted(nova: Nova, ssh_key: Path) -> None:
    cloud = nova.cloud
    nova("keypair-add", "--pub-key", f"{ssh_key}.pub", "before")
    assert pocketstack(cloud, "leaks", "mark", "base") == "base"
    assert pocketstack(cloud, "leaks", "show") == ""
    nova("keypair-add", "--pub-key", f"{ssh_key}.pub", "mine")
    server = nova.boot("web", "--key-name", "mine")
    nova.boot("gone")
    nova("delete", "gone")
    pocketstack(cloud, "wait", "server", "gone", "DELETED")
    nova("image-create", "--poll", "web", "saved")
    nova("server-group-create", "near", "affinity")
    left = leaks(cloud)
    assert [(leak["service"], leak["resource"], leak["name"]) for leak in left] == [
        ("image", "image", "saved"),
        ("compute", "server", "web"),
        ("compute", "keypair", "mine"),
        ("compute", "server_group", "near"),
    ]
    assert left[1]["id"] == server["id"] and left[1]["project"] == server["tenant_id"]
    posts = {
        entry["request_id"]: entry["path"] for entry in json.loads(pocketstack(cloud, "journal", "--json"))["journal"]
    }
    assert [posts[leak["request_id"]].split("/")[-1] for leak in left] == [
        "action",
        "servers",
        "os-keypairs",
        "os-server-groups",
    ]
    text = found(cloud, "leaks", "show", "--mark", "base")
    assert "compute  keypair" in text and "before" not in text

    nova("delete", "web")
    nova("keypair-delete", "mine")
    nova("server-group-delete", left[3]["id"])
    cloud.openstack("--os-username", "admin", "--os-project-name", "admin", "image", "delete", left[0]["id"])
    assert pocketstack(cloud, "leaks", "show", "--mark", "base") == ""
    assert json.loads(pocketstack(cloud, "leaks", "show", "--json"))["leaks"] == []
    pocketstack(cloud, "leaks", "delete", "base")


def test_what_openstack_makes_in_keystone_and_glance_leaks(cloud: Cloud) -> None:
    def admin(*arguments: str) -> None:
        cloud.openstack("--os-username", "admin", "--os-project-name", "admin", *arguments)

    pocketstack(cloud, "leaks", "mark")
    admin("project", "create", "p")
    admin("user", "create", "--project", "p", "u")
    admin("role", "add", "--project", "p", "--user", "u", "reader")
    admin("flavor", "create", "--id", "f", "--private", "--project", "p", "f")
    admin("quota", "set", "--cores", "7", "p")
    admin("image", "create", "--property", "a=b", "i")
    admin("image", "add", "project", "i", "demo")
    left = {leak["resource"] for leak in leaks(cloud)}
    kinds = {"project", "user", "role_assignment", "flavor", "flavor_access", "quota", "image", "image_member"}
    assert left == kinds
    for command in (("image", "delete", "i"), ("flavor", "delete", "f"), ("quota", "delete", "p")):
        admin(*command)
    admin("user", "delete", "u")
    admin("project", "delete", "p")
    assert pocketstack(cloud, "leaks", "show") == ""


def test_the_difference_says_what_was_created_changed_and_deleted(nova: Nova, ssh_key: Path) -> None:
    cloud = nova.cloud
    nova.boot("stays")
    nova.boot("goes")
    pocketstack(cloud, "snapshot", "create", "before")
    assert pocketstack(cloud, "snapshot", "diff", "before") == ""
    nova("keypair-add", "--pub-key", f"{ssh_key}.pub", "new")
    nova("meta", "stays", "set", "colour=red")
    nova("delete", "goes")
    pocketstack(cloud, "wait", "server", "goes", "DELETED")
    text = found(cloud, "snapshot", "diff", "before")
    assert [line.split()[:3] for line in text.splitlines()[1:]] == [
        ["+", "compute", "keypair"],
        ["~", "compute", "server"],
        ["-", "compute", "server"],
    ]
    assert 'metadata: {} -> {"colour":"red"}' in text

    pocketstack(cloud, "snapshot", "create", "after")
    difference = json.loads(found(cloud, "snapshot", "diff", "before", "after", "--json"))["difference"]
    assert names(difference, "created") == ["keypair new"]
    assert names(difference, "changed") == ["server stays"]
    assert names(difference, "deleted") == ["server goes"]
    assert difference["changed"][0]["fields"]["metadata"] == {"from": {}, "to": {"colour": "red"}}
    assert pocketstack(cloud, "snapshot", "diff", "after") == ""
    pocketstack(cloud, "snapshot", "restore", "before")
    assert pocketstack(cloud, "snapshot", "diff", "before") == ""


def test_what_cannot_be_found_out_is_a_status_of_its_own(cloud: Cloud) -> None:
    pocketstack(cloud, "snapshot", "create", "base")
    said = pocketstack(cloud, "snapshot", "diff", "bsae", fails=2)
    assert said == "pocketstack: There is no snapshot bsae; did you mean base?"
    said = pocketstack(cloud, "leaks", "show", "--mark", "none", fails=2)
    assert said.startswith("pocketstack: There is no mark none")
    pocketstack(cloud, "leaks", "show", "--url", "http://127.0.0.1:1", fails=69)
