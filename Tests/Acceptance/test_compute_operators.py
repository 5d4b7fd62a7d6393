"""What an administrator asks `nova` about hosts, services, aggregates, quotas and usage, in three versions."""

from __future__ import annotations

import json
import re

import pytest

from nova_client import IMAGE, Nova

NEWEST = "18.13.1"
HOST = "pocketstack"


class TestServices:
    def compute(self, nova: Nova) -> dict[str, str]:
        (row,) = nova("service-list", "--host", HOST, "--binary", "nova-compute").rows()
        return row

    def named(self, nova: Nova) -> list[str]:
        """How the client names the service: by its UUID since 2.53."""
        return [self.compute(nova)["Id"]] if nova.version == NEWEST else [HOST, "nova-compute"]

    def test_service_list(self, nova: Nova) -> None:
        services = {row["Binary"]: row for row in nova("service-list").rows()}
        assert services.keys() == {"nova-conductor", "nova-scheduler", "nova-compute"}
        compute = services["nova-compute"]
        assert (compute["Host"], compute["Zone"], compute["Status"], compute["State"]) == (
            HOST, "nova", "enabled", "up",
        )  # fmt: skip

    def test_disable_and_enable(self, nova: Nova) -> None:
        disabled = nova("service-disable", "--reason", "tea", *self.named(nova)).rows()[0]
        assert disabled["Status"] == "disabled" and disabled["Disabled Reason"] == "tea"
        assert self.compute(nova)["Disabled Reason"] == "tea"
        nova("boot", "--flavor", "16", "--image", IMAGE, "nowhere")
        nova.wait("nowhere", "ERROR")
        assert "No valid host was found." in nova("show", "nowhere").stdout
        nova("delete", "nowhere")
        assert nova("service-enable", *self.named(nova)).rows()[0]["Status"] == "enabled"
        assert self.compute(nova)["Status"] == "enabled"

    def test_force_down(self, nova: Nova) -> None:
        assert nova("service-force-down", *self.named(nova)).rows()[0]["Forced down"] == "True"
        assert self.compute(nova)["State"] == "down"
        assert nova("service-force-down", "--unset", *self.named(nova)).rows()[0]["Forced down"] == "False"
        assert self.compute(nova)["State"] == "up"

    def test_delete(self, nova: Nova) -> None:
        """The program behind it goes on reporting, so that it comes back."""
        nova("service-delete", self.compute(nova)["Id"])
        assert self.compute(nova)["State"] == "up"
        unknown = "0d5c4e43-6f0c-4f0f-9c0b-7f7b0f0e0001" if nova.version == NEWEST else "99"
        assert f"Service {unknown} not found. (HTTP 404)" in nova.refused("service-delete", unknown)


class TestHosts:
    def test_hypervisors(self, nova: Nova) -> None:
        (row,) = nova("hypervisor-list", "--matching", "pocket").rows()
        assert row["Hypervisor hostname"] == HOST and row["State"] == "up" and row["Status"] == "enabled"
        name = row["ID"]
        assert nova("hypervisor-list").rows()[0]["ID"] == name
        shown = nova("hypervisor-show", name).fields()
        assert shown["hypervisor_hostname"] == HOST and shown["hypervisor_type"]
        up = nova("hypervisor-uptime", name).fields()
        assert up["hypervisor_hostname"] == HOST and "load average" in up["uptime"]

    def test_hypervisor_stats(self, nova: Nova) -> None:
        """Nova of today keeps no such sums."""
        if nova.version == NEWEST:
            assert "not supported in API version 2.88 or later" in nova.refused("hypervisor-stats")
        stats = nova.at("2.87" if nova.version == NEWEST else "2.latest", "hypervisor-stats").fields()
        assert stats["count"] == "1" and int(stats["memory_mb"]) > 0

    def test_hypervisor_servers(self, nova: Nova) -> None:
        server = nova.boot("resident")["id"]
        (row,) = nova("hypervisor-servers", HOST).rows()
        assert row["ID"] == server and row["Hypervisor Hostname"] == HOST
        nova("delete", "resident")

    def test_hosts(self, nova: Nova) -> None:
        """Until 2.43; new clients do not have it."""
        if nova.version == NEWEST:
            assert "invalid choice: 'host-list'" in nova.refused("host-list")
            return
        assert {"host_name": HOST, "service": "compute", "zone": "nova"} in nova("host-list").rows()
        resources = {row["PROJECT"]: row for row in nova("host-describe", HOST).rows()}
        assert int(resources["(total)"]["cpu"]) > 0 and resources["(used_now)"]["HOST"] == HOST

    def test_availability_zones(self, nova: Nova) -> None:
        rows = nova("availability-zone-list").rows()
        zones = {row["Name"]: row["Status"] for row in rows}
        assert zones["nova"] == "available" and zones["internal"] == "available"
        assert zones["| |- nova-compute"].startswith("enabled :-) ")
        plain = nova.as_user("demo")("availability-zone-list").rows()
        assert plain == [{"Name": "nova", "Status": "available"}]

    def test_audit_log(self, nova: Nova) -> None:
        if nova.version != NEWEST:
            assert "invalid choice" in nova.refused("instance-usage-audit-log")
            return
        log = nova("instance-usage-audit-log").fields()
        assert log["overall_status"] == "ALL hosts done. 0 errors." and log["hosts_not_run"] == "[]"


