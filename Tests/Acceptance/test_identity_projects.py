"""Domains and projects with the `openstack` command: what is set is what is read, and what is deleted is gone."""

from __future__ import annotations

import pytest

from openstack_client import Client


class TestDomain:
    def test_create_show_and_list(self, admin: Client) -> None:
        made = admin.json("domain", "create", "--description", "The north", "north")
        assert (made["name"], made["description"], made["enabled"]) == ("north", "The north", True)
        assert admin.json("domain", "show", "north") == made
        assert admin.json("domain", "show", made["id"]) == made
        listed = admin.row("north", "domain", "list")
        assert listed == {"ID": made["id"], "Name": "north", "Enabled": True, "Description": "The north"}
        assert admin.column("Name", "domain", "list", "--name", "north") == ["north"]
        assert "Default" in admin.column("Name", "domain", "list", "--enabled")

    def test_create_again(self, admin: Client) -> None:
        said = admin.refused("domain", "create", "north")
        assert "409" in said
        assert "it is not permitted to have two projects acting as domains with the same name: north." in said
        shown = admin.json("domain", "create", "--or-show", "north")
        assert shown["description"] == "The north"

    def test_set(self, admin: Client) -> None:
        admin("domain", "set", "--name", "upper north", "--description", "Cold", "--disable", "north")
        shown = admin.json("domain", "show", "upper north")
        assert (shown["description"], shown["enabled"]) == ("Cold", False)
        assert "upper north" not in admin.column("Name", "domain", "list", "--enabled")
        admin("domain", "set", "--name", "north", "--enable", "upper north")
        assert admin.json("domain", "show", "north")["enabled"] is True

    def test_immutable(self, admin: Client) -> None:
        made = admin.json("domain", "create", "--immutable", "granite")
        assert made["options"] == {"immutable": True}
        said = admin.refused("domain", "set", "--description", "x", "granite")
        assert "403" in said and 'Set resource option "immutable" to false first.' in said
        admin("domain", "set", "--no-immutable", "granite")
        admin("domain", "set", "--immutable", "--disable", "granite")
        assert "Unable to delete immutable domain resource" in admin.refused("domain", "delete", "granite")
        admin("domain", "set", "--no-immutable", "granite")
        admin("domain", "delete", "granite")
        assert "granite" not in admin.column("Name", "domain", "list")

    def test_an_enabled_domain_is_not_deleted(self, admin: Client) -> None:
        said = admin.refused("domain", "delete", "north")
        assert "Cannot delete a domain that is enabled, please disable it first." in said
        assert "1 of 1 domains failed to delete." in said

    def test_delete_takes_all_that_is_in_it(self, admin: Client) -> None:
        admin("project", "create", "--domain", "north", "igloo")
        admin("user", "create", "--domain", "north", "--password", "x", "inuk")
        admin("domain", "set", "--disable", "north")
        admin("domain", "delete", "north")
        assert "north" not in admin.column("Name", "domain", "list")
        assert "igloo" not in admin.column("Name", "project", "list")
        assert "inuk" not in admin.column("Name", "user", "list")
        assert "north" in admin.refused("domain", "show", "north")

    def test_an_ordinary_user_may_not(self, demo: Client) -> None:
        said = demo.refused("domain", "create", "mine")
        assert "You are not authorized to perform the requested action: identity:create_domain." in said
        assert "403" in said


