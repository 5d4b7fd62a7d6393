"""What `nova` does with flavors, images, key pairs and itself, in three versions."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID

from cloud import Cloud
from nova_client import Nova

NEWEST = "18.13.1"
CIRROS = "cirros-0.6.3-x86_64-disk"


class TestFlavors:
    def test_the_life_of_a_flavor(self, nova: Nova) -> None:
        created = nova("flavor-create", "acc", "acc1", "64", "1", "2", "--swap", "8", "--ephemeral", "3").rows()[0]
        assert (created["ID"], created["Name"], created["VCPUs"], created["Swap"]) == ("acc1", "acc", "2", "8")
        if nova.version == NEWEST:
            assert nova("flavor-update", "acc", "words").rows()[0]["Description"] == "words"
        nova("flavor-key", "acc", "set", "hw:cpu_policy=shared", "mine:key=1")
        assert json.loads(nova("flavor-show", "acc").fields()["extra_specs"]) == {
            "hw:cpu_policy": "shared", "mine:key": "1",
        }  # fmt: skip
        nova("flavor-key", "acc", "unset", "mine:key")
        listed = {row["ID"]: row for row in nova("flavor-list", "--extra-specs").rows()}
        assert json.loads(listed["acc1"]["extra_specs"].replace("'", '"')) == {"hw:cpu_policy": "shared"}
        nova("flavor-delete", "acc")
        assert "No flavor with a name or ID of 'acc' exists." in nova.refused("flavor-show", "acc")

    def test_access(self, nova: Nova) -> None:
        project = nova.cloud.json("project", "show", "demo", user="admin")["id"]
        nova("flavor-create", "own", "own1", "64", "1", "1", "--is-public", "false")
        demo = nova.as_user("demo")
        assert "own1" not in demo("flavor-list").stdout
        added = nova("flavor-access-add", "own", project).rows()
        assert added == [{"Flavor_ID": "own1", "Tenant_ID": project}]
        assert nova("flavor-access-list", "--flavor", "own").rows() == added
        assert "own1" in demo("flavor-list").stdout
        assert nova("flavor-access-remove", "own", project).rows() == []
        assert "own1" not in demo("flavor-list").stdout


class TestKeypairs:
    def test_the_life_of_a_key_pair(self, nova: Nova, ssh_key: Path) -> None:
        """Old clients may leave the making of the key to Nova, which prints the private half once."""
        nova("keypair-add", "--pub-key", f"{ssh_key}.pub", "mine")
        shown = nova("keypair-show", "mine").stdout
        assert Path(f"{ssh_key}.pub").read_text().split()[1] in shown.replace("\n", "")
        if nova.version != NEWEST:
            private = ssh_key.parent / f"made-{nova.version}"
            private.write_text(nova("keypair-add", "made").stdout.strip() + "\n")
            private.chmod(0o600)
            public = subprocess.run(["ssh-keygen", "-y", "-f", str(private)], capture_output=True, text=True)
            assert public.returncode == 0, public.stderr
        assert "mine" in [row["Name"] for row in nova("keypair-list").rows()]
        nova("keypair-delete", "mine")
        assert "mine" not in [row["Name"] for row in nova("keypair-list").rows()]
        assert "(HTTP 404)" in nova.refused("keypair-show", "mine")

    def test_a_made_certificate_comes_with_its_key_as_windows_imports_them(self, nova: Nova) -> None:
        made = nova("--os-compute-api-version", "2.10", "keypair-add", "--key-type", "x509", "win").stdout
        key, certificate, _ = pkcs12.load_key_and_certificates(base64.b64decode(made), b"")
        assert certificate.public_key() == key.public_key()
        certificate.verify_directly_issued_by(certificate)
        usage, name = (extension.value for extension in certificate.extensions)
        assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
        user = nova.cloud.json("user", "show", "admin", user="admin")["id"]
        assert certificate.subject.rfc4514_string() == f"CN={user}"
        assert name[0].value[2:].decode() == f"{user}@localhost"
        listed = nova("--os-compute-api-version", "2.10", "keypair-list").rows()
        assert certificate.fingerprint(SHA1()).hex(":") in [row["Fingerprint"] for row in listed]


def test_images(nova: Nova) -> None:
    """Nova stands in for Glance until 2.35; new clients do not ask it to."""
    if nova.version == NEWEST:
        assert "invalid choice: 'image-list'" in nova.refused("image-list")
        return
    nova.boot("model")
    nova("image-create", "--poll", "model", "copy")
    images = {row["Name"]: row for row in nova.at("2.35", "image-list").rows()}
    assert images["copy"]["Status"] == "ACTIVE" and images["copy"]["Server"] == nova.show("model")["id"]
    nova.at("2.35", "image-meta", "copy", "set", "role=web")
    shown = nova.at("2.35", "image-show", "copy").fields()
    assert "web" in shown.values() and "copy" in shown.values()
    nova.at("2.35", "image-meta", "copy", "delete", "role")
    assert "web" not in nova.at("2.35", "image-show", "copy").fields().values()
    nova.at("2.35", "image-delete", "copy")
    assert "copy" not in [row["Name"] for row in nova.at("2.35", "image-list").rows()]
    assert "No Image matching copy. (HTTP 404)" in nova.at("2.35", "image-delete", "copy", fails=False).stdout


class TestItself:
    def test_version_list(self, nova: Nova, tmp_path: Path) -> None:
        """Old clients ask the root of the catalog's address: on Nova's classic port that is its own, on the main one
        Keystone's."""
        if nova.version == "6.0.2":
            assert "v3.14" in [row["Id"] for row in nova("version-list").rows()]
        config = tmp_path / "config.json"
        config.write_text(json.dumps({"listen": {"compute": 0}}))
        with Cloud(("--memory", "--config", str(config)), tmp_path / "cloud") as cloud:
            printed = Nova(nova.starter, cloud)("version-list")
        assert "Minimum version 2.1" in printed.stdout
        versions = {row["Id"]: row for row in printed.rows()}
        assert versions["v2.1"]["Status"] == "CURRENT" and versions["v2.1"]["Version"] == "2.104"
        assert versions["v2.0"]["Status"] == "DEPRECATED"

    def test_help(self, nova: Nova) -> None:
        names = nova.starter.names()
        described = nova("help").stdout
        assert all(f" {name}" in described for name in names)
        assert "Boot a new server." in nova("help", "boot").stdout
        assert "is not a valid subcommand" in nova.refused("help", "nope")

    def test_extensions(self, nova: Nova) -> None:
        if nova.version == NEWEST:
            assert "invalid choice: 'list-extensions'" in nova.refused("list-extensions")
            return
        rows = {row["Alias"]: row for row in nova("list-extensions").rows()}
        assert rows["os-keypairs"]["Name"] == "Keypairs" and len(rows) > 50

    def test_credentials_and_endpoints(self, nova: Nova) -> None:
        """What the token says; only 6.0.2 prints it."""
        if nova.version != "6.0.2":
            pytest.skip("the client has no such commands")
        printed = nova("credentials").stdout
        assert '{"id": "default", "name": "Default"}' in printed and "| Token" in printed
        endpoints = nova("endpoints").stdout
        assert all(f"| {name}" in endpoints for name in ("keystone", "nova", "glance"))
        assert f"{nova.cloud.base}/compute/v2.1" in endpoints