class TestAggregates:
    def show(self, nova: Nova, *command: str) -> dict[str, str]:
        return nova(*command).rows()[0]

    def test_the_life_of_an_aggregate(self, nova: Nova) -> None:
        created = self.show(nova, "aggregate-create", "racks", "west")
        assert created["Name"] == "racks" and created["Availability Zone"] == "west"
        assert [row["Name"] for row in nova("aggregate-list").rows()] == ["racks"]
        added = nova("aggregate-add-host", "racks", HOST)
        assert f"Host {HOST} has been successfully added for aggregate {created['Id']}" in added.stdout
        assert "west" in [row["Name"] for row in nova("availability-zone-list").rows()]
        marked = self.show(nova, "aggregate-set-metadata", "racks", "ssd=true")
        assert marked["Metadata"] == "'availability_zone=west', 'ssd=true'"
        for command in ["aggregate-show"] + ["aggregate-details"] * (nova.version == "6.0.2"):
            shown = self.show(nova, command, "racks")
            assert shown["Hosts"] == f"'{HOST}'" and shown["Metadata"] == marked["Metadata"]
        assert "Host aggregate is not empty" in nova.refused("aggregate-delete", "racks")
        self.cache_images(nova)
        self.show(nova, "aggregate-remove-host", "racks", HOST)
        options = ["racks", "shelves"] if nova.version == "6.0.2" else ["racks", "--name", "shelves"]
        assert self.show(nova, "aggregate-update", *options)["Name"] == "shelves"
        gone = nova("aggregate-delete", "shelves").stdout
        assert gone.strip() == f"Aggregate {created['Id']} has been successfully deleted."
        assert nova("aggregate-list").rows() == []

    def cache_images(self, nova: Nova) -> None:
        """By id: the client looks for names with a filter that Glance does not know."""
        if nova.version == NEWEST:
            assert nova("aggregate-cache-images", "racks", IMAGE).stdout == ""
            assert "Unable to find image(s): nope" in nova.refused("aggregate-cache-images", "racks", "nope")


class TestQuotas:
    @pytest.fixture(scope="class")
    def project(self, nova: Nova) -> str:
        """The id of the administrator's project."""
        return nova.cloud.json("project", "show", "admin", user="admin")["id"]

    def test_quotas(self, nova: Nova, project: str) -> None:
        defaults = nova("quota-defaults").fields()
        assert defaults["instances"] == "10" and defaults["cores"] == "20" and defaults["ram"] == "51200"
        nova("quota-update", project, "--cores", "30")
        assert nova("quota-show", "--tenant", project).fields()["cores"] == "30"
        refused = nova.refused("quota-update", "nope", "--cores", "30")
        assert "Project ID nope is not a valid project. (HTTP 400)" in refused
        if nova.version == NEWEST:
            detail = nova("quota-show", "--detail").fields()
            assert json.loads(detail["cores"].replace("'", '"')) == {"in_use": 0, "limit": 30, "reserved": 0}
        nova("quota-delete", "--tenant", project)
        assert nova("quota-show").fields() == defaults

    def test_quota_classes(self, nova: Nova) -> None:
        nova("quota-class-update", "default", "--key-pairs", "7")
        assert nova("quota-class-show", "default").fields()["key_pairs"] == "7"
        assert nova("quota-defaults").fields()["key_pairs"] == "7"

    def test_limits(self, nova: Nova) -> None:
        """6.0.2 has a command for each of the two tables besides."""
        nova.boot("counted")
        outputs = [nova("limits").stdout.split("\n\n")[-1]]
        if nova.version == "6.0.2":
            outputs.append(nova("absolute-limits").stdout)
            assert nova("rate-limits").rows() == []
        for output in outputs:
            cells = [re.split(r"\s*\|\s*", line.strip("| ")) for line in output.splitlines() if "|" in line]
            absolute = {row[0]: row[1:] for row in cells}
            assert absolute["Instances"] == ["1", "10"] and absolute["Cores"] == ["1", "20"]
        nova("delete", "counted")

    def test_usage(self, nova: Nova, project: str) -> None:
        printed = nova("usage")
        assert re.match(r"Usage from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d:", printed.stdout)
        assert printed.rows()[0]["Servers"] == "2", "those that were on the host: resident and counted"
        (row,) = nova("usage-list").rows()
        assert row["Tenant ID"] == project and row["Servers"] == printed.rows()[0]["Servers"]
        if nova.version == "7.1.2":
            return  # It takes --end for the beginning of --endpoint-override.
        nothing = nova("usage", "--start", "2001-01-01", "--end", "2001-01-02").stdout
        assert "Usage from 2001-01-01 to 2001-01-02:" in nothing and "None" in nothing


def test_server_groups(nova: Nova) -> None:
    created = nova("server-group-create", "apart", "anti-affinity").rows()[0]
    assert created["Name"] == "apart" and "anti-affinity" in created.get("Policy", created.get("Policies", ""))
    assert nova("server-group-get", created["Id"]).rows()[0]["Members"] == "[]"
    assert created["Id"] in [row["Id"] for row in nova("server-group-list", "--all-projects").rows()]
    gone = nova("server-group-delete", created["Id"]).stdout
    assert gone.strip() == f"Server group {created['Id']} has been successfully deleted."
    assert nova("server-group-list").rows() == []
    assert "(HTTP 404)" in nova.refused("server-group-get", created["Id"])
