"""What the services tell of changes, heard by the command while real clients make them."""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cloud import Cloud, binary

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
NOVA = "18.13.1"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(("--memory",), tmp_path_factory.mktemp("notifications")) as cloud:
        yield cloud


class Listener:
    """The command while it runs; its lines as they come."""

    def __init__(self, cloud: Cloud, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [str(binary()), "notifications", "--json", *arguments],
            env=os.environ | {"POCKETSTACK_URL": cloud.base},
            stdout=subprocess.PIPE,
            text=True,
        )

    def next(self) -> dict[str, Any]:
        assert self.process.stdout
        message: dict[str, Any] = json.loads(self.process.stdout.readline())
        return message

    def until(self, event_type: str) -> list[dict[str, Any]]:
        messages = [self.next()]
        while messages[-1]["event_type"] != event_type:
            messages.append(self.next())
        return messages


@contextmanager
def listening(cloud: Cloud, *arguments: str) -> Iterator[Listener]:
    """A listener that hears already: a flavor that is made again and again tells when."""
    listener = Listener(cloud, *arguments)
    try:
        yield listener
    finally:
        listener.process.kill()
        listener.process.wait()


def wait_until_heard(cloud: Cloud, listener: Listener) -> None:
    """Makes flavors until the listener hears of one, and hears the last of them."""
    number = 0
    assert listener.process.stdout
    while not select.select([listener.process.stdout], [], [], 0)[0]:
        number += 1
        cloud.nova(NOVA, "flavor-create", f"probe-{id(listener)}-{number}", "auto", "1", "1", "1", user="admin")
    name = ""
    while name != f"probe-{id(listener)}-{number}":
        name = listener.until("flavor.create")[-1]["payload"]["nova_object.data"]["name"]


def test_a_server_and_an_image_are_told_of_from_beginning_to_end(cloud: Cloud, tmp_path: Path) -> None:
    with listening(cloud) as listener:
        wait_until_heard(cloud, listener)
        cloud.nova(NOVA, "boot", "--flavor", "16", "--image", IMAGE, "--nic", "none", "--poll", "web")
        made = listener.until("instance.create.end")
        assert [message["event_type"] for message in made] == ["instance.create.start", "instance.create.end"]
        states = [message["payload"]["nova_object.data"]["state"] for message in made]
        assert states == ["building", "active"]
        cloud.nova(NOVA, "stop", "web")
        assert len(listener.until("instance.power_off.end")) == 2
        cloud.nova(NOVA, "delete", "web")
        types = [message["event_type"] for message in listener.until("instance.delete.end")]
        assert types == [
            "instance.delete.start",
            "instance.shutdown.start",
            "instance.shutdown.end",
            "instance.delete.end",
        ]
        data = tmp_path / "data"
        data.write_bytes(b"bytes")
        cloud.openstack("image", "create", "--file", str(data), "mine")
        types = [message["event_type"] for message in listener.until("image.activate")]
        assert types == ["image.create", "image.prepare", "image.update", "image.upload", "image.activate"]


def test_only_what_was_asked_for_is_told(cloud: Cloud) -> None:
    with listening(cloud, "--event-type", "flavor.*") as listener:
        wait_until_heard(cloud, listener)
        cloud.nova(NOVA, "boot", "--flavor", "16", "--image", IMAGE, "--nic", "none", "--poll", "other")
        cloud.nova(NOVA, "flavor-create", "last", "last", "1", "1", "1", user="admin")
        cloud.nova(NOVA, "flavor-delete", "last", user="admin")
        assert [listener.next()["event_type"] for _ in range(2)] == ["flavor.create", "flavor.delete"]
        cloud.nova(NOVA, "delete", "other")
