"""The tutorial, command by command, with `nova` clients of three ages.

The steps of one client run in order and build on one another, as they do for the student who types them.
6.0.2 refuses `image-list` on clouds newer than its own, so its cloud is the one of its time (`--release mitaka`).
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloud import NOVA, Cloud, Ran, program, wait_until

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
FLAVOR = "16"
UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")


def memory(flavor: dict[str, str]) -> int:
    """The column's name became correct in 2020."""
    return int(flavor.get("Memory_MiB") or flavor["Memory_MB"])


@dataclass
class Student:
    """Somebody with a client of one version and an openrc.sh."""

    cloud: Cloud
    version: str
    user: str = "demo"

    def nova(self, *arguments: str, fails: bool = False) -> Ran:
        return self.cloud.nova(self.version, *arguments, user=self.user, fails=fails)

    def show(self, server: str = "instance1") -> dict[str, str]:
        return self.nova("show", server).fields()

    def wait(self, status: str, server: str = "instance1") -> None:
        wait_until(lambda: self.show(server)["status"], status)

    def images(self) -> dict[str, str]:
        """Names and states of images; 18 has no image-list any more, and its users are told to ask Glance."""
        if self.version == "18.13.1":
            rows = self.cloud.json("image", "list", user=self.user)
            return {row["Name"]: row["Status"].upper() for row in rows}
        return {row["Name"]: row["Status"] for row in self.nova("image-list").rows()}


@pytest.fixture(scope="class", params=["18.13.1", "7.1.2", "6.0.2"], ids=lambda version: f"novaclient-{version}")
def student(request: pytest.FixtureRequest, made: Callable[..., Cloud]) -> Student:
    """A student a version; all but the oldest client share the newest cloud."""
    if request.param == "6.0.2":
        return Student(made("--release", "mitaka"), request.param)
    # 18 as demo and 7 as admin: they share a cloud, and neither may see what the other has left.
    return Student(made(), request.param, "demo" if request.param == "18.13.1" else "admin")


