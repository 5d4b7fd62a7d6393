"""What `nova` does with servers beyond the tutorial and the actions, in three versions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cloud import Cloud, wait_until
from nova_client import IMAGE, Nova

NEWEST = "18.13.1"


@pytest.fixture(scope="module")
def one(nova: Nova) -> str:
    """The server that most steps are done with."""
    nova.boot("one", "--meta", "role=web")
    return "one"


def task_free(nova: Nova, server: str) -> None:
    wait_until(lambda: nova.show(server)["OS-EXT-STS:task_state"], "-")


class TestStates:
    def test_pause_and_unpause(self, nova: Nova, one: str) -> None:
        nova("pause", one)
        nova.wait(one, "PAUSED")
        assert "while it is in vm_state paused (HTTP 409)" in nova.refused("pause", one)
        nova("unpause", one)
        nova.wait(one, "ACTIVE")

    def test_suspend_and_resume(self, nova: Nova, one: str) -> None:
        nova("suspend", one)
        nova.wait(one, "SUSPENDED")
        nova("resume", one)
        nova.wait(one, "ACTIVE")

    def test_lock_and_unlock(self, nova: Nova, one: str) -> None:
        nova.as_user("demo").boot("mine")
        mine = nova.as_user("demo")
        if nova.version == NEWEST:
            mine("lock", "--reason", "tea", "mine")
            assert mine.show("mine")["locked_reason"] == "tea"
        else:
            mine("lock", "mine")
        identifier = mine.show("mine")["id"]
        nova("lock", identifier)
        assert "(HTTP 409)" in mine.refused("stop", "mine") and "is locked" in mine.refused("stop", "mine")
        nova("unlock", identifier)
        mine("stop", "mine")
        mine.wait("mine", "SHUTOFF")

    def test_reset_state(self, nova: Nova, one: str) -> None:
        assert f"Reset state for server {one} succeeded; new state is error" in nova("reset-state", one).stdout
        assert nova.show(one)["status"] == "ERROR"
        assert "new state is active" in nova("reset-state", "--active", one).stdout
        assert nova.show(one)["status"] == "ACTIVE"

    def test_resize_and_revert(self, nova: Nova, one: str) -> None:
        def flavor() -> str:
            server = nova.show(one)
            return server.get("flavor") or server["flavor:original_name"]

        before = flavor()
        assert "Finished" in nova("resize", "--poll", one, "d2").stdout
        assert flavor() != before
        nova("resize-revert", one)
        nova.wait(one, "ACTIVE")
        assert flavor() == before

    def test_restore(self, nova: Nova, made: Callable[..., Cloud], tmp_path_factory: pytest.TempPathFactory) -> None:
        """Only a cloud that keeps deleted servers for a while can bring them back."""
        config = tmp_path_factory.getbasetemp() / "reclaim.json"
        config.write_text(json.dumps({"compute": {"reclaim_instance_interval": 3600}}))
        keeper = Nova(nova.starter, made("--config", str(config)))
        name = f"restored-{nova.version}"
        server = keeper.boot(name)["id"]
        keeper("delete", server)
        keeper.wait(server, "SOFT_DELETED")
        assert name not in keeper("list").stdout
        keeper("restore", server)
        keeper.wait(server, "ACTIVE")
        assert name in keeper("list").stdout
        keeper("force-delete", server)


class TestProperties:
    def test_update(self, nova: Nova, one: str) -> None:
        """6.0.2 calls it `rename` too."""
        nova("update", "--name", "two", one)
        assert nova.show("two")["name"] == "two"
        if nova.version == "6.0.2":
            nova("rename", "two", one)
        else:
            nova("update", "--name", one, "--description", "words", "two")
            assert nova.show(one)["description"] == "words"
        assert nova.show(one)["name"] == one

    def test_tags(self, nova: Nova, one: str) -> None:
        def tags() -> list[str]:
            return [row["Tag"] for row in nova("server-tag-list", one).rows()]

        said = nova("server-tag-add", one, "web").stdout
        assert nova.version == "6.0.2" or "Request to add tag web to specified server has been accepted." in said
        assert tags() == ["web"]
        nova("server-tag-set", one, "blue", "green")
        assert sorted(tags()) == ["blue", "green"]
        assert [row["Name"] for row in nova("list", "--tags", "blue").rows()] == [one]
        said = nova("server-tag-delete", one, "blue").stdout
        assert nova.version == "6.0.2" or "Request to delete tag blue" in said
        assert tags() == ["green"]
        assert "404" in nova.refused("server-tag-delete", one, "blue")
        nova("server-tag-delete-all", one)
        assert tags() == []

    def test_passwords(self, nova: Nova, one: str) -> None:
        """The prompt's answer is typed twice; nothing in the guest ever tells Nova its password."""
        set_password = ["set-password"] + ["root-password"] * (nova.version == "6.0.2")
        for command in set_password:
            nova(command, one, typed="s3cret\ns3cret\n")
            assert "Passwords do not match." in nova(command, one, typed="s3cret\nother\n", fails=True).stderr
            task_free(nova, one)
        actions = [row["Action"] for row in nova("instance-action-list", one).rows()]
        assert actions.count("changePassword") == len(set_password)
        assert nova("get-password", one).stdout.strip() == ""
        assert nova("clear-password", one).stdout == ""

    def test_diagnostics(self, nova: Nova, one: str) -> None:
        printed = nova("diagnostics", one).fields()
        if nova.version == NEWEST:
            assert printed["state"] == "running" and int(printed["uptime"]) >= 0
        else:
            assert int(printed["memory"]) > 0 and "vda_read" in printed

    def test_topology(self, nova: Nova, one: str) -> None:
        if nova.version != NEWEST:
            assert "invalid choice: 'server-topology'" in nova.refused("server-topology", one)
            return
        assert nova("server-topology", one).fields() == {"nodes": "[]", "pagesize_kb": "None"}

    def test_refresh_network(self, nova: Nova, one: str) -> None:
        assert nova("refresh-network", one).stdout == ""
        assert "No server with a name or ID of 'nope' exists." in nova.refused("refresh-network", "nope")

    def test_host_meta(self, nova: Nova, one: str) -> None:
        nova("host-meta", "pocketstack", "set", "rack=7")
        assert json.loads(nova.show(one)["metadata"]) == {"role": "web", "rack": "7"}
        nova("host-meta", "pocketstack", "delete", "rack")
        assert json.loads(nova.show(one)["metadata"]) == {"role": "web"}


