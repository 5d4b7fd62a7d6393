"""The tutorial's flow with today's `openstack` command, read as JSON, each step building on the one before."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cloud import Cloud, wait_until

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
FLAVOR = "16"


def wait(cloud: Cloud, status: str, server: str = "web") -> dict[str, Any]:
    wait_until(lambda: cloud.json("server", "show", server)["status"], status)
    return cloud.json("server", "show", server)


class TestLogin:
    def test_token_issue(self, cloud: Cloud) -> None:
        token = cloud.json("token", "issue")
        assert token["id"].startswith("gAAAAA")
        assert len(token["project_id"]) == len(token["user_id"]) == 32
        assert cloud.openstack("token", "revoke", token["id"]).status == 0

    def test_catalog_list(self, cloud: Cloud) -> None:
        services = {entry["Type"]: entry for entry in cloud.json("catalog", "list")}
        assert {"identity", "compute", "image"} <= services.keys()
        for entry in services.values():
            assert {endpoint["interface"] for endpoint in entry["Endpoints"]} == {"public", "internal", "admin"}
            assert all(endpoint["url"].startswith(cloud.base) for endpoint in entry["Endpoints"])

    def test_versions_show(self, cloud: Cloud) -> None:
        versions = {row["Service Type"]: row for row in cloud.json("versions", "show") if row["Status"] == "CURRENT"}
        assert versions["compute"]["Min Microversion"] == "2.1"
        assert versions["compute"]["Max Microversion"] == "2.104"
        assert versions["identity"]["Version"].startswith("3.")
        assert versions["image"]["Version"].startswith("2.")

    def test_limits_show(self, cloud: Cloud) -> None:
        limits = {row["Name"]: row["Value"] for row in cloud.json("limits", "show", "--absolute")}
        assert limits["instances"] > 0


class TestFlavor:
    def test_list_and_show(self, cloud: Cloud) -> None:
        listed = {row["ID"]: row for row in cloud.json("flavor", "list")}
        shown = cloud.json("flavor", "show", FLAVOR)
        assert listed[FLAVOR]["Name"] == shown["name"]
        assert listed[FLAVOR]["RAM"] == shown["ram"]
        assert cloud.json("flavor", "show", shown["name"])["id"] == FLAVOR

    def test_create_and_delete_as_admin(self, cloud: Cloud) -> None:
        made = cloud.json("flavor", "create", "--ram", "256", "--disk", "3", "--vcpus", "2", "acc.small", user="admin")
        assert (made["ram"], made["disk"], made["vcpus"]) == (256, 3, 2)
        cloud.openstack("flavor", "set", "--property", "quota:cpu_shares=10", "acc.small", user="admin")
        shown = cloud.json("flavor", "show", "acc.small", user="admin")
        assert shown["properties"] == {"quota:cpu_shares": "10"}
        cloud.openstack("flavor", "delete", "acc.small", user="admin")
        assert "acc.small" not in cloud.openstack("flavor", "list", user="admin").stdout

    def test_create_is_for_admins(self, cloud: Cloud) -> None:
        refused = cloud.openstack("flavor", "create", "--ram", "64", "forbidden", fails=True)
        assert "Policy doesn't allow os_compute_api:os-flavor-manage:create to be performed" in refused.stderr


class TestImage:
    @pytest.fixture(scope="class")
    def file(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Three MiB and a bit, so that no buffer's size divides it."""
        path = tmp_path_factory.mktemp("image") / "disk.raw"
        path.write_bytes(os.urandom(3 * 1024 * 1024 + 17))
        return path

    def test_create_from_a_file(self, cloud: Cloud, file: Path) -> None:
        made = cloud.json(
            "image", "create", "--file", str(file), "--disk-format", "raw", "--container-format", "bare", "acc-image"
        )
        data = file.read_bytes()
        shown = cloud.json("image", "show", made["id"])
        assert shown["status"] == "active"
        assert shown["size"] == len(data)
        assert shown["checksum"] == hashlib.md5(data).hexdigest()
        assert shown["properties"]["os_hash_algo"] == "sha512"
        assert shown["properties"]["os_hash_value"] == hashlib.sha512(data).hexdigest()

    def test_list(self, cloud: Cloud) -> None:
        rows = {row["Name"]: row for row in cloud.json("image", "list")}
        assert rows["acc-image"]["Status"] == "active"
        assert IMAGE in [row["ID"] for row in rows.values()]
        assert [row["Name"] for row in cloud.json("image", "list", "--name", "acc-image")] == ["acc-image"]

    def test_save_gives_the_same_bytes(self, cloud: Cloud, file: Path, tmp_path: Path) -> None:
        cloud.openstack("image", "save", "--file", str(tmp_path / "back"), "acc-image")
        assert (tmp_path / "back").read_bytes() == file.read_bytes()

    def test_set(self, cloud: Cloud) -> None:
        cloud.openstack(
            "image", "set", "--property", "os_distro=debian", "--tag", "mine", "--min-ram", "64", "--protected",
            "acc-image",
        )  # fmt: skip
        shown = cloud.json("image", "show", "acc-image")
        assert shown["properties"]["os_distro"] == "debian"
        assert (shown["tags"], shown["min_ram"], shown["protected"]) == (["mine"], 64, True)

    def test_a_protected_image_is_not_deleted(self, cloud: Cloud) -> None:
        refused = cloud.openstack("image", "delete", "acc-image", fails=True)
        assert "is protected and cannot be deleted" in refused.stderr

    def test_unset_and_delete(self, cloud: Cloud) -> None:
        cloud.openstack("image", "set", "--unprotected", "acc-image")
        cloud.openstack("image", "unset", "--property", "os_distro", "--tag", "mine", "acc-image")
        assert "os_distro" not in cloud.json("image", "show", "acc-image")["properties"]
        cloud.openstack("image", "delete", "acc-image")
        assert "No Image found" in cloud.openstack("image", "show", "acc-image", fails=True).stderr

    def test_the_seeded_image_is_a_real_qcow2(self, cloud: Cloud, tmp_path: Path) -> None:
        saved = tmp_path / "seed.qcow2"
        cloud.openstack("image", "save", "--file", str(saved), IMAGE)
        said = subprocess.run(["qemu-img", "info", "--output=json", str(saved)], capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
        assert '"format": "qcow2"' in said.stdout
        checked = subprocess.run(["qemu-img", "check", str(saved)], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert cloud.json("image", "show", IMAGE)["checksum"] == hashlib.md5(saved.read_bytes()).hexdigest()

    def test_glance_itself(self, cloud: Cloud) -> None:
        """`glance` asks for schema documents first, and falls back to a dead API when they are not real ones."""
        assert IMAGE in [row["ID"] for row in cloud.glance("image-list").rows()]
        assert cloud.glance("image-show", IMAGE).fields()["id"] == IMAGE
        assert (
            "HTTP 404 Not Found: No image found with ID nope" in cloud.glance("image-show", "nope", fails=True).stderr
        )


class TestKeypair:
    def test_import(self, cloud: Cloud, ssh_key: Path) -> None:
        made = cloud.json("keypair", "create", "--public-key", f"{ssh_key}.pub", "acc-key")
        assert made["name"] == "acc-key"
        assert "acc-key" in [row["Name"] for row in cloud.json("keypair", "list")]
        shown = cloud.openstack("keypair", "show", "--public-key", "acc-key").stdout
        assert shown.strip() == Path(f"{ssh_key}.pub").read_text().strip()

    def test_generate(self, cloud: Cloud, tmp_path: Path) -> None:
        """Up to 2.91 the cloud makes the key; what it hands out must be a key that ssh can use."""
        key = tmp_path / "generated"
        key.write_text(cloud.openstack("--os-compute-api-version", "2.91", "keypair", "create", "acc-made").stdout)
        key.chmod(0o600)
        derived = subprocess.run(["ssh-keygen", "-y", "-f", str(key)], capture_output=True, text=True)
        assert derived.returncode == 0, derived.stderr
        public = cloud.openstack("keypair", "show", "--public-key", "acc-made").stdout.split()
        assert derived.stdout.split()[:2] == public[:2]
        cloud.openstack("keypair", "delete", "acc-made")

    def test_from_2_92_the_client_makes_it(self, cloud: Cloud, tmp_path: Path) -> None:
        cloud.openstack(
            "--os-compute-api-version", "2.92", "keypair", "create", "--private-key", str(tmp_path / "k"), "c"
        )
        assert (tmp_path / "k").read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
        cloud.openstack("keypair", "delete", "c")


class TestServer:
    def test_create_and_wait(self, cloud: Cloud) -> None:
        server = cloud.json(
            "server", "create", "--wait", "--image", IMAGE, "--flavor", FLAVOR, "--key-name", "acc-key",
            "--property", "role=web", "web",
        )  # fmt: skip
        assert server["status"] == "ACTIVE"
        assert server["name"] == "web"
        assert server["key_name"] == "acc-key"
        assert server["properties"] == {"role": "web"}

    def test_list_and_show(self, cloud: Cloud) -> None:
        rows = {row["Name"]: row for row in cloud.json("server", "list")}
        assert rows["web"]["Status"] == "ACTIVE"
        shown = cloud.json("server", "show", "web")
        assert shown["id"] == rows["web"]["ID"]
        assert shown["OS-EXT-STS:vm_state"] == "active"
        assert [row["Name"] for row in cloud.json("server", "list", "--name", "^web$", "--status", "ACTIVE")] == ["web"]

    def test_stop_start_reboot(self, cloud: Cloud) -> None:
        cloud.openstack("server", "stop", "web")
        wait(cloud, "SHUTOFF")
        cloud.openstack("server", "start", "web")
        wait(cloud, "ACTIVE")
        cloud.openstack("server", "reboot", "--wait", "web")
        cloud.openstack("server", "reboot", "--hard", "--wait", "web")
        wait(cloud, "ACTIVE")

    def test_set(self, cloud: Cloud) -> None:
        cloud.openstack("server", "set", "--name", "web2", "--property", "tier=front", "web")
        assert cloud.json("server", "show", "web2")["properties"] == {"role": "web", "tier": "front"}
        cloud.openstack("server", "unset", "--property", "tier", "web2")
        cloud.openstack("server", "set", "--name", "web", "web2")
        assert cloud.json("server", "show", "web")["properties"] == {"role": "web"}

    def test_resize_and_confirm(self, cloud: Cloud) -> None:
        old = cloud.json("flavor", "show", FLAVOR)
        bigger = min(
            (row for row in cloud.json("flavor", "list") if row["RAM"] > old["ram"] and row["Disk"] >= old["disk"]),
            key=lambda row: row["RAM"],
        )
        cloud.openstack("server", "resize", "--wait", "--flavor", bigger["ID"], "web")
        assert wait(cloud, "VERIFY_RESIZE")
        cloud.openstack("server", "resize", "confirm", "web")
        assert bigger["Name"] in str(wait(cloud, "ACTIVE")["flavor"])

    def test_image_of_a_server(self, cloud: Cloud) -> None:
        cloud.openstack("server", "image", "create", "--wait", "--name", "acc-snapshot", "web")
        shown = cloud.json("image", "show", "acc-snapshot")
        assert shown["status"] == "active"
        assert shown["properties"]["image_type"] == "snapshot"
        assert shown["properties"]["base_image_ref"] == IMAGE
        cloud.openstack("image", "delete", "acc-snapshot")

    def test_console_log(self, cloud: Cloud) -> None:
        assert cloud.openstack("console", "log", "show", "web").stdout.strip()

    def test_delete_and_wait(self, cloud: Cloud) -> None:
        cloud.openstack("server", "delete", "--wait", "web")
        gone = cloud.openstack("server", "show", "web", fails=True)
        assert "No server found for web" in gone.stderr or "No Server found for web" in gone.stderr
        cloud.openstack("keypair", "delete", "acc-key")
