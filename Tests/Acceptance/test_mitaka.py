"""A cloud of Mitaka with the clients of its time: python-keystoneclient 2.3 and openstacksdk 0.9, which go by what the
catalog says; and today's clients on it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloud import Cloud, program
from http_client import Http, endpoint
from nova_client import Nova

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def mitaka(made: Callable[..., Cloud]) -> Cloud:
    return made("--release", "mitaka")


@pytest.fixture(scope="module")
def ports(made: Callable[..., Cloud], tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    """Mitaka with ports of their own for Nova and Glance, as every cloud had them."""
    config = tmp_path_factory.mktemp("ports") / "config.json"
    config.write_text(json.dumps({"release": "mitaka", "listen": {"compute": 0, "image": 0}, "worlds": ["red"]}))
    return made("--config", str(config))


def client(name: str, auth_url: str) -> dict[str, Any]:
    done = subprocess.run(
        [program("mitaka", "python"), "-W", "ignore", str(HERE / "mitaka_clients.py"), name, auth_url],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def test_keystoneclient(mitaka: Cloud) -> None:
    found = client("keystone_v3", mitaka.base + "/v3")
    assert found == {
        "users": ["admin", "demo"], "project": found["project"], "identity": f"{mitaka.base}/identity/v2.0",
        "compute": f"{mitaka.base}/compute/v2.1/{found['project']}",
        "legacy": f"{mitaka.base}/compute/v2/{found['project']}",
    }  # fmt: skip


def test_keystoneclient_of_v2(ports: Cloud) -> None:
    found = client("keystone_v2", ports.base + "/v2.0")
    port = found["compute"].split("/")[2].split(":")[1]
    assert port not in ports.base
    assert found == {
        "users": ["admin", "demo"], "tenants": ["demo"], "project": found["project"],
        "compute": f"http://127.0.0.1:{port}/v2.1/{found['project']}",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/v3", "/v2.0"])
def test_sdk(mitaka: Cloud, path: str) -> None:
    found = client("sdk", mitaka.base + path)
    assert (found["status"], found["servers"], found["users"]) == ("ACTIVE", ["old"], ["admin", "demo"])
    assert found["endpoints"] == {
        "compute": f"{mitaka.base}/compute/v2.1/{found['project']}", "image": f"{mitaka.base}/image/v2",
    }  # fmt: skip


def test_sdk_on_ports(ports: Cloud) -> None:
    """It takes the versions at the root of each port, which is the main world's."""
    found = client("sdk", ports.base + "/v3")
    assert (found["status"], found["servers"], found["users"]) == ("ACTIVE", ["old"], ["admin", "demo"])
    assert found["endpoints"]["compute"].split("/")[2] != ports.base.split("/")[2]


def test_ports_are_in_the_catalog(ports: Cloud) -> None:
    """Of every world; each address is one that answers."""
    for world in ("", "/worlds/red"):
        token, document = Http(ports.base + world).token("demo")
        compute, image = (endpoint(document, service) for service in ("compute", "image"))
        assert len({address.split("/")[2] for address in (compute, image, ports.base)}) == 3
        assert compute.endswith(f"{world}/v2.1/{document['project']['id']}")
        assert Http(compute).get("/flavors", token).status == 200
        assert Http(image).get("/v2/images", token).status == 200


def test_todays_clients(mitaka: Cloud, nova: Nova) -> None:
    """The same catalog leads today's clients, and novaclient 6 and 7, to the services."""
    old = Nova(nova.starter, mitaka)
    assert "m1.nano" in [row["Name"] for row in old("flavor-list").rows()]
    listed = mitaka.json("user", "list", user="admin")
    assert {user["Name"] for user in listed} >= {"admin", "demo"}
    assert mitaka.json("image", "list") and mitaka.json("flavor", "list")
