"""Two whole clouds in one process, under /worlds/NAME/: what is in one does not exist in the other.

The worlds beside `default` are named by the configuration (worlds.json) or by `serve --world NAME`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cloud import Cloud
from http_client import Http, endpoint

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
FLAVOR = "16"
NAMES = ("red", "blue")


class World:
    """A client of one world, which it knows by its address only."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.address = f"/worlds/{name}"
        self.http = cloud.http()
        self.token, self.document = self.http.token("demo", keystone=f"{self.address}/identity/v3")
        self.compute = Http(endpoint(self.document, "compute"))
        self.image = Http(endpoint(self.document, "image"))


@pytest.fixture(scope="module")
def worlds(made: Callable[..., Cloud]) -> tuple[World, World]:
    cloud = made("--config", str(Path(__file__).parent / "worlds.json"), "--world", "blue")
    red, blue = (World(cloud, name) for name in NAMES)
    return red, blue


def test_a_catalog_stays_in_its_world(worlds: tuple[World, World]) -> None:
    for world in worlds:
        urls = [e["url"] for entry in world.document["catalog"] for e in entry["endpoints"]]
        assert urls and all(f"{world.address}/" in url for url in urls)


def test_a_token_of_one_world_is_none_in_the_other(worlds: tuple[World, World]) -> None:
    red, blue = worlds
    assert red.compute.get("/servers", red.token).status == 200
    assert blue.compute.get("/servers", red.token).status == 401
    assert blue.image.get("/v2/images", red.token).status == 401
    subject = {"X-Subject-Token": red.token}
    asked = blue.http.request("GET", f"{blue.address}/identity/v3/auth/tokens", headers=subject, token=blue.token)
    assert asked.status == 404


def test_the_plain_paths_are_a_third_world(worlds: tuple[World, World]) -> None:
    red, _ = worlds
    token, _ = red.http.token("demo")
    assert red.compute.get("/servers", token).status == 401


def test_rows_of_one_world_are_not_in_the_other(worlds: tuple[World, World]) -> None:
    red, blue = worlds
    server = {"server": {"name": "only-red", "flavorRef": FLAVOR, "imageRef": IMAGE}}
    made = red.compute.request("POST", "/servers", server, token=red.token)
    assert made.status == 202, made.text
    server_id = made.json()["server"]["id"]
    assert made.headers["location"].startswith(f"http://{red.compute.connection.host}:")
    assert f"{red.address}/" in made.headers["location"]
    assert red.compute.get(f"/servers/{server_id}", red.token).status == 200
    assert blue.compute.get(f"/servers/{server_id}", blue.token).status == 404
    assert blue.compute.get("/servers", blue.token).json() == {"servers": []}

    key = {"keypair": {"name": "same-name"}}
    for world in worlds:
        assert world.compute.request("POST", "/os-keypairs", key, token=world.token).status == 200


def test_bytes_of_one_world_are_not_in_the_other(worlds: tuple[World, World]) -> None:
    """The same image id, chosen by the client, holds each world's own bytes."""
    same = {"id": "11111111-2222-4333-8444-555555555555", "name": "i", "disk_format": "raw", "container_format": "bare"}
    data = f"/v2/images/{same['id']}/file"
    octets = {"Content-Type": "application/octet-stream"}
    red, blue = worlds
    assert red.image.request("POST", "/v2/images", same, token=red.token).status == 201
    assert red.image.request("PUT", data, b"red bytes", octets, red.token).status == 204
    assert blue.image.get(data, blue.token).status == 404
    assert blue.image.request("POST", "/v2/images", same, token=blue.token).status == 201
    assert blue.image.request("PUT", data, b"blue", octets, blue.token).status == 204
    assert red.image.get(data, red.token).body == b"red bytes"
    assert blue.image.get(data, blue.token).body == b"blue"


@pytest.mark.parametrize("path", ["/worlds/no-such-world/identity/v3", "/worlds/", "/worlds/../identity/v3x"])
def test_a_world_that_is_not_there(worlds: tuple[World, World], path: str) -> None:
    assert worlds[0].http.get(path).status == 404
