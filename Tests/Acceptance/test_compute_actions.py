"""What an administrator does to servers beyond the tutorial, with `nova` clients of three ages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cloud import Cloud, Ran, wait_until

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
NEWEST = "18.13.1"


@dataclass
class Operator:
    """An administrator with a client of one version, and one server."""

    cloud: Cloud
    version: str

    @property
    def server(self) -> str:
        return f"actor-{self.version}"

    def nova(self, *arguments: str, fails: bool = False) -> Ran:
        return self.cloud.nova(self.version, *arguments, user="admin", fails=fails)

    def wait(self, status: str) -> None:
        wait_until(lambda: self.nova("show", self.server).fields()["status"], status)

    def refused(self, *arguments: str) -> str:
        ran = self.nova(*arguments, fails=True)
        return ran.stdout + ran.stderr


@pytest.fixture(scope="class", params=[NEWEST, "7.1.2", "6.0.2"], ids=lambda version: f"novaclient-{version}")
def operator(request: pytest.FixtureRequest, made: Callable[..., Cloud]) -> Operator:
    """6.0.2 has the cloud of its time; its server is active before the first step."""
    cloud = made("--release", "mitaka") if request.param == "6.0.2" else made()
    operator = Operator(cloud, request.param)
    operator.nova("boot", "--flavor", "16", "--image", IMAGE, operator.server)
    operator.wait("ACTIVE")
    return operator


class TestActions:
    def test_rescue_and_unrescue(self, operator: Operator) -> None:
        assert operator.nova("rescue", "--password", "s3cret", operator.server).fields()["adminPass"] == "s3cret"
        operator.wait("RESCUE")
        operator.nova("unrescue", operator.server)
        operator.wait("ACTIVE")

    def test_shelve_and_unshelve(self, operator: Operator) -> None:
        assert "while it is in vm_state active (HTTP 409)" in operator.refused("shelve-offload", operator.server)
        operator.nova("shelve", operator.server)
        operator.wait("SHELVED_OFFLOADED")
        operator.nova("unshelve", operator.server)
        operator.wait("ACTIVE")

    def test_backup(self, operator: Operator) -> None:
        for name in ("first", "second"):
            operator.nova("backup", operator.server, f"{name}-{operator.version}", "daily", "1")
            operator.wait("ACTIVE")
        names = [row["Name"] for row in operator.cloud.json("image", "list", user="admin")]
        assert f"second-{operator.version}" in names and f"first-{operator.version}" not in names

    def test_rebuild(self, operator: Operator) -> None:
        rebuilt = operator.nova("rebuild", "--rebuild-password", "s3cret", operator.server, IMAGE).fields()
        assert rebuilt["adminPass"] == "s3cret" and rebuilt["status"] in ("REBUILD", "ACTIVE")
        operator.wait("ACTIVE")

    def test_consoles(self, operator: Operator) -> None:
        console = operator.nova("get-vnc-console", operator.server, "novnc").rows()[0]
        assert console["Type"] == "novnc" and "vnc_auto.html" in console["Url"]
        refused = operator.refused("get-spice-console", operator.server, "spice-html5")
        assert "Unavailable console type spice-html5. (HTTP 400)" in refused
        assert "HTTP 400" in operator.refused("get-rdp-console", operator.server, "rdp-html5")
        assert "HTTP 400" in operator.refused("get-serial-console", operator.server)

    def test_there_is_no_other_host(self, operator: Operator) -> None:
        operator.nova("migrate", operator.server)
        operator.wait("ACTIVE")
        assert "is still in use. (HTTP 400)" in operator.refused("evacuate", operator.server)
        assert "HTTP 410" in operator.refused("reset-network", operator.server)

    def test_trigger_crash_dump(self, operator: Operator) -> None:
        operator.nova("trigger-crash-dump", operator.server)
        operator.wait("ACTIVE")

    def test_instance_actions(self, operator: Operator) -> None:
        rows = operator.nova("instance-action-list", operator.server).rows()
        by_action = {row["Action"]: row for row in rows}
        expected = {
            "create", "rescue", "unrescue", "shelve", "unshelve", "createBackup", "rebuild", "migrate",
            "trigger_crash_dump",
        }  # fmt: skip
        assert expected <= set(by_action)
        assert by_action["migrate"]["Message"] == "Error"
        shown = operator.nova("instance-action", operator.server, by_action["rebuild"]["Request_ID"])
        assert shown.fields()["action"] == "rebuild" and "compute_rebuild_instance" in shown.stdout

    def test_force_delete(self, operator: Operator) -> None:
        operator.nova("force-delete", operator.server)
        wait_until(lambda: str(operator.server in operator.nova("list").stdout), "False")
