"""Users and groups with the `openstack` command, and what a password that was set is good for."""

from __future__ import annotations

import pytest

from openstack_client import Client

OPTIONS = {
    "--ignore-lockout-failure-attempts": {"ignore_lockout_failure_attempts": True},
    "--no-ignore-lockout-failure-attempts": {"ignore_lockout_failure_attempts": False},
    "--ignore-password-expiry": {"ignore_password_expiry": True},
    "--ignore-change-password-upon-first-use": {"ignore_change_password_upon_first_use": True},
    "--enable-lock-password": {"lock_password": True},
    "--disable-lock-password": {"lock_password": False},
    "--enable-multi-factor-auth": {"multi_factor_auth_enabled": True},
}
"""Options of `user create` and `user set`, each with what `user show` prints for it."""


class TestUser:
    def test_create_and_show(self, admin: Client) -> None:
        made = admin.json(
            "user", "create", "--password", "first", "--email", "ann@example.org", "--description", "Ann of demo",
            "--project", "demo", "ann",
        )  # fmt: skip
        assert (made["name"], made["email"], made["description"]) == ("ann", "ann@example.org", "Ann of demo")
        assert (made["domain_id"], made["enabled"]) == ("default", True)
        assert made["default_project_id"] == admin.json("project", "show", "demo")["id"]
        assert made["password_expires_at"] is None
        assert admin.json("user", "show", "ann") == made
        assert admin.json("user", "show", "--domain", "default", made["id"]) == made
        assert "first" not in admin("user", "show", "ann").stdout

    def test_list(self, admin: Client) -> None:
        row = admin.row("ann", "user", "list", "--long")
        assert (row["Email"], row["Description"], row["Domain"]) == ("ann@example.org", "Ann of demo", "default")
        assert row["Project"] == admin.json("project", "show", "demo")["id"] and row["Enabled"] is True
        assert {"admin", "demo", "ann"} <= set(admin.column("Name", "user", "list", "--domain", "default"))
        admin("role", "add", "--user", "ann", "--project", "demo", "member")
        assert sorted(admin.column("Name", "user", "list", "--project", "demo")) == ["ann", "demo"]
        first = admin.column("ID", "user", "list", "--limit", "1", "--max-items", "1")
        rest = admin.column("ID", "user", "list", "--marker", first[0])
        assert sorted(first + rest) == sorted(admin.column("ID", "user", "list")) and len(first) == 1

    def test_create_again(self, admin: Client) -> None:
        said = admin.refused("user", "create", "--password", "x", "ann")
        assert "409" in said
        assert "Conflict occurred attempting to store user - Duplicate entry found with name ann at domain ID" in said
        assert admin.json("user", "create", "--or-show", "ann")["email"] == "ann@example.org"

    def test_the_same_name_in_another_domain(self, admin: Client) -> None:
        domain = admin.json("domain", "create", "elsewhere")["id"]
        made = admin.json("user", "create", "--domain", "elsewhere", "--password", "x", "ann")
        assert made["domain_id"] == domain
        assert admin.column("ID", "user", "list", "--domain", "elsewhere") == [made["id"]]
        assert admin.json("user", "show", "--domain", "elsewhere", "ann") == made
        assert "More than one" in admin.refused("user", "show", "ann")
        admin("user", "delete", "--domain", "elsewhere", "ann")

    def test_login(self, admin: Client) -> None:
        token = admin.user("ann", "first", "demo").json("token", "issue")
        assert token["user_id"] == admin.json("user", "show", "ann")["id"]
        assert token["project_id"] == admin.json("project", "show", "demo")["id"]
        said = admin.user("ann", "guess", "demo").refused("token", "issue")
        assert "The request you have made requires authentication. (HTTP 401)" in said

    def test_set(self, admin: Client) -> None:
        admin(
            "user", "set", "--name", "anna", "--email", "anna@example.org", "--description", "Renamed", "--project",
            "service", "ann",
        )  # fmt: skip
        shown = admin.json("user", "show", "anna")
        assert (shown["email"], shown["description"]) == ("anna@example.org", "Renamed")
        assert shown["default_project_id"] == admin.json("project", "show", "service")["id"]
        assert "ann" not in admin.column("Name", "user", "list")
        admin("user", "set", "--name", "ann", "anna")

    def test_disabled(self, admin: Client) -> None:
        admin("user", "set", "--disable", "ann")
        assert admin.json("user", "show", "ann")["enabled"] is False
        assert "ann" in admin.column("Name", "user", "list", "--disabled")
        assert "ann" not in admin.column("Name", "user", "list", "--enabled")
        assert "401" in admin.user("ann", "first", "demo").refused("token", "issue")
        admin("user", "set", "--enable", "ann")
        admin.user("ann", "first", "demo")("token", "issue")
        assert admin.json("user", "create", "--disable", "--password", "x", "asleep")["enabled"] is False

    def test_an_administrator_sets_a_password(self, admin: Client) -> None:
        admin("user", "set", "--password", "second", "ann")
        admin.user("ann", "second", "demo")("token", "issue")
        assert "401" in admin.user("ann", "first", "demo").refused("token", "issue")

    def test_users_set_their_own_password(self, admin: Client) -> None:
        ann = admin.user("ann", "second", "demo")
        said = ann.refused("user", "password", "set", "--original-password", "guess", "--password", "third")
        assert "401" in said
        ann("user", "password", "set", "--original-password", "second", "--password", "third")
        assert "401" in ann.refused("token", "issue")
        admin.user("ann", "third", "demo")("token", "issue")

    @pytest.mark.parametrize("option", OPTIONS)
    def test_options(self, admin: Client, option: str) -> None:
        made = admin.json("user", "create", "--password", "x", option, "picky")
        assert made["options"] == OPTIONS[option]
        admin("user", "delete", "picky")
        admin("user", "create", "--password", "x", "picky")
        assert admin.json("user", "show", "picky")["options"] == {}
        admin("user", "set", option, "picky")
        assert admin.json("user", "show", "picky")["options"] == OPTIONS[option]
        admin("user", "delete", "picky")

    def test_rules_for_several_factors(self, admin: Client) -> None:
        made = admin.json(
            "user", "create", "--password", "x", "--multi-factor-auth-rule", "password,totp",
            "--multi-factor-auth-rule", "password,application_credential", "careful",
        )  # fmt: skip
        rules = [["password", "totp"], ["password", "application_credential"]]
        assert made["options"] == {"multi_factor_auth_rules": rules}
        admin("user", "set", "--enable-multi-factor-auth", "careful")
        shown = admin.json("user", "show", "careful")["options"]
        assert shown == {"multi_factor_auth_rules": rules, "multi_factor_auth_enabled": True}
        assert "Not all required auth rules" in admin.user("careful", "x").refused("token", "issue")

    def test_a_locked_password(self, admin: Client) -> None:
        admin("user", "create", "--password", "x", "--enable-lock-password", "locked")
        locked = admin.user("locked", "x")
        said = locked.refused("user", "password", "set", "--original-password", "x", "--password", "y")
        assert "400" in said and "disallowing password changes" in said
        assert locked.json("token", "issue")["user_id"] == admin.id("user", "locked")

    def test_without_a_password(self, admin: Client) -> None:
        ran = admin("user", "create", "speechless")
        assert "No password was supplied, authentication will fail" in ran.stderr
        assert "401" in admin.user("speechless", "anything").refused("token", "issue")

    @pytest.mark.parametrize("name", ["", "x" * 256])
    def test_names_that_are_none(self, admin: Client, name: str) -> None:
        assert "400" in admin.refused("user", "create", "--password", "x", name)

    def test_missing(self, admin: Client) -> None:
        assert "No User found for nobody" in admin.refused("user", "show", "nobody")
        assert "nobody" in admin.refused("user", "set", "--email", "x", "nobody")
        said = admin.refused("user", "delete", "nobody")
        assert "Failed to delete user with name or ID 'nobody'" in said and "1 of 1 users failed to delete." in said

    def test_an_ordinary_user_may_not(self, demo: Client) -> None:
        said = demo.refused("user", "create", "--password", "x", "mine")
        assert "403" in said
        assert "You are not authorized to perform the requested action: identity:create_user." in said
        assert "identity:list_users" in demo.refused("user", "list")
        own = demo.json("token", "issue")["user_id"]
        assert demo.json("user", "show", own)["name"] == "demo"
        assert "identity:update_user" in demo.refused("user", "set", "--email", "x@example.org", own)

    def test_delete(self, admin: Client) -> None:
        admin("user", "delete", "ann", "careful", "locked", "speechless", "asleep")
        assert sorted(admin.column("Name", "user", "list")) == ["admin", "demo"]
        assert "401" in admin.user("ann", "third", "demo").refused("token", "issue")
        assert admin.column("Name", "user", "list", "--project", "demo") == ["demo"]