class TestProject:
    def test_create_and_show(self, admin: Client) -> None:
        made = admin.json(
            "project", "create", "--description", "Weather", "--property", "contact=frost@example.org", "--tag", "cold",
            "--tag", "blue", "weather",
        )  # fmt: skip
        assert (made["name"], made["description"], made["enabled"]) == ("weather", "Weather", True)
        assert (made["domain_id"], made["parent_id"], made["is_domain"]) == ("default", "default", False)
        assert sorted(made["tags"]) == ["blue", "cold"]
        shown = admin.json("project", "show", "weather")
        assert shown | {"tags": 0} == made | {"tags": 0} and sorted(shown["tags"]) == ["blue", "cold"]

    def test_list(self, admin: Client) -> None:
        made = admin.json("project", "create", "--disable", "closed")
        row = admin.row("weather", "project", "list", "--long")
        assert (row["Domain ID"], row["Description"], row["Enabled"]) == ("default", "Weather", True)
        assert admin.json("project", "list", "--disabled") == [{"ID": made["id"], "Name": "closed"}]
        assert "closed" not in admin.column("Name", "project", "list", "--enabled")
        names = admin.column("Name", "project", "list", "--sort", "name:desc")
        assert names == sorted(names, reverse=True) and {"admin", "demo", "service", "weather"} <= set(names)
        assert admin.column("Name", "project", "list", "--user", "demo") == ["demo"]
        assert "weather" in admin.column("Name", "project", "list", "--domain", "default")

    def test_pages(self, admin: Client) -> None:
        every = admin.column("ID", "project", "list")
        first = admin.column("ID", "project", "list", "--limit", "2", "--max-items", "2")
        assert len(first) == 2
        rest = admin.column("ID", "project", "list", "--marker", first[-1])
        assert sorted(first + rest) == sorted(every)

    def test_create_again(self, admin: Client) -> None:
        said = admin.refused("project", "create", "weather")
        assert "409" in said
        assert (
            "two projects with either the same name or same id in the same domain: name is weather, project id" in said
        )
        assert admin.json("project", "create", "--or-show", "weather")["description"] == "Weather"

    def test_set(self, admin: Client) -> None:
        admin(
            "project", "set", "--name", "climate", "--description", "Longer", "--disable", "--property", "contact=no",
            "--property", "since=1990", "weather",
        )  # fmt: skip
        shown = admin.json("project", "show", "climate")
        assert (shown["description"], shown["enabled"]) == ("Longer", False)
        admin("project", "set", "--enable", "climate")
        assert admin.json("project", "show", "climate")["enabled"] is True
        assert "weather" not in admin.column("Name", "project", "list")

    def test_properties_are_kept(self, admin: Client) -> None:
        """The client prints only the columns it knows, so they are read from the API."""
        token, _ = admin.cloud.http().token("admin")
        project = admin.json("project", "show", "climate")["id"]
        kept = admin.cloud.http().get(f"/v3/projects/{project}", token).json()["project"]
        assert (kept["contact"], kept["since"]) == ("no", "1990")

    def test_tags(self, admin: Client) -> None:
        admin("project", "create", "--tag", "blue", "sea")
        admin("project", "create", "--tag", "red", "sun")

        def named(*filters: str) -> list[str]:
            return sorted(admin.column("Name", "project", "list", *filters))

        assert named("--tags", "blue") == ["climate", "sea"]
        assert named("--tags", "blue,cold") == ["climate"]
        assert named("--tags-any", "cold,red") == ["climate", "sun"]
        assert set(named("--not-tags", "blue")) & {"climate", "sea", "sun"} == {"sun"}
        assert set(named("--not-tags-any", "cold,red")) & {"climate", "sea", "sun"} == {"sea"}
        admin("project", "set", "--tag", "deep", "sea")
        assert sorted(admin.json("project", "show", "sea")["tags"]) == ["blue", "deep"]
        admin("project", "set", "--remove-tag", "blue", "sea")
        assert admin.json("project", "show", "sea")["tags"] == ["deep"]
        admin("project", "set", "--clear-tags", "sea")
        assert admin.json("project", "show", "sea")["tags"] == []
        admin("project", "delete", "sea", "sun")

    def test_tags_that_are_none(self, admin: Client) -> None:
        assert "400" in admin.refused("project", "create", "--tag", "a/b", "slash")
        assert "400" in admin.refused("project", "create", "--tag", "x" * 256, "long")

    def test_a_tree(self, admin: Client) -> None:
        top = admin.json("project", "create", "top")["id"]
        middle = admin.json("project", "create", "--parent", "top", "middle")
        bottom = admin.json("project", "create", "--parent", "middle", "bottom")
        assert (middle["parent_id"], bottom["parent_id"]) == (top, middle["id"])
        assert admin.column("Name", "project", "list", "--parent", "top") == ["middle"]
        with_parents = admin("project", "show", "--parents", "bottom", "-f", "json")
        assert with_parents.json()["id"] == bottom["id"]
        with_children = admin("project", "show", "--children", "top", "-f", "json")
        assert with_children.json()["id"] == top
        said = admin.refused("project", "delete", "top")
        assert f"Failed to delete project with name or ID '{top}'" in said and "403" in said
        assert f"Cannot delete the project {top} since it is not a leaf in the hierarchy." in said
        assert "1 of 1 projects failed to delete." in said
        admin("project", "delete", "bottom", "middle", "top")
        assert not {"top", "middle", "bottom"} & set(admin.column("Name", "project", "list"))

    def test_a_parent_of_another_domain(self, admin: Client) -> None:
        admin("domain", "create", "abroad")
        admin("project", "create", "--domain", "abroad", "embassy")
        assert admin.column("Name", "project", "list", "--domain", "abroad") == ["embassy"]
        shown = admin.json("project", "show", "--domain", "abroad", "embassy")
        assert shown["domain_id"] == shown["parent_id"] == admin.json("domain", "show", "abroad")["id"]
        said = admin.refused("project", "create", "--domain", "default", "--parent", shown["id"], "room")
        assert "400" in said and "specifies a parent in a different domain" in said

    def test_immutable(self, admin: Client) -> None:
        made = admin.json("project", "create", "--immutable", "stone")
        assert made["options"] == {"immutable": True}
        assert "403" in admin.refused("project", "delete", "stone")
        assert "immutable" in admin.refused("project", "set", "--name", "sand", "stone")
        admin("project", "set", "--no-immutable", "stone")
        admin("project", "delete", "stone")

    @pytest.mark.parametrize("name", ["", "x" * 65])
    def test_names_that_are_none(self, admin: Client, name: str) -> None:
        said = admin.refused("project", "create", name)
        assert "400" in said

    def test_delete(self, admin: Client) -> None:
        admin("project", "delete", "climate", "closed")
        assert not {"climate", "closed"} & set(admin.column("Name", "project", "list"))
        assert "climate" in admin.refused("project", "show", "climate")
        said = admin.refused("project", "delete", "climate")
        assert "Failed to delete project with name or ID 'climate'" in said

    def test_an_ordinary_user_sees_and_changes_little(self, demo: Client, admin: Client) -> None:
        assert demo.column("Name", "project", "list") == ["demo"]
        assert demo.column("Name", "project", "list", "--my-projects") == ["demo"]
        own = demo.json("token", "issue")["project_id"]
        assert demo.json("project", "show", own)["name"] == "demo"
        for arguments, rule in (
            (("project", "create", "mine"), "create_project"),
            (("project", "set", "--description", "x", own), "update_project"),
        ):
            said = demo.refused(*arguments)
            assert f"You are not authorized to perform the requested action: identity:{rule}." in said
            assert "403" in said
        other = admin.json("project", "show", "service")["id"]
        assert "1 of 1 projects failed to delete." in demo.refused("project", "delete", other)
        assert admin.json("project", "show", "service")["id"] == other
