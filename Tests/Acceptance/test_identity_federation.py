"""Identity providers, mappings, protocols and service providers with the `openstack` command.

Nothing here asks an identity provider: these are the resources that tell a cloud of one.
"""

from __future__ import annotations

import json

import pytest

from openstack_client import Client

RULES = [{"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "REMOTE_USER"}]}]


class TestIdentityProvider:
    def test_create_show_and_list(self, admin: Client) -> None:
        made = admin.json(
            "identity", "provider", "create", "--remote-id", "https://idp.example.org/a", "--remote-id",
            "https://idp.example.org/b", "--description", "School", "--domain", "default", "--authorization-ttl", "60",
            "school",
        )  # fmt: skip
        assert (made["id"], made["description"], made["domain_id"]) == ("school", "School", "default")
        assert (made["enabled"], made["authorization_ttl"]) == (True, 60)
        assert sorted(made["remote_ids"]) == ["https://idp.example.org/a", "https://idp.example.org/b"]
        shown = admin.json("identity", "provider", "show", "school")
        assert shown | {"remote_ids": 0} == made | {"remote_ids": 0}
        assert admin.json("identity", "provider", "list") == [
            {"ID": "school", "Enabled": True, "Domain ID": "default", "Description": "School"}
        ]

    def test_with_a_domain_of_its_own(self, admin: Client) -> None:
        made = admin.json("identity", "provider", "create", "--disable", "club")
        assert made["enabled"] is False
        assert made["domain_id"] in admin.column("ID", "domain", "list")
        assert admin.column("ID", "identity", "provider", "list", "--enabled") == ["school"]
        assert admin.column("ID", "identity", "provider", "list", "--id", "club") == ["club"]
        admin("identity", "provider", "delete", "club")

    def test_create_again(self, admin: Client) -> None:
        said = admin.refused("identity", "provider", "create", "--domain", "default", "school")
        assert "409" in said and "store identity_provider - Duplicate entry: school." in said
        said = admin.refused(
            "identity", "provider", "create", "--domain", "default", "--remote-id", "https://idp.example.org/a", "other"
        )
        assert "409" in said

    def test_set(self, admin: Client) -> None:
        admin(
            "identity", "provider", "set", "--description", "College", "--disable", "--remote-id", "https://c.example",
            "school",
        )  # fmt: skip
        shown = admin.json("identity", "provider", "show", "school")
        assert (shown["description"], shown["enabled"]) == ("College", False)
        assert shown["remote_ids"] == ["https://c.example"]
        admin("identity", "provider", "set", "--enable", "school")
        assert admin.json("identity", "provider", "show", "school")["enabled"] is True

    def test_missing_and_forbidden(self, admin: Client, demo: Client) -> None:
        said = admin.refused("identity", "provider", "show", "nothing")
        assert "nothing" in said
        said = admin.refused("identity", "provider", "create", "--domain", "nothing", "x")
        assert "nothing" in said
        said = demo.refused("identity", "provider", "create", "mine")
        assert "403" in said and "identity:create_identity_provider" in said
        assert "identity:list_identity_providers" in demo.refused("identity", "provider", "list")


class TestMapping:
    @pytest.fixture(scope="class")
    def rules(self, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
        directory = tmp_path_factory.mktemp("rules")
        remote = [{"type": "REMOTE_USER"}, {"type": "kind", "any_one_of": ["pupil"]}]
        wanted = {"first": RULES, "second": [RULES[0] | {"remote": remote}], "bad": [{"local": []}]}
        for name, content in wanted.items():
            (directory / name).write_text(json.dumps(content))
        return {name: str(directory / name) for name in wanted}

    def test_all(self, admin: Client, demo: Client, rules: dict[str, str]) -> None:
        made = admin.json("mapping", "create", "--rules", rules["first"], "pupils")
        assert (made["id"], made["rules"]) == ("pupils", RULES)
        assert admin.json("mapping", "show", "pupils") == made
        (row,) = admin.json("mapping", "list")
        assert row["ID"] == "pupils" and row["schema_version"] == made["schema_version"]
        said = admin.refused("mapping", "create", "--rules", rules["first"], "pupils")
        assert "409" in said and "store mapping - Duplicate entry." in said
        admin("mapping", "set", "--rules", rules["second"], "pupils")
        assert admin.json("mapping", "show", "pupils")["rules"][0]["remote"][1]["any_one_of"] == ["pupil"]
        assert "400" in admin.refused("mapping", "create", "--rules", rules["bad"], "bad")
        assert "nothing" in admin.refused("mapping", "show", "nothing")
        admin("mapping", "create", "--rules", rules["first"], "teachers")
        assert "1 of 1 mappings failed to delete." in admin.refused("mapping", "delete", "nothing")
        said = demo.refused("mapping", "create", "--rules", rules["first"], "mine")
        assert "403" in said and "identity:create_mapping" in said


class TestProtocol:
    def test_all(self, admin: Client, demo: Client) -> None:
        of = ("--identity-provider", "school")
        made = admin.json("federation", "protocol", "create", *of, "--mapping", "pupils", "saml2")
        assert made == {"id": "saml2", "identity_provider": "school", "mapping": "pupils"}
        assert admin.json("federation", "protocol", "show", *of, "saml2") == made
        assert admin.json("federation", "protocol", "list", *of) == [{"id": "saml2", "mapping": "pupils"}]
        said = admin.refused("federation", "protocol", "create", *of, "--mapping", "pupils", "saml2")
        assert "409" in said
        said = admin.refused("federation", "protocol", "create", *of, "--mapping", "nothing", "openid")
        assert "400" in said and "nothing" in said
        # The client prints what it has set in the place of an error, and ends with status 1.
        said = admin.refused("federation", "protocol", "set", *of, "--mapping", "teachers", "saml2")
        assert "'saml2', 'school', 'teachers'" in said
        assert admin.json("federation", "protocol", "list", *of) == [{"id": "saml2", "mapping": "teachers"}]
        said = demo.refused("federation", "protocol", "list", *of)
        assert "403" in said and "identity:list_protocols" in said
        admin("federation", "protocol", "delete", *of, "saml2")
        assert admin.json("federation", "protocol", "list", *of) == []
        assert "saml2" in admin.refused("federation", "protocol", "show", *of, "saml2")
        said = admin.refused("federation", "protocol", "delete", *of, "saml2")
        assert "1 of 1 federation protocols failed to delete." in said


class TestServiceProvider:
    def test_all(self, admin: Client, demo: Client) -> None:
        addresses = ("--auth-url", "https://far.example/v3", "--service-provider-url", "https://far.example/sp")
        made = admin.json("service", "provider", "create", "--description", "Far", *addresses, "far")
        assert made == {
            "id": "far", "enabled": True, "description": "Far", "auth_url": "https://far.example/v3",
            "sp_url": "https://far.example/sp", "relay_state_prefix": "ss:mem:",
        }  # fmt: skip
        assert admin.json("service", "provider", "show", "far") == made
        (row,) = admin.json("service", "provider", "list")
        assert (row["ID"], row["Enabled"], row["Auth URL"]) == ("far", True, "https://far.example/v3")
        said = admin.refused("service", "provider", "create", *addresses, "far")
        assert "409" in said and "Duplicate entry found with ID far" in said
        changed = admin.json(
            "service", "provider", "set", "--disable", "--description", "Farther", "--auth-url",
            "https://farther.example/v3", "far",
        )  # fmt: skip
        assert (changed["enabled"], changed["description"]) == (False, "Farther")
        assert admin.json("service", "provider", "show", "far") == changed
        assert changed["auth_url"] == "https://farther.example/v3"
        said = admin.refused("service", "provider", "create", "--auth-url", "x", "--service-provider-url", "y", "bad")
        assert "400" in said
        said = demo.refused("service", "provider", "create", *addresses, "mine")
        assert "403" in said and "identity:create_service_provider" in said
        admin("service", "provider", "delete", "far")
        assert admin.json("service", "provider", "list") == []
        assert "far" in admin.refused("service", "provider", "show", "far")


class TestScopes:
    def test_what_one_may_enter(self, demo: Client, admin: Client) -> None:
        assert [(row["Name"], row["Enabled"]) for row in demo.json("federation", "project", "list")] == [("demo", True)]
        assert demo.json("federation", "domain", "list") == []
        assert admin.column("Name", "federation", "domain", "list") == ["Default"]


def test_delete(admin: Client) -> None:
    admin("mapping", "delete", "pupils", "teachers")
    assert admin.json("mapping", "list") == []
    admin("identity", "provider", "delete", "school")
    assert admin.json("identity", "provider", "list") == []
    assert "school" in admin.refused("identity", "provider", "show", "school")
