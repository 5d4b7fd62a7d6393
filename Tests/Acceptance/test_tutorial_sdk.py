"""The same flow in Python, as a program that uses openstacksdk has it: proxies, waits, and its own exceptions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import openstack
import openstack.connection
import pytest
from openstack import exceptions

from cloud import Cloud

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
FLAVOR = "16"


@pytest.fixture(scope="module")
def connection(cloud: Cloud) -> Iterator[openstack.connection.Connection]:
    made = openstack.connection.Connection(
        auth={
            "auth_url": cloud.auth_url,
            "username": "demo",
            "password": "secret",
            "project_name": "demo",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
        region_name="RegionOne",
        identity_api_version="3",
    )
    yield made
    made.close()


def test_a_server_from_key_to_delete(connection: openstack.connection.Connection, ssh_key: Path) -> None:
    compute = connection.compute
    key = compute.create_keypair(name="sdk-key", public_key=Path(f"{ssh_key}.pub").read_text().strip())
    server = compute.create_server(
        name="sdk-server", image_id=IMAGE, flavor_id=FLAVOR, key_name=key.name, networks="auto", metadata={"a": "b"}
    )
    server = compute.wait_for_server(server, wait=60, interval=0.2)
    assert server.status == "ACTIVE"
    assert compute.find_server("sdk-server").id == server.id
    assert [s.id for s in compute.servers(name="sdk-server")] == [server.id]

    compute.set_server_metadata(server, c="d")
    assert compute.get_server_metadata(server).metadata == {"a": "b", "c": "d"}
    compute.update_server(server, name="sdk-renamed")
    for act, status in ((compute.stop_server, "SHUTOFF"), (compute.start_server, "ACTIVE")):
        act(server)
        compute.wait_for_server(server, status=status, wait=60, interval=0.2)
    assert compute.get_server_console_output(server)["output"]

    with pytest.raises(exceptions.ConflictException, match="while it is in vm_state active"):
        compute.start_server(server)
    compute.delete_server(server)
    compute.wait_for_delete(server, interval=0.2, wait=60)
    with pytest.raises(exceptions.NotFoundException):
        compute.get_server(server.id)
    compute.delete_keypair(key)


def test_every_page_of_a_list_is_followed(connection: openstack.connection.Connection) -> None:
    whole = [flavor.id for flavor in connection.compute.flavors()]
    assert [flavor.id for flavor in connection.compute.flavors(limit=2)] == whole
    images = [image.id for image in connection.image.images()]
    assert sorted(image.id for image in connection.image.images(limit=1)) == sorted(images)


def test_an_image_goes_up_and_comes_down(connection: openstack.connection.Connection, tmp_path: Path) -> None:
    data = bytes(range(256)) * 4099
    image = connection.create_image(
        "sdk-image", data=data, disk_format="raw", container_format="bare", wait=True, meta_key="v"
    )
    assert connection.image.get_image(image.id).checksum == hashlib.md5(data).hexdigest()
    back = tmp_path / "back"
    connection.image.download_image(image.id, output=str(back))
    assert back.read_bytes() == data
    connection.image.update_image(image.id, name="sdk-renamed")
    assert connection.image.find_image("sdk-renamed").id == image.id
    connection.image.delete_image(image.id)
    assert connection.image.find_image("sdk-renamed") is None


def test_limits_and_absent_things(connection: openstack.connection.Connection) -> None:
    assert connection.compute.get_limits().absolute.instances > 0
    assert connection.compute.find_flavor("no-such-flavor") is None
    with pytest.raises(exceptions.BadRequestException, match="Can not find requested image"):
        connection.compute.create_server(
            name="x", flavor_id=FLAVOR, image_id="00000000-0000-0000-0000-000000000000", networks="none"
        )