class TestLists:
    def test_list(self, nova: Nova, one: str) -> None:
        nova.boot("other")
        by_name = [row["Name"] for row in nova("list", "--sort", "display_name:desc").rows()]
        assert by_name == ["other", one]
        (row,) = nova("list", "--name", "oth", "--fields", "name,status").rows()
        assert row["Name"] == "other" and row["Status"] == "ACTIVE"
        everybody = [row["Name"] for row in nova("list", "--all-tenants").rows()]
        assert {"mine", "other", one} <= set(everybody)
        assert nova("list", "--status", "ERROR").rows() == []
        nova("delete", "other")
        wait_until(lambda: str("other" in nova("list").stdout), "False")
        assert nova("list", "--deleted").rows()[0]["Name"] == "other"

    def test_instance_action(self, nova: Nova, one: str) -> None:
        newest = nova("instance-action-list", one).rows()
        created = next(row for row in newest if row["Action"] == "create")
        shown = nova("instance-action", one, created["Request_ID"])
        assert shown.fields()["action"] == "create" and "compute__do_build_and_run_instance" in shown.stdout


class TestMoves:
    """Which find no other host; what is asked for is recorded all the same."""

    def test_server_migration_list(self, nova: Nova, one: str) -> None:
        assert nova("server-migration-list", one).rows() == []

    def test_live_migration(self, nova: Nova, one: str) -> None:
        """From 2.34 on it is accepted first."""
        nova("live-migration", one)
        task_free(nova, one)
        printed = nova("host-evacuate-live", "pocketstack").stdout
        assert printed.count("True") == len(nova("list", "--all-tenants", "--status", "ACTIVE").rows())
        task_free(nova, one)

    def test_host_servers_migrate(self, nova: Nova, one: str) -> None:
        servers = {row["Server UUID"]: row for row in nova("host-servers-migrate", "pocketstack").rows()}
        assert servers[nova.show(one)["id"]]["Migration Accepted"] == "True"
        task_free(nova, one)

    def test_migration_list(self, nova: Nova, one: str) -> None:
        mine = nova.show(one)["id"]
        rows = [row for row in nova("migration-list").rows() if row["Instance UUID"] == mine]
        assert sorted((row["Type"], row["Status"]) for row in rows) == [
            ("live-migration", "error"), ("live-migration", "error"), ("migration", "error"), ("resize", "reverted"),
        ]  # fmt: skip

    def test_evacuate(self, nova: Nova, one: str) -> None:
        """Only a host that is down is evacuated."""
        for name in ("lost", "found"):
            nova.boot(name)
        assert "Compute service of pocketstack is still in use. (HTTP 400)" in nova.refused("evacuate", "lost")
        service = nova("service-list", "--binary", "nova-compute").rows()[0]["Id"]
        host = [service] if nova.version == NEWEST else ["pocketstack", "nova-compute"]
        assert nova("service-force-down", *host).rows()[0]["Forced down"] == "True"
        nova("evacuate", "lost")
        nova.wait("lost", "ERROR")
        nova("reset-state", "--active", "lost")
        servers = nova("host-evacuate", "pocketstack").rows()
        assert {row["Evacuate Accepted"] for row in servers} == {"True"}
        nova.wait("found", "ERROR")
        assert "No valid host was found. There are not enough hosts available." in nova("show", "found").stdout
        assert nova("service-force-down", "--unset", *host).rows()[0]["Forced down"] == "False"


def test_boot_with_everything(nova: Nova, ssh_key: Path, tmp_path: Path) -> None:
    """A server that was booted with all that `boot` can say keeps what was said."""
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    nova("server-group-create", "apart", "anti-affinity")
    group = next(row["Id"] for row in nova("server-group-list").rows() if row["Name"] == "apart")
    nova("keypair-add", "--pub-key", f"{ssh_key}.pub", "mykey")
    server = nova.boot(
        "full", "--key-name", "mykey", "--availability-zone", "nova", "--user-data", str(script), "--config-drive",
        "true", "--hint", f"group={group}", "--meta", "a=b",
    )  # fmt: skip
    assert server["key_name"] == "mykey" and server["config_drive"] == "True"
    assert server["OS-EXT-AZ:availability_zone"] == "nova" and json.loads(server["metadata"]) == {"a": "b"}
    assert server["id"] in nova("server-group-get", group).stdout
    assert IMAGE in server["image"]