class TestTutorial:
    def test_keypair_add(self, student: Student, ssh_key: Path) -> None:
        student.nova("keypair-add", "--pub-key", f"{ssh_key}.pub", "SSHKEY")
        keys = {row["Name"]: row for row in student.nova("keypair-list").rows()}
        printed = subprocess.run(
            ["ssh-keygen", "-l", "-E", "md5", "-f", f"{ssh_key}.pub"], capture_output=True, text=True, check=True
        )
        assert keys["SSHKEY"]["Fingerprint"] == printed.stdout.split()[1].removeprefix("MD5:")
        assert keys["SSHKEY"]["Type"] == "ssh"

    def test_a_key_of_that_name_is_refused_twice(self, student: Student, ssh_key: Path) -> None:
        again = student.nova("keypair-add", "--pub-key", f"{ssh_key}.pub", "SSHKEY", fails=True)
        assert "Key pair 'SSHKEY' already exists. (HTTP 409)" in again.stderr

    def test_flavor_list(self, student: Student) -> None:
        flavors = {row["ID"]: row for row in student.nova("flavor-list").rows()}
        assert FLAVOR in flavors
        assert memory(flavors[FLAVOR]) > 0 and int(flavors[FLAVOR]["VCPUs"]) > 0

    def test_image_list(self, student: Student) -> None:
        if student.version == "18.13.1":
            ids = [row["ID"] for row in student.cloud.json("image", "list", user=student.user)]
        else:
            ids = [row["ID"] for row in student.nova("image-list").rows()]
        assert IMAGE in ids

    def test_boot(self, student: Student) -> None:
        booted = student.nova(
            "boot", "--key-name", "SSHKEY", "--flavor", FLAVOR, "--image", IMAGE, "instance1"
        ).fields()
        assert booted["name"] == "instance1"
        assert UUID.fullmatch(booted["id"])
        assert booted["key_name"] == "SSHKEY"
        assert booted["status"] in ("BUILD", "ACTIVE")
        assert booted["adminPass"]
        student.wait("ACTIVE")

    def test_list(self, student: Student) -> None:
        rows = {row["Name"]: row for row in student.nova("list").rows()}
        assert rows["instance1"]["Status"] == "ACTIVE"
        assert rows["instance1"]["Power State"] == "Running"
        assert rows["instance1"]["Task State"] == "-"

    def test_show(self, student: Student) -> None:
        server = student.show()
        assert server["name"] == "instance1"
        assert server["key_name"] == "SSHKEY"
        assert server["OS-EXT-STS:vm_state"] == "active"
        assert IMAGE in server["image"]
        assert server["accessIPv4"] == "" and server["config_drive"] == ""
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", server["created"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", server["OS-SRV-USG:launched_at"])
        assert re.fullmatch(r"[0-9a-f]{56}", server["hostId"])
        if student.version == "18.13.1":
            assert server["flavor:original_name"]
        else:
            assert server["flavor"].endswith(f"({FLAVOR})")

    def test_boot_with_poll(self, student: Student) -> None:
        polled = student.nova("boot", "--poll", "--flavor", FLAVOR, "--image", IMAGE, "instance2")
        assert "100% complete" in polled.stdout and "Finished" in polled.stdout
        assert student.show("instance2")["status"] == "ACTIVE"
        student.nova("delete", "instance2")

    def test_stop_and_start(self, student: Student) -> None:
        student.nova("stop", "instance1")
        student.wait("SHUTOFF")
        assert student.show()["OS-EXT-STS:power_state"] == "4"
        student.nova("start", "instance1")
        student.wait("ACTIVE")

    def test_start_of_a_running_server_is_refused(self, student: Student) -> None:
        refused = student.nova("start", "instance1", fails=True)
        assert "while it is in vm_state active (HTTP 409)" in refused.stdout + refused.stderr

    def test_reboot(self, student: Student) -> None:
        student.nova("reboot", "instance1")
        student.wait("ACTIVE")
        assert "Finished" in student.nova("reboot", "--hard", "--poll", "instance1").stdout

    def test_rename(self, student: Student) -> None:
        def rename(old: str, new: str) -> None:
            if student.version == "6.0.2":
                student.nova("rename", old, new)
            else:
                student.nova("update", "--name", new, old)

        rename("instance1", "webserver")
        assert student.show("webserver")["name"] == "webserver"
        rename("webserver", "instance1")
        assert student.show()["name"] == "instance1"

    def test_meta(self, student: Student) -> None:
        student.nova("meta", "instance1", "set", "role=web", "owner=me")
        assert json.loads(student.show()["metadata"]) == {"role": "web", "owner": "me"}
        student.nova("meta", "instance1", "delete", "owner")
        assert json.loads(student.show()["metadata"]) == {"role": "web"}

    def test_console_log(self, student: Student) -> None:
        whole = student.nova("console-log", "instance1").stdout
        assert whole.strip()
        last = student.nova("console-log", "--length", "2", "instance1").stdout
        assert whole.rstrip().endswith(last.rstrip())

    def test_resize_and_confirm(self, student: Student) -> None:
        flavors = {row["ID"]: row for row in student.nova("flavor-list").rows()}
        now = flavors[FLAVOR]
        bigger = next(
            row
            for row in sorted(flavors.values(), key=memory)
            if memory(row) > memory(now) and int(row["Disk"]) >= int(now["Disk"])
        )
        student.nova("resize", "instance1", bigger["ID"])
        student.wait("VERIFY_RESIZE")
        student.nova("resize-confirm", "instance1")
        student.wait("ACTIVE")
        server = student.show()
        if student.version == "18.13.1":
            assert server["flavor:original_name"] == bigger["Name"]
        else:
            assert server["flavor"] == f"{bigger['Name']} ({bigger['ID']})"

    def test_image_create(self, student: Student) -> None:
        name = f"snapshot-{student.version}"
        assert "Finished" in student.nova("image-create", "--poll", "instance1", name).stdout
        assert student.images()[name] == "ACTIVE"
        student.wait("ACTIVE")

    def test_delete(self, student: Student) -> None:
        student.nova("delete", "instance1")
        wait_until(lambda: str("instance1" in student.nova("list").stdout), "False")
        gone = student.nova("show", "instance1", fails=True)
        assert "No server with a name or ID of 'instance1' exists." in gone.stderr
        student.nova("keypair-delete", "SSHKEY")
        assert "SSHKEY" not in student.nova("keypair-list").stdout


def test_a_wrong_password_is_refused(cloud: Cloud) -> None:
    """The whole way of a login that fails: the client says 401, in its own words."""
    nova = program(NOVA["18.13.1"], "nova")
    refused = cloud.run("env", "OS_PASSWORD=wrong", nova, "list", fails=True)
    assert "The request you have made requires authentication. (HTTP 401)" in refused.stderr


@pytest.mark.parametrize("version", ["18.13.1", "7.1.2"])
def test_an_old_openrc_works(cloud: Cloud, version: str) -> None:
    """`openrc --legacy` writes what providers handed out before 2017; nova clients of all ages still take it."""
    assert cloud.nova(version, "flavor-list", legacy=True).rows()
