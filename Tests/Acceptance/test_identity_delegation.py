"""What users hand on: credentials, application credentials, trusts and OAuth, with the `openstack` command."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cloud import Cloud
from openstack_client import Client, Starter

NOBODY = dict.fromkeys(
    (
        "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME", "OS_PROJECT_ID", "OS_PROJECT_DOMAIN_NAME",
        "OS_PROJECT_DOMAIN_ID", "OS_USER_DOMAIN_NAME", "OS_USER_DOMAIN_ID",
    )
)  # fmt: skip
"""What an openrc sets for a login with a password, taken away."""


def application(client: Client, made: dict[str, str], secret: str | None = None) -> Client:
    """The `openstack` of a program that has an application credential, and nothing else."""
    return client.having(
        **NOBODY,
        OS_AUTH_TYPE="v3applicationcredential",
        OS_APPLICATION_CREDENTIAL_ID=made["ID"],
        OS_APPLICATION_CREDENTIAL_SECRET=secret or made["Secret"],
    )


def soon(hours: int = 1) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")


class TestCredential:
    def test_create_show_and_list(self, admin: Client) -> None:
        made = admin.json("credential", "create", "--type", "cert", "--project", "demo", "demo", "a certificate")
        user, project = admin.id("user", "demo"), admin.id("project", "demo")
        assert made | {"id": ""} == {
            "id": "", "type": "cert", "blob": "a certificate", "user_id": user, "project_id": project,
        }  # fmt: skip
        assert admin.json("credential", "show", made["id"]) == made
        (row,) = admin.json("credential", "list", "--type", "cert")
        assert row == {
            "ID": made["id"], "Type": "cert", "User ID": user, "Data": "a certificate", "Project ID": project,
        }  # fmt: skip
        assert admin.column("ID", "credential", "list", "--user", "demo") == [made["id"]]
        assert admin.json("credential", "list", "--user", "admin") == []
        assert admin.json("credential", "list", "--type", "totp") == []

    def test_set(self, admin: Client) -> None:
        made = admin.column("ID", "credential", "list")[0]
        change = ("--user", "demo", "--type", "totp", "--data", "GEZDGNBVGY3TQOJQ")
        said = admin.refused("credential", "set", *change, made)
        assert "Additional properties are not allowed ('type' was unexpected)" in said
        admin("credential", "delete", made)
        admin("credential", "create", "--type", "totp", "admin", "GEZDGNBVGY3TQOJQ")

    def test_set_while_it_took_more_than_data(self, starter: Starter, made: Callable[..., Cloud]) -> None:
        admin = Client.of(starter, made("--release", "2026.1"), "admin")
        credential = admin.json("credential", "create", "--type", "cert", "demo", "a certificate")["id"]
        admin("credential", "set", "--user", "demo", "--type", "totp", "--data", "GEZDGNBVGY3TQOJQ", credential)
        shown = admin.json("credential", "show", credential)
        assert (shown["type"], shown["blob"]) == ("totp", "GEZDGNBVGY3TQOJQ")
        assert shown["user_id"] == admin.id("user", "demo")

    def test_of_ones_own(self, admin: Client, demo: Client) -> None:
        own = demo.json("token", "issue")["user_id"]
        made = demo.json("credential", "create", "--type", "note", own, "mine")
        assert demo.column("ID", "credential", "list") == [made["id"]]
        assert set(admin.column("Type", "credential", "list")) == {"note", "totp"}
        (other,) = set(admin.column("ID", "credential", "list")) - {made["id"]}
        said = demo.refused("credential", "show", other)
        assert "You are not authorized to perform the requested action: identity:get_credential." in said
        demo("credential", "delete", made["id"])
        assert demo.json("credential", "list") == []

    def test_bad_missing_and_forbidden(self, admin: Client, demo: Client) -> None:
        said = admin.refused("credential", "create", "--type", "ec2", "demo", "not JSON")
        assert "400" in said
        http = demo.cloud.http()
        body = {"credential": {"type": "note", "blob": "x", "user_id": admin.id("user", "admin")}}
        answer = http.request("POST", "/v3/credentials", body, token=http.token("demo")[0])
        assert answer.status == 403 and "identity:create_credential" in answer.text
        assert "Could not find credential: nothing." in admin.refused("credential", "show", "nothing")
        kept = admin.column("ID", "credential", "list")
        admin("credential", "delete", "nothing")
        assert admin.column("ID", "credential", "list") == kept

    def test_delete(self, admin: Client) -> None:
        made = admin.column("ID", "credential", "list")
        admin("credential", "delete", *made)
        assert admin.json("credential", "list") == []
        assert f"Could not find credential: {made[0]}." in admin.refused("credential", "show", made[0])


class TestEC2:
    def test_all(self, demo: Client, admin: Client) -> None:
        made = demo.json("ec2", "credentials", "create")
        token = demo.json("token", "issue")
        assert (made["user_id"], made["project_id"]) == (token["user_id"], token["project_id"])
        assert len(made["access"]) == len(made["secret"]) == 32
        assert demo.json("ec2", "credentials", "list") == [
            {
                "Access": made["access"], "Secret": made["secret"], "Project ID": made["project_id"],
                "User ID": made["user_id"],
            }
        ]  # fmt: skip
        shown = demo.json("ec2", "credentials", "show", made["access"])
        assert {name: shown[name] for name in ("access", "secret", "user_id", "project_id")} == {
            name: made[name] for name in ("access", "secret", "user_id", "project_id")
        }
        kept = admin.json("credential", "list", "--type", "ec2")
        assert [json.loads(row["Data"])["access"] for row in kept] == [made["access"]]
        demo("ec2", "credentials", "delete", made["access"])
        assert demo.json("ec2", "credentials", "list") == []
        said = demo.refused("ec2", "credentials", "show", made["access"])
        assert "Could not find credential" in said and "404" in said
        assert "1 of 1 EC2 keys failed to delete." in demo.refused("ec2", "credentials", "delete", made["access"])

    def test_of_another(self, demo: Client, admin: Client) -> None:
        made = admin.json("ec2", "credentials", "create", "--user", "demo", "--project", "demo")
        assert made["user_id"] == admin.id("user", "demo")
        assert demo.json("ec2", "credentials", "show", made["access"])["secret"] == made["secret"]
        said = demo.refused("ec2", "credentials", "create", "--project", admin.id("project", "admin"))
        assert "(HTTP 403)" in said and "identity:list_projects" in said
        admin("ec2", "credentials", "delete", "--user", "demo", made["access"])
        assert demo.json("ec2", "credentials", "list") == []


class TestApplicationCredential:
    def test_create_show_and_list(self, demo: Client) -> None:
        made = demo.json("application", "credential", "create", "--description", "For backups", "backup")
        project = demo.json("token", "issue")["project_id"]
        assert (made["Name"], made["Description"], made["Project ID"]) == ("backup", "For backups", project)
        assert (made["Unrestricted"], made["Expires At"]) == (False, None)
        assert {role["name"] for role in made["Roles"]} == {"member", "reader"}
        assert len(made["Secret"]) == 86
        shown = demo.json("application", "credential", "show", "backup")
        assert shown["ID"] == made["ID"] and "Secret" not in shown
        (row,) = demo.json("application", "credential", "list")
        assert (row["ID"], row["Name"], row["Description"]) == (made["ID"], "backup", "For backups")

    def test_create_again(self, demo: Client) -> None:
        said = demo.refused("application", "credential", "create", "backup")
        assert "409" in said
        assert "Conflict occurred attempting to store application_credential - Duplicate entry" in said

    def test_login(self, demo: Client) -> None:
        made = demo.json(
            "application", "credential", "create", "--secret", "s3cret", "--role", "reader", "--expiration", soon(),
            "login",
        )  # fmt: skip
        assert made["Secret"] == "s3cret" and [role["name"] for role in made["Roles"]] == ["reader"]
        program = application(demo, made)
        token, own = program.json("token", "issue"), demo.json("token", "issue")
        assert (token["user_id"], token["project_id"]) == (own["user_id"], own["project_id"])
        assert program.json("server", "list") == []
        assert "identity" in program.column("Type", "catalog", "list")
        said = application(demo, made, "guess").refused("token", "issue")
        assert "401" in said
        by_name = program.having(
            OS_APPLICATION_CREDENTIAL_ID=None, OS_APPLICATION_CREDENTIAL_NAME="login", OS_USERNAME="demo",
            OS_USER_DOMAIN_NAME="Default",
        )  # fmt: skip
        assert by_name.json("token", "issue")["user_id"] == own["user_id"]

    def test_restricted(self, demo: Client) -> None:
        program = application(demo, demo.json("application", "credential", "create", "restricted"))
        said = program.refused("application", "credential", "create", "child")
        assert "403" in said
        assert "child" not in demo.column("Name", "application", "credential", "list")

    def test_unrestricted(self, demo: Client) -> None:
        made = demo.json("application", "credential", "create", "--unrestricted", "--role", "member", "free")
        assert made["Unrestricted"] is True
        program = application(demo, made)
        program("application", "credential", "create", "--role", "member", "child")
        assert "child" in program.column("Name", "application", "credential", "list")
        program("application", "credential", "delete", "child")
        assert "child" not in demo.column("Name", "application", "credential", "list")

    def test_bad_missing_and_forbidden(self, demo: Client, admin: Client) -> None:
        assert "400" in demo.refused("application", "credential", "create", "--role", "admin", "greedy")
        past = demo.refused("application", "credential", "create", "--expiration", "2001-01-01T00:00:00", "old")
        assert "400" in past
        assert "400" in demo.refused("application", "credential", "create", "")
        said = demo.refused("application", "credential", "show", "nothing")
        assert "No ApplicationCredential found for nothing" in said
        said = demo.refused("application", "credential", "delete", "nothing")
        assert "1 of 1 application credentials failed to delete." in said
        said = demo.refused("application", "credential", "list", "--user", admin.id("user", "admin"))
        assert "403" in said and "identity:list_application_credentials" in said

    def test_access_rules(self, demo: Client) -> None:
        rule = {"service": "compute", "method": "GET", "path": "/v2.1/servers"}
        made = demo.json("application", "credential", "create", "--access-rules", json.dumps([rule]), "ruled")
        (kept,) = made["Access Rules"]
        assert {name: kept[name] for name in rule} == rule
        assert demo.json("access", "rule", "list") == [
            {"ID": kept["id"], "Service": "compute", "Method": "GET", "Path": "/v2.1/servers"}
        ]
        assert demo.json("access", "rule", "show", kept["id"]) == {
            "ID": kept["id"], "Method": "GET", "Path": "/v2.1/servers", "Service": "compute",
        }  # fmt: skip
        said = demo.refused("access", "rule", "delete", kept["id"])
        assert "403" in said and "1 of 1 access rules failed to delete." in said
        demo("application", "credential", "delete", "ruled")
        demo("access", "rule", "delete", kept["id"])
        assert demo.json("access", "rule", "list") == []
        said = demo.refused("access", "rule", "show", kept["id"])
        assert f"Could not find Access Rule: {kept['id']}." in said

    def test_access_rules_are_minded(self, demo: Client) -> None:
        rules = [{"service": "compute", "method": "GET", "path": path} for path in ("/v2.1/servers", "/v2.1")]
        made = demo.json("application", "credential", "create", "--access-rules", json.dumps(rules), "narrow")
        token = application(demo, made).json("token", "issue")["id"]
        http = demo.cloud.http()
        assert http.get("/compute/v2.1/servers", token).status == 200
        assert http.get("/compute/v2.1/flavors", token).status == 401
        assert http.get("/image/v2/images", token).status == 401

    def test_delete(self, demo: Client) -> None:
        made = demo.json("application", "credential", "create", "brief")
        program = application(demo, made)
        token = program.json("token", "issue")["id"]
        demo("application", "credential", "delete", "brief")
        assert "brief" not in demo.column("Name", "application", "credential", "list")
        assert f"Could not find Application Credential: {made['ID']}. (HTTP 404)" in program.refused("token", "issue")
        assert demo.cloud.http().get("/v3/auth/projects", token).status == 401


class TestTrust:
    @pytest.fixture(scope="class", autouse=True)
    def helper(self, admin: Client) -> None:
        admin("user", "create", "--password", "x", "helper")

    def test_create_show_and_list(self, admin: Client, demo: Client) -> None:
        ids = {name: admin.id("user", name) for name in ("demo", "helper")}
        project, role = admin.id("project", "demo"), admin.id("role", "member")
        made = demo.json(
            "trust", "create", "--project", project, "--role", role, "--expiration", soon(), ids["demo"], ids["helper"]
        )
        assert (made["trustor_user_id"], made["trustee_user_id"]) == (ids["demo"], ids["helper"])
        assert (made["project_id"], made["is_impersonation"]) == (project, False)
        assert {role["name"] for role in made["roles"]} == {"member"}
        assert made["expires_at"].startswith(soon()[:13])
        shown = demo.json("trust", "show", made["id"])
        assert (shown["trustor_user_id"], shown["project_id"]) == (ids["demo"], project)
        (row,) = admin.json("trust", "list")
        assert (row["ID"], row["Trustee User ID"], row["Trustor User ID"]) == (made["id"], ids["helper"], ids["demo"])
        assert row["Project ID"] == project and row["Impersonation"] is False
        assert admin.column("ID", "trust", "list", "--trustor", "demo") == [made["id"]]
        assert admin.column("ID", "trust", "list", "--trustee", "demo") == []

    def test_login(self, admin: Client) -> None:
        trust = admin.column("ID", "trust", "list")[0]
        helper = admin.user("helper", "x").having(
            OS_TRUST_ID=trust, OS_PROJECT_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_ID=None
        )
        token = helper.json("token", "issue")
        assert (token["user_id"], token["project_id"]) == (admin.id("user", "helper"), admin.id("project", "demo"))
        assert helper.json("server", "list") == []
        other = admin.having(
            OS_TRUST_ID=trust, OS_PROJECT_NAME=None, OS_PROJECT_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_ID=None
        )
        assert "403" in other.refused("token", "issue")
        assert "401" in admin.user("helper", "x", "demo").refused("token", "issue")

    def test_impersonation(self, admin: Client, demo: Client) -> None:
        ids = [admin.id("user", name) for name in ("demo", "helper")]
        roles = ("--role", admin.id("role", "reader"))
        made = demo.json("trust", "create", "--project", admin.id("project", "demo"), *roles, "--impersonate", *ids)
        assert made["is_impersonation"] is True and made["expires_at"] is None
        helper = admin.user("helper", "x").having(
            OS_TRUST_ID=made["id"], OS_PROJECT_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_ID=None
        )
        assert helper.json("token", "issue")["user_id"] == ids[0]
        said = helper.refused("trust", "create", "--project", admin.id("project", "demo"), *roles, *ids)
        assert "403" in said

    def test_bad_missing_and_forbidden(self, admin: Client, demo: Client) -> None:
        ids = [admin.id("user", name) for name in ("demo", "helper")]
        project = ("--project", admin.id("project", "demo"))
        role = admin.id("role", "admin")
        said = demo.refused("trust", "create", *project, "--role", role, *ids)
        assert "404" in said and f"Could not find role: {role}." in said
        said = admin.refused("trust", "create", *project, "--role", "member", "demo", "helper")
        assert "403" in said
        said = demo.refused("trust", "list")
        assert "identity:list_trusts" in said and "403" in said
        assert "No Trust found for nothing" in admin.refused("trust", "show", "nothing")
        assert "1 of 1 trusts failed to delete." in demo.refused("trust", "delete", "nothing")
        helper = admin.user("helper", "x")
        admin("role", "add", "--user", "helper", "--project", "service", "reader")
        trust = admin.column("ID", "trust", "list")[0]
        assert "1 of 1 trusts failed to delete." in helper.having(OS_PROJECT_NAME="service").refused(
            "trust", "delete", trust
        )

    def test_delete(self, admin: Client, demo: Client) -> None:
        trusts = admin.column("ID", "trust", "list")
        demo("trust", "delete", *trusts)
        assert admin.json("trust", "list") == []
        assert f"No Trust found for {trusts[0]}" in admin.refused("trust", "show", trusts[0])
        helper = admin.user("helper", "x").having(
            OS_TRUST_ID=trusts[0], OS_PROJECT_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_ID=None
        )
        said = helper.refused("token", "issue")
        assert "The request you have made requires authentication. (HTTP 401)" in said


class TestOAuth:
    def test_consumers(self, admin: Client, demo: Client) -> None:
        made = admin.json("consumer", "create", "--description", "A shop")
        assert made["description"] == "A shop" and len(made["id"]) == len(made["secret"]) == 32
        assert admin.json("consumer", "list") == [{"ID": made["id"], "Description": "A shop"}]
        assert admin.json("consumer", "show", made["id"]) == {"id": made["id"], "description": "A shop"}
        admin("consumer", "set", "--description", "A bigger shop", made["id"])
        assert admin.json("consumer", "show", made["id"])["description"] == "A bigger shop"
        said = demo.refused("consumer", "create")
        assert "403" in said and "identity:create_consumer" in said
        admin("consumer", "delete", made["id"])
        assert admin.json("consumer", "list") == []
        assert f"No consumer with a name or ID of '{made['id']}' exists." in admin.refused(
            "consumer", "show", made["id"]
        )
        assert "1 of 1 consumers failed to delete." in admin.refused("consumer", "delete", made["id"])

    def test_three_steps_to_an_access_token(self, admin: Client) -> None:
        """The client signs its login's address but asks the catalog's; either is the service's own."""
        consumer = admin.json("consumer", "create", "--description", "A shop")
        keys = ("--consumer-key", consumer["id"], "--consumer-secret", consumer["secret"])
        request = admin.json("request", "token", "create", *keys, "--project", "admin")
        verifier = admin.json("request", "token", "authorize", "--request-key", request["id"], "--role", "admin")
        request_keys = ("--request-key", request["id"], "--request-secret", request["secret"])
        verified = ("--verifier", verifier["oauth_verifier"])
        access = admin.json("access", "token", "create", *keys, *request_keys, *verified)
        assert len(access["id"]) == len(access["secret"]) == 32
        assert access["id"] != request["id"]
        http = admin.cloud.http()
        path = f"/v3/users/{admin.id('user', 'admin')}/OS-OAUTH1/access_tokens"
        kept = http.get(path, http.token("admin")[0]).json()["access_tokens"]
        assert [(token["id"], token["consumer_id"]) for token in kept] == [(access["id"], consumer["id"])]

    def test_with_the_address_of_the_catalog(self, admin: Client) -> None:
        same = admin.having(OS_AUTH_URL=f"{admin.cloud.base}/identity/v3")
        consumer = same.json("consumer", "create")
        keys = ("--consumer-key", consumer["id"], "--consumer-secret", consumer["secret"])
        assert len(same.json("request", "token", "create", *keys, "--project", "admin")["id"]) == 32

    def test_what_is_wrongly_signed_or_verified(self, admin: Client) -> None:
        consumer = admin.json("consumer", "create")
        keys = ("--consumer-key", consumer["id"], "--consumer-secret", consumer["secret"])
        wrong = ("--consumer-key", consumer["id"], "--consumer-secret", "guess")
        assert "(HTTP 401)" in admin.refused("request", "token", "create", *wrong, "--project", "admin")
        request = admin.json("request", "token", "create", *keys, "--project", "admin")
        request_keys = ("--request-key", request["id"], "--request-secret", request["secret"])
        admin("request", "token", "authorize", "--request-key", request["id"], "--role", "admin")
        said = admin.refused("access", "token", "create", *keys, *request_keys, "--verifier", "guess")
        assert "(HTTP 401)" in said
        said = admin.refused("request", "token", "authorize", "--request-key", "nothing", "--role", "admin")
        assert "(HTTP 404)" in said
