"""Limits, registered and of projects, with the `openstack` command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openstack_client import Client


@pytest.fixture(scope="module", autouse=True)
def made(admin: Client) -> Iterator[None]:
    admin("region", "create", "Isle")
    admin("project", "create", "team")
    yield
    admin("project", "delete", "team")
    admin("region", "delete", "Isle")


class TestRegisteredLimit:
    def test_create_show_and_list(self, admin: Client) -> None:
        service = admin.id("service", "nova")
        made = admin.json(
            "registered", "limit", "create", "--service", "nova", "--default-limit", "10", "--description", "Instances",
            "--region", "Isle", "servers",
        )  # fmt: skip
        assert made | {"id": ""} == {
            "id": "", "service_id": service, "resource_name": "servers", "default_limit": 10, "region_id": "Isle",
            "description": "Instances",
        }  # fmt: skip
        assert admin.json("registered", "limit", "show", made["id"]) == made
        other = admin.json("registered", "limit", "create", "--service", "nova", "--default-limit", "0", "servers")
        assert (other["region_id"], other["default_limit"], other["description"]) == (None, 0, None)
        listed = {row["ID"]: row for row in admin.json("registered", "limit", "list")}
        assert listed.keys() == {made["id"], other["id"]}
        assert (listed[made["id"]]["Service ID"], listed[made["id"]]["Default Limit"]) == (service, 10)
        for filters, found in (
            (("--region", "Isle"), [made["id"]]),
            (("--resource-name", "nothing"), []),
            (("--service", "glance"), []),
        ):
            assert admin.column("ID", "registered", "limit", "list", *filters) == found

    def test_create_again(self, admin: Client) -> None:
        said = admin.refused("registered", "limit", "create", "--service", "nova", "--default-limit", "7", "servers")
        assert "409" in said and "Duplicate entry" in said

    def test_set(self, admin: Client) -> None:
        limit = admin.column("ID", "registered", "limit", "list", "--region", "Isle")[0]
        changed = admin.json(
            "registered", "limit", "set", "--default-limit", "20", "--description", "More", "--resource-name", "vms",
            "--service", "glance", limit,
        )  # fmt: skip
        assert (changed["default_limit"], changed["description"], changed["resource_name"]) == (20, "More", "vms")
        assert changed["service_id"] == admin.id("service", "glance")
        assert admin.json("registered", "limit", "show", limit) == changed
        admin("registered", "limit", "set", "--service", "nova", "--resource-name", "servers", limit)

    def test_bad_missing_and_forbidden(self, admin: Client, demo: Client) -> None:
        create = ("registered", "limit", "create", "--service", "nova", "--default-limit")
        assert "400" in admin.refused(*create, "-5", "x")
        assert "400" in admin.refused(*create, "1", "")
        said = admin.refused("registered", "limit", "show", "nothing")
        assert "Could not find registered limit for nothing." in said
        said = admin.refused("registered", "limit", "delete", "nothing")
        assert "1 of 1 registered limits failed to delete." in said
        said = demo.refused("registered", "limit", "delete", admin.column("ID", "registered", "limit", "list")[0])
        assert "identity:delete_registered_limit" in said
        assert len(demo.json("registered", "limit", "list")) == 2


class TestLimit:
    def test_create_show_and_list(self, admin: Client) -> None:
        made = admin.json(
            "limit", "create", "--project", "team", "--service", "nova", "--resource-limit", "3", "--description",
            "Few", "--region", "Isle", "servers",
        )  # fmt: skip
        assert made | {"id": ""} == {
            "id": "", "project_id": admin.id("project", "team"), "service_id": admin.id("service", "nova"),
            "resource_name": "servers", "resource_limit": 3, "region_id": "Isle", "description": "Few",
        }  # fmt: skip
        assert admin.json("limit", "show", made["id"]) == made
        for filters, found in (
            ((), [made["id"]]),
            (("--project", "team"), [made["id"]]),
            (("--project", "demo"), []),
            (("--region", "Isle", "--service", "nova", "--resource-name", "servers"), [made["id"]]),
            (("--resource-name", "nothing"), []),
        ):
            assert admin.column("ID", "limit", "list", *filters) == found
        row = admin.json("limit", "list")[0]
        assert (row["Resource Name"], row["Resource Limit"], row["Description"]) == ("servers", 3, "Few")

    def test_create_again(self, admin: Client) -> None:
        said = admin.refused(
            "limit", "create", "--project", "team", "--service", "nova", "--resource-limit", "4", "--region", "Isle",
            "servers",
        )  # fmt: skip
        assert "409" in said and "Duplicate entry" in said

    def test_of_what_is_not_registered(self, admin: Client) -> None:
        said = admin.refused(
            "limit", "create", "--project", "team", "--service", "nova", "--resource-limit", "4", "unicorns"
        )
        assert "403" in said
        assert "Unable to create a limit that has no corresponding registered limit." in said

    def test_set(self, admin: Client) -> None:
        limit = admin.column("ID", "limit", "list")[0]
        changed = admin.json("limit", "set", "--resource-limit", "5", "--description", "Some", limit)
        assert (changed["resource_limit"], changed["description"]) == (5, "Some")
        assert admin.json("limit", "show", limit) == changed

    def test_a_registered_limit_in_use_stays(self, admin: Client) -> None:
        limit = admin.column("ID", "registered", "limit", "list", "--region", "Isle")[0]
        said = admin.refused("registered", "limit", "delete", limit)
        assert "403" in said and "1 of 1 registered limits failed to delete." in said
        assert "403" in admin.refused("registered", "limit", "set", "--region", "RegionOne", limit)

    def test_who_sees_and_changes_it(self, admin: Client, demo: Client) -> None:
        limit = admin.column("ID", "limit", "list")[0]
        assert demo.json("limit", "list") == []
        said = demo.refused("limit", "show", limit)
        assert "You are not authorized to perform the requested action: identity:get_limit." in said
        assert "identity:update_limit" in demo.refused("limit", "set", "--resource-limit", "100", limit)
        assert "identity:delete_limit" in demo.refused("limit", "delete", limit)

    def test_bad_and_missing(self, admin: Client) -> None:
        limit = admin.column("ID", "limit", "list")[0]
        assert "400" in admin.refused("limit", "set", "--resource-limit", "-7", limit)
        assert "Could not find limit for nothing." in admin.refused("limit", "show", "nothing")
        admin("limit", "delete", "nothing")
        assert admin.column("ID", "limit", "list") == [limit]

    def test_delete(self, admin: Client) -> None:
        admin("limit", "delete", *admin.column("ID", "limit", "list"))
        assert admin.json("limit", "list") == []
        admin("registered", "limit", "delete", *admin.column("ID", "registered", "limit", "list"))
        assert admin.json("registered", "limit", "list") == []
