"""Services, regions and endpoints with the `openstack` command, and the catalog that a login then brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openstack_client import Client

URL = "http://127.0.0.1:9/v1"


def addresses(client: Client, service: str) -> set[tuple[str, str]]:
    """What `catalog list` has of a service, as (interface, address); it is a new login every time."""
    entries = [entry for entry in client.json("catalog", "list") if entry["Name"] == service]
    return {(end["interface"], end["url"]) for entry in entries for end in entry["Endpoints"]}


class TestService:
    def test_create_show_and_list(self, admin: Client) -> None:
        made = admin.json("service", "create", "--name", "barbican", "--description", "Secrets", "key-manager")
        assert made | {"id": ""} == {
            "id": "", "name": "barbican", "type": "key-manager", "enabled": True, "description": "Secrets",
        }  # fmt: skip
        for how in (made["id"], "barbican", "key-manager"):
            assert admin.json("service", "show", how) == made
        row = admin.row("barbican", "service", "list", "--long")
        assert row == {
            "ID": made["id"], "Name": "barbican", "Type": "key-manager", "Description": "Secrets", "Enabled": True,
        }  # fmt: skip
        assert {"keystone", "nova", "glance"} <= set(admin.column("Name", "service", "list"))

    def test_set(self, admin: Client) -> None:
        admin(
            "service", "set", "--name", "vault", "--type", "secrets", "--description", "Safe", "--disable", "barbican"
        )
        shown = admin.json("service", "show", "vault")
        assert (shown["type"], shown["description"], shown["enabled"]) == ("secrets", "Safe", False)
        admin("service", "set", "--enable", "vault")
        assert admin.json("service", "show", "vault")["enabled"] is True
        assert "No service with a type, name or ID of 'barbican' exists." in admin.refused(
            "service", "show", "barbican"
        )

    def test_two_of_one_name(self, admin: Client) -> None:
        first = admin.json("service", "create", "--name", "twin", "one")["id"]
        second = admin.json("service", "create", "--name", "twin", "two")["id"]
        assert first != second
        assert "ore than one" in admin.refused("service", "show", "twin")
        admin("service", "delete", first, second)

    def test_bad_and_forbidden(self, admin: Client, demo: Client) -> None:
        assert "400" in admin.refused("service", "create", "")
        assert "400" in admin.refused("service", "create", "x" * 256)
        said = demo.refused("service", "create", "mine")
        assert "403" in said
        assert "You are not authorized to perform the requested action: identity:create_service." in said
        assert "identity:list_services" in demo.refused("service", "list")

    def test_delete(self, admin: Client) -> None:
        admin("service", "delete", "vault")
        assert "vault" not in admin.column("Name", "service", "list")
        said = admin.refused("service", "delete", "vault")
        assert (
            "No service with a type, name or ID of 'vault' exists." in said
            and "1 of 1 services failed to delete." in said
        )


class TestRegion:
    def test_create_show_and_list(self, admin: Client) -> None:
        north = admin.json("region", "create", "--description", "Far up", "North")
        assert north == {"region": "North", "description": "Far up", "parent_region": None}
        pole = admin.json("region", "create", "--parent-region", "North", "Pole")
        assert pole == {"region": "Pole", "description": "", "parent_region": "North"}
        assert admin.json("region", "show", "Pole") == pole
        assert {"RegionOne", "North", "Pole"} <= set(admin.column("Region", "region", "list"))
        assert admin.json("region", "list", "--parent-region", "North") == [
            {"Region": "Pole", "Parent Region": "North", "Description": ""}
        ]

    def test_create_again(self, admin: Client) -> None:
        said = admin.refused("region", "create", "North")
        assert "409" in said and "Duplicate" in said

    def test_set(self, admin: Client) -> None:
        admin("region", "set", "--description", "Cold", "--parent-region", "RegionOne", "Pole")
        assert admin.json("region", "show", "Pole") == {
            "region": "Pole", "description": "Cold", "parent_region": "RegionOne",
        }  # fmt: skip
        admin("region", "set", "--parent-region", "North", "Pole")

    def test_in_a_circle(self, admin: Client) -> None:
        said = admin.refused("region", "set", "--parent-region", "Pole", "North")
        assert "400" in said and "The specified parent region North would create a circular region hierarchy." in said
        assert admin.json("region", "show", "North")["parent_region"] is None

    def test_missing_and_forbidden(self, admin: Client, demo: Client) -> None:
        assert "404" in admin.refused("region", "create", "--parent-region", "Nowhere", "South")
        assert "Could not find region: Nowhere." in admin.refused("region", "show", "Nowhere")
        assert "Could not find region: Nowhere." in admin.refused("region", "set", "--description", "x", "Nowhere")
        said = demo.refused("region", "create", "Mine")
        assert "403" in said and "identity:create_region" in said
        assert "RegionOne" in demo.column("Region", "region", "list")

    def test_delete(self, admin: Client) -> None:
        admin("region", "delete", "Pole", "North")
        assert admin.column("Region", "region", "list") == ["RegionOne"]
        assert "Could not find region: North." in admin.refused("region", "show", "North")


class TestEndpoint:
    @pytest.fixture(scope="class", autouse=True)
    def service(self, admin: Client) -> None:
        admin("service", "create", "--name", "designate", "dns")

    def test_a_new_one_is_in_the_next_catalog(self, admin: Client, demo: Client) -> None:
        made = admin.json("endpoint", "create", "--region", "RegionOne", "dns", "public", f"{URL}/%(project_id)s")
        assert (made["interface"], made["url"], made["enabled"]) == ("public", f"{URL}/%(project_id)s", True)
        assert (made["region"], made["region_id"]) == ("RegionOne", "RegionOne")
        assert (made["service_name"], made["service_type"]) == ("designate", "dns")
        assert admin.json("endpoint", "show", made["id"]) == made
        project = demo.json("token", "issue")["project_id"]
        assert addresses(demo, "designate") == {("public", f"{URL}/{project}")}
        shown = demo.json("catalog", "show", "dns")
        assert (shown["name"], shown["type"]) == ("designate", "dns")
        assert [end["url"] for end in shown["endpoints"]] == [f"{URL}/{project}"]
        assert "public: " in demo("catalog", "list").stdout

    def test_list(self, admin: Client) -> None:
        (row,) = admin.json("endpoint", "list", "--service", "designate")
        assert (row["Region"], row["Service Name"], row["Service Type"]) == ("RegionOne", "designate", "dns")
        assert (row["Enabled"], row["Interface"], row["URL"]) == (True, "public", f"{URL}/%(project_id)s")
        assert set(admin.column("Interface", "endpoint", "list", "--interface", "internal")) == {"internal"}
        assert len(admin.json("endpoint", "list", "--region", "RegionOne")) == len(admin.json("endpoint", "list"))

    def test_a_disabled_one_is_not_in_the_next_catalog(self, admin: Client, demo: Client) -> None:
        endpoint = admin.column("ID", "endpoint", "list", "--service", "dns")[0]
        admin("endpoint", "set", "--disable", endpoint)
        assert admin.json("endpoint", "show", endpoint)["enabled"] is False
        assert addresses(demo, "designate") == set()
        admin("endpoint", "set", "--enable", "--url", URL, "--interface", "internal", endpoint)
        assert addresses(demo, "designate") == {("internal", URL)}
        admin("service", "set", "--disable", "designate")
        assert addresses(demo, "designate") == set()
        admin("service", "set", "--enable", "designate")
        assert addresses(demo, "designate") == {("internal", URL)}

    def test_set_region_and_service(self, admin: Client) -> None:
        endpoint = admin.column("ID", "endpoint", "list", "--service", "dns")[0]
        admin("region", "create", "Two")
        admin("endpoint", "set", "--region", "Two", "--service", "image", endpoint)
        shown = admin.json("endpoint", "show", endpoint)
        assert (shown["region_id"], shown["service_name"]) == ("Two", "glance")
        assert admin.column("ID", "endpoint", "list", "--region", "Two") == [endpoint]
        said = admin.refused("region", "delete", "Two")
        assert "Unable to delete region Two because it or its child regions have associated endpoints." in said
        admin("endpoint", "set", "--region", "RegionOne", "--service", "dns", endpoint)
        admin("region", "delete", "Two")

    def test_of_a_project(self, admin: Client, demo: Client) -> None:
        endpoint = admin.column("ID", "endpoint", "list", "--service", "dns")[0]
        admin("endpoint", "add", "project", endpoint, "demo")
        project = admin.id("project", "demo")
        assert admin.json("endpoint", "list", "--endpoint", endpoint) == [{"ID": project, "Name": "demo"}]
        assert endpoint in admin.column("ID", "endpoint", "list", "--project", "demo")
        admin("endpoint", "remove", "project", endpoint, "demo")
        assert admin.json("endpoint", "list", "--endpoint", endpoint) == []
        said = admin.refused("endpoint", "remove", "project", endpoint, "demo")
        assert "404" in said
        assert "403" in demo.refused("endpoint", "list", "--project", project)

    def test_bad_missing_and_forbidden(self, admin: Client, demo: Client) -> None:
        assert "No service with a type, name or ID of 'nothing' exists." in admin.refused(
            "endpoint", "create", "nothing", "public", URL
        )
        assert "400" in admin.refused("endpoint", "create", "dns", "public", "no address")
        assert "400" in admin.refused("endpoint", "create", "dns", "public", f"{URL}/%(nothing)s")
        assert "find region: Nowhere." in admin.refused(
            "endpoint", "create", "--region", "Nowhere", "dns", "public", URL
        )
        assert "No Endpoint found for nothing" in admin.refused("endpoint", "show", "nothing")
        assert "1 of 1 endpoints failed to delete." in admin.refused("endpoint", "delete", "nothing")
        said = demo.refused("endpoint", "list")
        assert "You are not authorized to perform the requested action: identity:list_endpoints." in said

    def test_delete(self, admin: Client, demo: Client) -> None:
        endpoint = admin.column("ID", "endpoint", "list", "--service", "dns")[0]
        admin("endpoint", "delete", endpoint)
        assert admin.json("endpoint", "list", "--service", "dns") == []
        assert addresses(demo, "designate") == set()

    def test_a_service_takes_its_endpoints_along(self, admin: Client) -> None:
        endpoint = admin.json("endpoint", "create", "dns", "admin", URL)
        assert endpoint["region"] is None
        admin("service", "delete", "dns")
        assert endpoint["id"] not in admin.column("ID", "endpoint", "list")
        assert "service dns not found" in admin("catalog", "show", "dns").stderr


class TestEndpointGroup:
    @pytest.fixture(scope="class")
    def filters(self, tmp_path_factory: pytest.TempPathFactory) -> Any:
        def write(**values: str) -> str:
            path: Path = tmp_path_factory.mktemp("filters") / "filters.json"
            path.write_text(json.dumps(values))
            return str(path)

        return write

    def test_create_show_and_list(self, admin: Client, filters: Any) -> None:
        made = admin.json("endpoint", "group", "create", "--description", "All", "publics", filters(interface="public"))
        assert made | {"id": ""} == {
            "id": "", "name": "publics", "description": "All", "filters": {"interface": "public"},
        }  # fmt: skip
        assert admin.json("endpoint", "group", "show", "publics") == made
        assert admin.json("endpoint", "group", "show", made["id"]) == made
        listed = admin.json("endpoint", "group", "list")
        assert listed == [{"ID": made["id"], "Name": "publics", "Description": "All"}]

    def test_set(self, admin: Client, filters: Any) -> None:
        admin(
            "endpoint", "group", "set", "--name", "mine", "--description", "Some", "--filters",
            filters(interface="internal", region_id="RegionOne"), "publics",
        )  # fmt: skip
        shown = admin.json("endpoint", "group", "show", "mine")
        assert shown["filters"] == {"interface": "internal", "region_id": "RegionOne"}
        assert shown["description"] == "Some"

    def test_projects(self, admin: Client) -> None:
        admin("endpoint", "group", "add", "project", "mine", "demo")
        demo = admin.id("project", "demo")
        assert admin.column("ID", "endpoint", "group", "list", "--endpointgroup", "mine") == [demo]
        assert admin.column("Name", "endpoint", "group", "list", "--project", "demo") == ["mine"]
        assert set(admin.column("Interface", "endpoint", "list", "--project", "demo")) == {"internal"}
        admin("endpoint", "group", "remove", "project", "mine", "demo")
        assert admin.json("endpoint", "group", "list", "--endpointgroup", "mine") == []
        assert admin.json("endpoint", "group", "list", "--project", "demo") == []

    def test_bad_missing_and_forbidden(self, admin: Client, demo: Client, filters: Any) -> None:
        assert "400" in admin.refused("endpoint", "group", "create", "bad", filters(color="blue"))
        assert "nothing" in admin.refused("endpoint", "group", "show", "nothing")
        assert "failed to delete." in admin.refused("endpoint", "group", "delete", "nothing")
        said = demo.refused("endpoint", "group", "create", "x", filters(interface="public"))
        assert "403" in said and "identity:create_endpoint_group" in said

    def test_delete(self, admin: Client) -> None:
        admin("endpoint", "group", "delete", "mine")
        assert admin.json("endpoint", "group", "list") == []
        assert "mine" in admin.refused("endpoint", "group", "show", "mine")


class TestPolicy:
    """Policies are files that Keystone only keeps; no cloud of today reads them."""

    @pytest.fixture(scope="class")
    def files(self, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
        paths = [tmp_path_factory.mktemp("policy") / f"{number}.json" for number in range(2)]
        for number, path in enumerate(paths):
            path.write_text(json.dumps({"admin_required": f"role:admin{number}"}))
        return [str(path) for path in paths]

    def test_all(self, admin: Client, demo: Client, files: list[str]) -> None:
        made = admin.json("policy", "create", "--type", "application/json", files[0])
        assert (made["type"], json.loads(made["rules"])) == ("application/json", {"admin_required": "role:admin0"})
        assert admin.json("policy", "show", made["id"]) == made
        (row,) = admin.json("policy", "list", "--long")
        assert (row["ID"], row["Type"], row["Rules"]) == (made["id"], "application/json", made["rules"])
        admin("policy", "set", "--type", "text/plain", "--rules", files[1], made["id"])
        shown = admin.json("policy", "show", made["id"])
        assert (shown["type"], json.loads(shown["rules"])) == ("text/plain", {"admin_required": "role:admin1"})
        said = demo.refused("policy", "create", files[0])
        assert "403" in said and "identity:create_policy" in said
        admin("policy", "delete", made["id"])
        assert admin.json("policy", "list") == []
        said = admin.refused("policy", "show", made["id"])
        assert f"Could not find policy: {made['id']}." in said
        assert "1 of 1 policies failed to delete." in admin.refused("policy", "delete", made["id"])


class TestCatalog:
    def test_versions_show(self, demo: Client) -> None:
        rows = [row for row in demo.json("versions", "show") if row["Service Type"] == "identity"]
        newest = [row for row in rows if row["Status"] == "CURRENT"]
        assert [row["Version"] for row in newest] == ["3.14"]
        assert newest[0]["Endpoint"].startswith(demo.cloud.base) and newest[0]["Region Name"] == "RegionOne"
        assert {row["Status"] for row in rows} == {"CURRENT"}

    def test_list_and_show(self, demo: Client) -> None:
        listed = {row["Type"]: row for row in demo.json("catalog", "list")}
        assert {"identity", "compute", "image"} <= listed.keys()
        for service in ("identity", "keystone"):
            shown = demo.json("catalog", "show", service)
            assert (shown["name"], shown["type"]) == ("keystone", "identity")
            assert {end["interface"] for end in shown["endpoints"]} == {"public", "internal", "admin"}
            assert shown["id"] and all(end["region_id"] == "RegionOne" for end in shown["endpoints"])

    def test_without_a_scope_there_is_none(self, demo: Client) -> None:
        unscoped = demo.having(OS_PROJECT_NAME=None, OS_PROJECT_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_ID=None)
        token = unscoped.json("token", "issue")
        assert "project_id" not in token and len(token["user_id"]) == 32
        assert unscoped.json("catalog", "list") == []
        assert unscoped.column("Name", "project", "list", "--my-projects") == ["demo"]
