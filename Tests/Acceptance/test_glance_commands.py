"""Images, with every `glance` and `openstack image` command but those of test_glance_metadefs.py."""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

import glance_client
from cloud import Cloud, Ran, wait_until
from glance_client import Glance
from http_client import endpoint
from mirror import BYTES, Mirror
from openstack_client import IMAGE, Client, Starter

RAW = ("--disk-format", "raw", "--container-format", "bare")
MD5 = hashlib.md5(BYTES).hexdigest()
SHA256 = hashlib.sha256(BYTES).hexdigest()
NO_ID = "00000000-0000-0000-0000-000000000000"
MIB = 1 << 20


@pytest.fixture(scope="module")
def own(pair: tuple[Cloud, Mirror]) -> Cloud:
    """In place of the one of conftest.py, a cloud that fetches images."""
    return pair[0]


@pytest.fixture(scope="module")
def projects(own: Cloud) -> dict[str, str]:
    """The projects' ids by their names."""
    return {name: own.http().token(name)[1]["project"]["id"] for name in ("admin", "demo")}


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A file of the mirror's bytes."""
    path = tmp_path / "file"
    path.write_bytes(BYTES)
    return str(path)


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 256 MiB, of which no two are alike."""
    path = tmp_path_factory.mktemp("big") / "big"
    noise = os.urandom(MIB - 8)
    with open(path, "wb") as file:
        for number in range(256):
            file.write(number.to_bytes(8) + noise)
    return path


class TestGlance:
    @pytest.fixture(scope="class")
    def demo(self, glance_starter: glance_client.Starter, own: Cloud) -> Glance:
        return Glance(glance_starter, own, "demo")

    @pytest.fixture(scope="class")
    def admin(self, glance_starter: glance_client.Starter, own: Cloud) -> Glance:
        return Glance(glance_starter, own, "admin")

    @staticmethod
    def show(glance: Glance, image: str) -> dict[str, str]:
        return glance("image-show", "--max-column-width", "999", image).fields()

    @staticmethod
    def document(ran: Ran) -> Any:
        """A document that is printed in one cell of several lines, which end at blanks and hyphens."""
        return json.loads(" ".join(row["Value"] for row in ran.rows()).replace("- ", "-"))

    def wait(self, glance: Glance, image: str) -> dict[str, str]:
        wait_until(lambda: self.show(glance, image)["status"], "active")
        return self.show(glance, image)

    def test_the_life_of_an_image(self, demo: Glance) -> None:
        made = demo(
            "image-create", "--name", "life", *RAW, "--min-ram", "64", "--property", "os_distro=debian"
        ).fields()  # fmt: skip
        image = made["id"]
        assert (made["name"], made["status"], made["size"], made["min_ram"]) == ("life", "queued", "None", "64")
        assert (made["visibility"], made["os_distro"]) == ("shared", "debian")
        assert {"ID": image, "Name": "life"} in demo("image-list").rows()

        changed = demo(
            "image-update", image, "--name", "new", "--protected", "True", "--hidden", "True",
            "--property", "os_version=13", "--remove-property", "os_distro",
        ).fields()  # fmt: skip
        assert (changed["name"], changed["protected"], changed["os_version"]) == ("new", "True", "13")
        assert "os_distro" not in changed
        assert self.show(demo, image) == changed
        assert image not in demo("image-list").stdout
        assert demo("image-list", "--hidden").rows() == [{"ID": image, "Name": "new"}]
        assert demo("image-list", "--hidden", "--property-filter", "os_version=12").rows() == []

        assert demo("image-tag-update", image, "one").rows() == [{"ID": image, "Tags": "['one']"}]
        assert demo("image-list", "--hidden", "--tag", "one").rows() == [{"ID": image, "Name": "new"}]
        demo("image-tag-delete", image, "one")
        assert self.show(demo, image)["tags"] == "[]"
        assert f"Image {NO_ID} not found." in demo.refused("image-tag-update", NO_ID, "one")

        assert demo.refused("image-delete", image) == f"You are not permitted to delete the image '{image}'."
        demo("image-update", image, "--protected", "False")
        demo("image-delete", image)
        assert demo.refused("image-delete", image) == f"No image with an ID of '{image}' exists."
        assert f"HTTP 404 Not Found: No image found with ID {image}" in demo.refused("image-show", image)

    def test_data(self, demo: Glance, file: str, tmp_path: Path) -> None:
        empty = demo("image-create", "--name", "empty", *RAW).fields()["id"]
        assert demo.refused("image-download", empty) == f"Image {empty} has no data."
        demo("image-upload", "--file", file, "--size", str(len(BYTES)), empty)
        shown = self.show(demo, empty)
        assert (shown["status"], shown["size"], shown["checksum"]) == ("active", str(len(BYTES)), MD5)
        assert (shown["os_hash_algo"], shown["virtual_size"]) == ("sha512", str(len(BYTES)))
        assert demo("image-show", "--human-readable", empty).fields()["size"] == f"{len(BYTES)}B"
        assert demo("image-download", empty).stdout == BYTES.decode()
        assert "HTTP 409 Conflict: Image status transition from active to saving" in demo.refused(
            "image-upload", "--file", file, empty
        )

        typed = demo("image-create", "--name", "typed", *RAW, "--store", "slow", typed="typed").fields()
        assert (typed["status"], typed["size"], typed["stores"]) == ("active", "5", "slow")
        demo("image-download", "--file", str(tmp_path / "back"), "--progress", typed["id"])
        assert (tmp_path / "back").read_text() == "typed"
        assert "when using --file." in demo.refused("image-create", "--file", file)

        demo("image-deactivate", empty)
        assert self.show(demo, empty)["status"] == "deactivated"
        assert demo.refused("image-download", empty) == (
            f"Unable to download image '{empty}'. (HTTP 403 Forbidden: The requested image has been deactivated. "
            "Image data download is forbidden.)"
        )
        demo("image-reactivate", empty)
        assert demo("image-download", empty).stdout == BYTES.decode()
        demo("image-delete", empty, typed["id"])

    def test_import(self, demo: Glance, file: str, mirror: Mirror) -> None:
        assert self.document(demo("import-info"))["value"] == ["glance-direct", "web-download", "copy-image"]
        image = demo("image-create", "--name", "staged", *RAW).fields()["id"]
        demo("image-stage", "--file", file, image)
        assert self.show(demo, image)["status"] == "uploading"
        # The command asks once more after the import was accepted; how far that is by then is anybody's guess.
        assert demo("image-import", image).fields()["status"] in ("uploading", "importing", "active")
        assert self.wait(demo, image)["checksum"] == MD5
        (task,) = demo("image-tasks", image).rows()
        assert task["Status"] == "success"
        (task,) = demo("--verbose", "image-tasks", image).rows()
        assert (task["Image Id"], task["Status"]) == (image, "success")
        assert demo.refused("image-import", image) == (
            "The 'glance-direct' import method can only be applied to an image in status 'uploading'"
        )

        direct = demo("image-create-via-import", "--name", "direct", *RAW, "--file", file).fields()["id"]
        fetched = demo(
            "image-create-via-import", "--name", "fetched", *RAW, "--import-method", "web-download",
            "--uri", mirror.url(),
        ).fields()["id"]  # fmt: skip
        assert self.wait(demo, direct)["checksum"] == self.wait(demo, fetched)["checksum"] == MD5
        bare = demo("image-create", "--name", "bare", *RAW).fields()["id"]
        refused = demo.refused("image-import", "--import-method", "web-download", "--uri", "http://a.example/", bare)
        assert "URI for web-download does not pass filtering: http://a.example/" in refused
        demo("image-delete", image, direct, fetched, bare)

    def test_stores(self, admin: Glance, file: str) -> None:
        assert self.document(admin("stores-info")) == [
            {"id": "fast", "default": "true"}, {"id": "slow"}, {"id": "web", "read-only": "true"},
        ]  # fmt: skip
        detailed = self.document(admin("stores-info", "--detail"))
        assert [store["type"] for store in detailed] == ["file", "file", "http"]
        image = admin("image-create", "--name", "copied", *RAW, "--file", file).fields()["id"]
        admin("image-import", "--import-method", "copy-image", "--stores", "slow", image)
        wait_until(lambda: self.show(admin, image)["stores"], "fast,slow")
        assert {"ID": image, "Name": "copied", "Stores": "fast,slow"} in admin("image-list", "--include-stores").rows()
        admin("stores-delete", "--store", "fast", image)
        assert self.show(admin, image)["stores"] == "slow"
        refused = admin.refused("stores-delete", "--store", "slow", image)
        assert refused.startswith(f"Unable to delete image '{image}' from store 'slow'. (HTTP 403 Forbidden")
        assert "Image/store not found." in admin.refused("stores-delete", "--store", "fast", NO_ID)
        admin("image-delete", image)

    def test_members(self, demo: Glance, admin: Glance, projects: dict[str, str]) -> None:
        image = demo("image-create", "--name", "lent", *RAW).fields()["id"]
        member = {"Image ID": image, "Member ID": projects["admin"]}
        assert demo("member-create", image, projects["admin"]).rows() == [member | {"Status": "pending"}]
        assert "HTTP 409 Conflict" in demo.refused("member-create", image, projects["admin"])
        assert demo("member-get", image, projects["admin"]).fields()["status"] == "pending"
        accepted = [member | {"Status": "accepted"}]
        assert "HTTP 403 Forbidden" in demo.refused("member-update", image, projects["admin"], "accepted")
        assert admin("member-update", image, projects["admin"], "accepted").rows() == accepted
        assert demo("member-list", "--image-id", image).rows() == accepted
        demo("member-delete", image, projects["admin"])
        assert demo("member-list", "--image-id", image).rows() == []
        assert "HTTP 404 Not Found" in demo.refused("member-get", image, projects["admin"])
        demo("image-delete", image)

    def test_locations(self, admin: Glance, mirror: Mirror) -> None:
        def locations() -> list[dict[str, Any]]:
            read: list[dict[str, Any]] = json.loads(self.show(admin, image)["locations"])
            return read

        image = admin("image-create", "--name", "elsewhere", *RAW).fields()["id"]
        added = admin("location-add", image, "--url", mirror.url("a"), "--metadata", '{"k": "v"}').fields()
        assert (added["status"], added["size"]) == ("active", str(len(BYTES)))
        admin("location-add", image, "--url", mirror.url("b"))
        admin("location-update", image, "--url", mirror.url("b"), "--metadata", '{"k": "w"}')
        assert locations() == [
            {"url": mirror.url("a"), "metadata": {"k": "v", "store": "web"}},
            {"url": mirror.url("b"), "metadata": {"k": "w"}},
        ]
        assert admin("image-download", image).stdout == BYTES.decode()
        admin("location-delete", image, "--url", mirror.url("a"))
        assert [location["url"] for location in locations()] == [mirror.url("b")]
        refused = admin.refused("location-delete", image, "--url", mirror.url("a"))
        assert "Unknown URL" in refused

        later = admin("image-create", "--name", "later", *RAW).fields()["id"]
        digest = json.dumps({"os_hash_algo": "sha256", "os_hash_value": SHA256})
        printed = admin("add-location", later, "--url", mirror.url(), "--validation-data", digest).fields()
        assert printed["id"] == later
        shown = self.wait(admin, later)
        assert (shown["os_hash_algo"], shown["os_hash_value"]) == ("sha256", SHA256)
        admin("image-delete", image, later)

    def test_tasks(self, admin: Glance, demo: Glance, mirror: Mirror) -> None:
        properties = {"name": "tasked", "disk_format": "raw", "container_format": "bare"}
        work = {"import_from": mirror.url(), "import_from_format": "raw", "image_properties": properties}
        made = admin("task-create", "--type", "import", "--input", json.dumps(work)).fields()
        task = made["id"]
        assert (made["type"], made["status"]) == ("import", "pending")
        wait_until(lambda: admin("task-show", task).fields()["status"], "success")
        image = json.loads(admin("task-show", task).fields()["result"])["image_id"]
        assert self.show(admin, image)["name"] == "tasked"
        (row,) = admin("task-list", "--type", "import").rows()
        assert (row["ID"], row["Type"], row["Status"]) == (task, "import", "success")
        assert admin("task-list", "--status", "failure").rows() == []
        for command in ("task-list", "task-show"):
            refused = demo.refused(command, *[task] * (command == "task-show"))
            assert "You are not authorized to complete tasks_api_access action." in refused
        admin("image-delete", image)

    def test_cache(self, admin: Glance, demo: Glance, file: str, own: Cloud) -> None:
        address = endpoint(own.http().token("admin")[1], "image")

        def cache(command: str, *arguments: str) -> str:
            """Each node has a cache of its own, so that these commands want an address."""
            ran = admin("--os-image-url", address, f"cache-{command}", *arguments)
            assert not ran.stderr, ran
            return ran.stdout

        def queue(image: str) -> None:
            cache("queue", image)
            wait_until(lambda: str("cached" in cache("list")), "True")

        image = admin("image-create", "--name", "cached", *RAW, "--file", file).fields()["id"]
        queue(image)
        assert address in cache("nodes-list", image)
        assert cache("clean") == ""
        assert cache("prune") == "Pruned 0 file(s), 0 byte(s).\n"
        assert image in cache("list")
        cache("delete", image)
        assert image not in cache("list") and address not in cache("nodes-list", image)
        queue(image)
        cache("clear", "--target", "queue")
        assert image in cache("list")
        cache("clear")
        assert image not in cache("list")
        refused = demo.refused("--os-image-url", address, "cache-list")
        assert "You are not authorized to complete cache_list action." in refused
        admin("image-delete", image)

    def test_what_there_is(self, demo: Glance, projects: dict[str, str]) -> None:
        described = {row["Attribute"]: row["Description"] for row in demo("explain", "image").rows()}
        assert {"name", "visibility", "os_hash_value", "stores"} <= described.keys() and all(described.values())
        assert "Unable to find requested model 'none'" in demo.refused("explain", "none")
        quotas = {row["Quota"]: row for row in demo("usage").rows()}
        count = str(len(demo("image-list", "--owner", projects["demo"]).rows()))
        assert quotas["image_count_total"] == {"Quota": "image_count_total", "Limit": "-1", "Usage": count}

    def test_256_mib_go_up_and_come_back(self, demo: Glance, big: Path) -> None:
        made = demo("image-create", "--name", "big", *RAW, "--file", str(big)).fields()
        assert (made["status"], made["size"]) == ("active", str(256 * MIB))
        back = big.with_suffix(".glance")
        demo("image-download", "--file", str(back), made["id"])
        assert filecmp.cmp(big, back, shallow=False)
        back.unlink()
        demo("image-delete", made["id"])


class TestOpenStack:
    @staticmethod
    def create(client: Client, name: str, *options: str) -> str:
        """Registers an image without data, which needs a terminal; returns its id."""
        return str(client.json("image", "create", name, *options, typed=None)["id"])

    def test_the_life_of_an_image(self, demo: Client) -> None:
        made = demo.json("image", "create", "life", "--min-ram", "64", "--property", "os_distro=debian", typed=None)
        assert (made["name"], made["status"], made["min_ram"], made["visibility"]) == ("life", "queued", 64, "shared")
        assert made["properties"]["os_distro"] == "debian"
        assert {"ID": made["id"], "Name": "life", "Status": "queued"} in demo.json("image", "list")
        demo(
            "image", "set", "life", "--name", "new", "--tag", "one", "--tag", "two", "--property", "os_version=13",
            "--hidden", "--protected",
        )  # fmt: skip
        shown = demo.json("image", "show", "new")
        assert (shown["id"], sorted(shown["tags"]), shown["protected"]) == (made["id"], ["one", "two"], True)
        assert shown["properties"]["os_version"] == "13" and shown["properties"]["os_hidden"] is True
        assert "new" not in demo.column("Name", "image", "list")
        (row,) = demo.json("image", "list", "--hidden", "--long", "--tag", "one")
        assert (row["Name"], row["Disk Format"], row["Protected"]) == ("new", "raw", True)
        demo("image", "unset", "new", "--tag", "one", "--property", "os_version")
        shown = demo.json("image", "show", "new")
        assert shown["tags"] == ["two"] and "os_version" not in shown["properties"]
        assert "Failed to unset 1 of 1 tags." in demo.refused("image", "unset", "new", "--tag", "one")
        assert f"Image {made['id']} is protected and cannot be deleted." in demo.refused("image", "delete", "new")
        demo("image", "set", "new", "--unprotected")
        demo("image", "delete", "new")
        assert "No Image found for new" in demo.refused("image", "show", "new")

    def test_data(self, demo: Client, file: str, tmp_path: Path) -> None:
        made = demo.json("image", "create", "data", "--file", file, "--tag", "t")
        assert (made["status"], made["size"], made["checksum"]) == ("active", len(BYTES), MD5)
        assert demo.json("image", "show", "--human-readable", "data")["size"] == f"{len(BYTES)}"
        demo("image", "save", "--file", str(tmp_path / "back"), "data")
        assert (tmp_path / "back").read_bytes() == BYTES
        assert demo("image", "save", "data").stdout == BYTES.decode()
        typed = demo.json("image", "create", "typed", typed="typed")
        assert (typed["status"], typed["size"]) == ("active", 5)
        demo("image", "set", "data", "--deactivate")
        assert demo.json("image", "show", "data")["status"] == "deactivated"
        assert "Unable to download image" in demo.refused("image", "save", "data")
        demo("image", "set", "data", "--activate")
        assert demo("image", "save", "data").stdout == BYTES.decode()
        demo("image", "delete", "data", "typed")

    def test_import(self, admin: Client, demo: Client, file: str, mirror: Mirror) -> None:
        def wait(name: str) -> dict[str, Any]:
            wait_until(lambda: str(demo.json("image", "show", name)["status"]), "active")
            shown: dict[str, Any] = demo.json("image", "show", name)
            return shown

        assert demo.json("image", "import", "info") == {
            "import-methods": ["glance-direct", "web-download", "copy-image"]
        }
        self.create(demo, "staged")
        demo("image", "stage", "--file", file, "staged")
        assert demo.json("image", "show", "staged")["status"] == "uploading"
        assert demo.json("image", "import", "staged")["name"] == "staged"
        assert wait("staged")["checksum"] == MD5
        self.create(demo, "fetched")
        demo("image", "import", "--method", "web-download", "--uri", mirror.url(), "fetched")
        assert wait("fetched")["checksum"] == MD5
        assert "can only be used with an image in status 'queued'" in demo.refused(
            "image", "import", "--method", "web-download", "--uri", mirror.url(), "fetched"
        )

        listed = {row["ID"]: row for row in admin.json("image", "stores", "list", "--detail")}
        assert listed.keys() == {"fast", "slow", "web"} and listed["fast"]["Default"] is True
        admin("image", "import", "--method", "copy-image", "staged", "--store", "slow")
        wait_until(lambda: admin.json("image", "show", "staged")["properties"]["stores"], "fast,slow")
        admin("image", "delete", "--store", "slow", "staged")
        assert admin.json("image", "show", "staged")["properties"]["stores"] == "fast"
        demo("image", "delete", "staged", "fetched")

    def test_tasks(self, admin: Client, demo: Client, file: str) -> None:
        image = self.create(demo, "tasked")
        demo("image", "stage", "--file", file, "tasked")
        demo("image", "import", "tasked")
        wait_until(lambda: str(demo.json("image", "show", "tasked")["status"]), "active")
        order = ("--sort-key", "created_at", "--sort-dir", "desc")
        row = admin.json("image", "task", "list", "--status", "success", *order)[0]
        assert (row["Type"], row["Status"]) == ("api_image_import", "success")
        task = admin.json("image", "task", "show", row["ID"])
        assert (task["status"], task["type"]) == ("success", "api_image_import")
        assert task["input"]["image_id"] == image
        assert task["input"]["import_req"]["method"] == {"name": "glance-direct"}
        assert "tasks_api_access" in demo.refused("image", "task", "list")
        demo("image", "delete", "tasked")

    def test_members(self, admin: Client, demo: Client, projects: dict[str, str]) -> None:
        image = self.create(demo, "lent")
        added = demo.json("image", "add", "project", "lent", projects["admin"])
        assert (added["image_id"], added["member_id"], added["status"]) == (image, projects["admin"], "pending")
        admin("image", "set", "--accept", image)
        assert demo.json("image", "member", "get", "lent", projects["admin"])["status"] == "accepted"
        assert demo.json("image", "member", "list", "lent") == [
            {"Image ID": image, "Member ID": projects["admin"], "Status": "accepted"}
        ]
        demo("image", "remove", "project", "lent", projects["admin"])
        assert demo.json("image", "member", "list", "lent") == []
        demo("image", "delete", "lent")

    def test_cache(self, admin: Client, demo: Client, file: str) -> None:
        def states() -> dict[str, str]:
            return {row["ID"]: row["State"] for row in admin.json("cached", "image", "list")}

        image = str(admin.json("image", "create", "kept", "--file", file)["id"])
        for forget in (("delete", "kept"), ("clear",)):
            admin("cached", "image", "queue", "kept")
            wait_until(lambda: states().get(image, ""), "cached")
            admin("cached", "image", *forget)
            assert states() == {}
        assert "cache_list" in demo.refused("cached", "image", "list")
        assert "Failed to queue 1 of 1 images" in demo.refused("cached", "image", "queue", NO_ID)
        admin("image", "delete", "kept")

    def test_256_mib_go_up_and_come_back(self, demo: Client, big: Path) -> None:
        made = demo.json("image", "create", "big", "--file", str(big))
        assert (made["status"], made["size"]) == ("active", 256 * MIB)
        back = big.with_suffix(".openstack")
        demo("image", "save", "--file", str(back), "--chunk-size", str(MIB), "big")
        assert filecmp.cmp(big, back, shallow=False)
        back.unlink()
        demo("image", "delete", "big")


@pytest.mark.usefixtures("whole")
def test_every_command_has_been_run(glance_starter: glance_client.Starter, starter: Starter) -> None:
    names = {name for name in glance_starter.names if not name.startswith("md-")} - {"help"}
    assert len(names) == 39
    assert names - glance_starter.succeeded == set()
    names = {name for name in starter.names[IMAGE] if not name.startswith("image metadef ")}
    assert len(names) == 21
    assert names - starter.succeeded[IMAGE] == set()