class TestGroup:
    def test_create_show_and_list(self, admin: Client) -> None:
        made = admin.json("group", "create", "--description", "Those who sing", "choir")
        assert (made["name"], made["description"], made["domain_id"]) == ("choir", "Those who sing", "default")
        assert admin.json("group", "show", "choir") == made
        row = admin.row("choir", "group", "list", "--long")
        assert row == {
            "ID": made["id"], "Name": "choir", "Domain ID": "default", "Description": "Those who sing",
        }  # fmt: skip
        assert admin.column("Name", "group", "list", "--domain", "default") == ["choir"]

    def test_create_again(self, admin: Client) -> None:
        said = admin.refused("group", "create", "choir")
        assert "409" in said
        assert "Conflict occurred attempting to store group - Duplicate entry found with name choir" in said
        assert admin.json("group", "create", "--or-show", "choir")["description"] == "Those who sing"

    def test_set(self, admin: Client) -> None:
        admin("group", "set", "--name", "chorus", "--description", "Louder", "choir")
        assert admin.json("group", "show", "chorus")["description"] == "Louder"
        assert admin.column("Name", "group", "list") == ["chorus"]

    def test_members(self, admin: Client) -> None:
        for name in ("bass", "alto"):
            admin("user", "create", "--password", "x", name)
        assert "bass not in group chorus" in admin("group", "contains", "user", "chorus", "bass").stderr
        admin("group", "add", "user", "chorus", "bass", "alto")
        assert admin("group", "contains", "user", "chorus", "bass").stdout == "bass in group chorus\n"
        assert sorted(admin.column("Name", "user", "list", "--group", "chorus")) == ["alto", "bass"]
        assert admin.column("Name", "group", "list", "--user", "bass") == ["chorus"]
        admin("group", "remove", "user", "chorus", "bass")
        assert "bass not in group chorus" in admin("group", "contains", "user", "chorus", "bass").stderr
        assert admin.column("Name", "user", "list", "--group", "chorus") == ["alto"]
        assert admin.column("Name", "group", "list", "--user", "bass") == []

    def test_members_that_are_none(self, admin: Client) -> None:
        said = admin.refused("group", "add", "user", "chorus", "nobody")
        assert "nobody not added to group chorus" in said and "1 of 1 users not added to group chorus." in said
        said = admin.refused("group", "remove", "user", "chorus", "bass")
        assert "bass not removed from group chorus" in said and "404" in said

    def test_a_role_of_the_group_is_one_of_its_members(self, admin: Client) -> None:
        assert "401" in admin.user("alto", "x", "demo").refused("token", "issue")
        admin("role", "add", "--group", "chorus", "--project", "demo", "reader")
        alto = admin.user("alto", "x", "demo")
        alto("token", "issue")
        assert alto.column("Name", "project", "list") == ["demo"]
        admin("group", "remove", "user", "chorus", "alto")
        assert "401" in alto.refused("token", "issue")

    def test_an_ordinary_user_may_not(self, demo: Client) -> None:
        assert "identity:create_group" in demo.refused("group", "create", "mine")
        assert "identity:list_groups" in demo.refused("group", "list")

    def test_delete(self, admin: Client) -> None:
        admin("group", "delete", "chorus")
        assert admin.column("Name", "group", "list") == []
        assert "No Group found for chorus" in admin.refused("group", "show", "chorus")
        assert "1 of 1 groups failed to delete." in admin.refused("group", "delete", "chorus")
        assert "400" in admin.refused("group", "create", "")
