"""Glance's resources as a program that uses openstacksdk has them: `conn.image` and the SDK's own exceptions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from openstack import exceptions
from openstack.connection import Connection
from openstack.image.v2.image import Image

from cloud import Cloud, wait_until
from mirror import BYTES, Mirror
from sdk_client import connect

MD5 = hashlib.md5(BYTES).hexdigest()
SHA256 = hashlib.sha256(BYTES).hexdigest()
SHA512 = hashlib.sha512(BYTES).hexdigest()


@pytest.fixture(scope="module")
def demo(pair: tuple[Cloud, Mirror]) -> Iterator[Connection]:
    with connect(pair[0], "demo") as made:
        yield made


@pytest.fixture(scope="module")
def admin(pair: tuple[Cloud, Mirror]) -> Iterator[Connection]:
    with connect(pair[0], "admin") as made:
        yield made


def create(conn: Connection, name: str, **attributes: object) -> Image:
    """An image of raw bytes, or without any if no data are given."""
    return conn.image.create_image(
        name, disk_format="raw", container_format="bare", allow_duplicates=True, **attributes
    )  # fmt: skip


def wait(conn: Connection, image: Image) -> Image:
    return conn.image.wait_for_status(image, "active", interval=0.1, wait=30)


def test_data_and_their_digests(demo: Connection, tmp_path: Path) -> None:
    images = demo.image
    made = create(demo, "data", data=BYTES, tags=["t"], wait=True)
    shown = images.get_image(made.id)
    assert (shown.status, shown.size, shown.checksum) == ("active", len(BYTES), MD5)
    assert (shown.hash_algo, shown.hash_value, shown.tags) == ("sha512", SHA512, ["t"])
    assert images.download_image(shown).content == BYTES
    images.download_image(shown, stream=True, output=str(tmp_path / "back"), chunk_size=5)
    assert (tmp_path / "back").read_bytes() == BYTES
    with images.download_image(shown, stream=True) as response:
        assert b"".join(response.iter_content(chunk_size=3)) == BYTES

    images.deactivate_image(shown)
    # The SDK takes the refusal for the bytes, and finds that their digest is another.
    with pytest.raises(exceptions.SDKException, match="Unable to download image: checksum mismatch"):
        images.download_image(shown, stream=True, output=str(tmp_path / "none"))
    images.reactivate_image(shown)
    assert images.download_image(shown).content == BYTES
    images.delete_image(shown, ignore_missing=False)
    images.wait_for_delete(shown, interval=0.1, wait=30)
    with pytest.raises(exceptions.NotFoundException, match=f"No image found with ID {made.id}"):
        images.get_image(made.id)


def test_a_file_goes_up_with_digests_of_the_sdk(demo: Connection, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(BYTES)
    made = create(demo, "file", filename=str(file), wait=True, validate_checksum=True)
    assert demo.image.get_image(made.id).properties["owner_specified.openstack.sha256"] == SHA256
    assert demo.image.create_image("file", filename=str(file), validate_checksum=True).id == made.id
    demo.image.delete_image(made)


def test_imports(demo: Connection, admin: Connection, mirror: Mirror) -> None:
    images = demo.image
    assert images.get_import_info().import_methods["value"] == ["glance-direct", "web-download", "copy-image"]
    staged = images.stage_image(create(demo, "staged"), data=BYTES)
    assert staged.status == "uploading"
    images.import_image(staged)
    assert wait(demo, staged).checksum == MD5
    (task,) = images.image_tasks(staged)
    assert (task.status, task.image_id) == ("success", staged.id)

    fetched = create(demo, "fetched")
    images.import_image(fetched, method="web-download", uri=mirror.url(), stores=["slow"])
    assert wait(demo, fetched).checksum == MD5
    bare = create(demo, "bare")
    # The SDK leaves it to its callers to look at what Glance answers to this.
    refused = images.import_image(bare, method="web-download", uri="http://a.example/")
    assert refused.status_code == 400 and "URI for web-download does not pass filtering" in refused.text

    stores = {store.id: store for store in images.stores()}
    assert stores.keys() == {"fast", "slow", "web"} and stores["fast"].is_default
    assert [store.properties.get("chunk_size") for store in admin.image.stores(details=True)] == [65536, 65536, None]
    with pytest.raises(exceptions.ForbiddenException):
        list(images.stores(details=True))
    admin.image.import_image(admin.image.get_image(fetched.id), method="copy-image", stores=["fast"])
    wait_until(lambda: str(images.get_image(fetched.id).properties["stores"]), "slow,fast")
    with pytest.raises(exceptions.ForbiddenException, match="delete_image_location"):
        stores["slow"].delete_image(images, fetched)
    stores["slow"].delete_image(admin.image, fetched)
    assert images.get_image(fetched.id).properties["stores"] == "fast"
    for image in (staged, fetched, bare):
        images.delete_image(image)


def test_members(demo: Connection, admin: Connection) -> None:
    image, project = create(demo, "lent"), admin.current_project_id
    assert demo.image.add_member(image, member_id=project).status == "pending"
    with pytest.raises(exceptions.ForbiddenException):
        demo.image.update_member(project, image, status="accepted")
    assert admin.image.update_member(project, image.id, status="accepted").status == "accepted"
    assert demo.image.get_member(project, image).status == "accepted"
    assert [member.member_id for member in demo.image.members(image)] == [project]
    assert image.id in [found.id for found in admin.image.images(visibility="shared", member_status="accepted")]
    demo.image.remove_member(project, image, ignore_missing=False)
    assert demo.image.find_member(project, image) is None
    demo.image.delete_image(image)


def test_properties_tags_and_filters(demo: Connection) -> None:
    images = demo.image
    one = create(demo, "one", data=BYTES, architecture="x86_64", wait=True)
    two = create(demo, "two", is_protected=True, min_ram=64, mine="yes")

    def names(**query: object) -> list[str]:
        return [image.name for image in images.images(owner=demo.current_project_id, **query)]

    images.add_tag(one, "t")
    images.add_tag(one, "u")
    images.remove_tag(one, "u")
    with pytest.raises(exceptions.NotFoundException):
        images.remove_tag(one, "u")
    assert images.get_image(one.id).tags == ["t"]
    assert images.get_image(two.id).properties["mine"] == "yes"
    assert names(sort="name:desc") == ["two", "one"]
    assert names(sort_key="name", sort_dir="asc", limit=1) == ["one", "two"]
    assert (names(name="two"), names(tag="t"), names(status="queued")) == (["two"], ["one"], ["two"])
    assert (names(protected="true"), names(size_min=1), names(size_max=1)) == (["two"], ["one"], [])
    images.update_image(two, name="three", is_hidden=True, mine="no")
    assert (names(), names(is_hidden=True)) == (["one"], ["three"])
    assert images.get_image(two.id).properties["mine"] == "no"
    with pytest.raises(exceptions.ForbiddenException, match="is protected and cannot be deleted"):
        images.delete_image(two)
    images.update_image(two, is_protected=False)
    for image in (one, two):
        images.delete_image(image, ignore_missing=False)
    assert images.find_image("one") is None
    with pytest.raises(exceptions.BadRequestException, match="Provided object does not match schema"):
        create(demo, "x", visibility="bogus")


def test_locations_and_tasks(admin: Connection, demo: Connection, mirror: Mirror) -> None:
    image = create(admin, "elsewhere")
    admin.image.add_image_location(
        image, mirror.url(), validation_data={"os_hash_algo": "sha256", "os_hash_value": SHA256}
    )
    assert wait(admin, admin.image.get_image(image.id)).hash_value == SHA256
    assert [location.url for location in admin.image.image_locations(image)] == [mirror.url()]
    work = {
        "import_from": mirror.url(), "import_from_format": "raw",
        "image_properties": {"name": "tasked", "disk_format": "raw", "container_format": "bare"},
    }  # fmt: skip
    task = admin.image.wait_for_task(admin.image.create_task(type="import", input=work), interval=0.1, wait=30)
    made = admin.image.get_image(task.result["image_id"])
    assert (made.name, made.checksum) == ("tasked", MD5)
    assert task.id in [found.id for found in admin.image.tasks()]
    with pytest.raises(exceptions.ForbiddenException, match="tasks_api_access"):
        list(demo.image.tasks())
    for found in (image, made):
        admin.image.delete_image(found)


def test_the_cache(admin: Connection) -> None:
    images = admin.image
    image = create(admin, "kept", data=BYTES, wait=True)
    assert images.cached_image_nodes(image) == []
    images.queue_image(image)
    wait_until(lambda: " ".join(found.image_id for found in images.get_image_cache().cached_images), image.id)
    assert images.cached_image_nodes(image) == [images.get_endpoint().removesuffix("/v2/")]
    images.clean_cache()
    assert images.prune_cache() == {"total_files_pruned": 0, "total_bytes_pruned": 0}
    images.cache_delete_image(image.id)  # an image object would be written out in the address
    assert images.get_image_cache().cached_images == []
    images.queue_image(image)
    images.clear_cache()
    assert images.get_image_cache().queued_images == []
    images.delete_image(image)
