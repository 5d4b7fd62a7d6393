"""Tokens with the `openstack` command: issued, used instead of a password, revoked, and then worth nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from openstack_client import Client
from test_identity_delegation import NOBODY


def with_token(client: Client, token: str, project: str | None = "demo") -> Client:
    """The `openstack` of a shell that has nothing but a token."""
    scope = {"OS_PROJECT_NAME": project, "OS_PROJECT_DOMAIN_NAME": "Default"} if project else {}
    return client.having(**NOBODY | scope, OS_AUTH_TYPE="v3token", OS_TOKEN=token)


class TestIssue:
    def test_for_a_project(self, demo: Client, admin: Client) -> None:
        token = demo.json("token", "issue")
        assert token["id"].startswith("gAAAAA")
        assert token["user_id"] == admin.id("user", "demo")
        assert token["project_id"] == admin.id("project", "demo")
        ends = datetime.strptime(token["expires"], "%Y-%m-%dT%H:%M:%S%z")
        assert timedelta(minutes=55) < ends - datetime.now(UTC) <= timedelta(hours=1)

    def test_for_a_domain_and_for_the_system(self, admin: Client) -> None:
        domain = admin.having(
            OS_PROJECT_NAME=None, OS_PROJECT_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_ID=None, OS_DOMAIN_NAME="Default"
        )
        assert domain.json("token", "issue")["domain_id"] == "default"
        system = admin.having(
            OS_PROJECT_NAME=None, OS_PROJECT_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_ID=None, OS_SYSTEM_SCOPE="all"
        )
        token = system.json("token", "issue")
        assert token["system"] == "all" and not {"project_id", "domain_id"} & token.keys()

    def test_refused(self, demo: Client) -> None:
        unauthorized = "The request you have made requires authentication. (HTTP 401)"
        for wrong in ({"OS_PASSWORD": "guess"}, {"OS_USERNAME": "nobody"}, {"OS_PROJECT_NAME": "admin"}):
            assert unauthorized in demo.having(**wrong).refused("token", "issue")


class TestTokenAsLogin:
    def test_another_token_from_it(self, demo: Client) -> None:
        first = demo.json("token", "issue")
        holder = with_token(demo, first["id"])
        second = holder.json("token", "issue")
        assert second["id"] != first["id"]
        assert second["expires"] == first["expires"], "a token lives no longer by being renewed"
        assert holder.column("Name", "project", "list") == ["demo"]

    def test_an_unscoped_one(self, demo: Client) -> None:
        plain = demo.having(OS_PROJECT_NAME=None, OS_PROJECT_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_ID=None)
        token = plain.json("token", "issue")
        assert "project_id" not in token
        assert len(with_token(demo, token["id"]).json("token", "issue")["project_id"]) == 32


class TestRevoke:
    def test_a_revoked_token_fails(self, demo: Client) -> None:
        token = demo.json("token", "issue")["id"]
        holder = with_token(demo, token)
        holder("project", "list")
        demo("token", "revoke", token)
        assert "(HTTP 401)" in holder.refused("project", "list")
        assert demo.cloud.http().get("/v3/auth/projects", token).status == 401
        said = demo.refused("token", "revoke", token)
        assert "404" in said

    def test_of_another(self, demo: Client, admin: Client) -> None:
        token = admin.json("token", "issue")["id"]
        said = demo.refused("token", "revoke", token)
        assert "403" in said and "identity:revoke_token" in said
        assert admin.cloud.http().get("/v3/auth/projects", token).status == 200
        other = demo.json("token", "issue")["id"]
        admin("token", "revoke", other)
        assert demo.cloud.http().get("/v3/auth/projects", other).status == 401

    def test_what_is_none(self, admin: Client) -> None:
        assert "404" in admin.refused("token", "revoke", "nonsense")

    def test_all_of_a_user_whose_password_changes(self, admin: Client) -> None:
        admin("user", "create", "--password", "x", "brief")
        admin("role", "add", "--user", "brief", "--project", "demo", "reader")
        http = admin.cloud.http()
        tokens = [http.token("brief", "demo", "x")[0] for _ in range(2)]
        assert [http.get("/v3/auth/projects", token).status for token in tokens] == [200, 200]
        admin("user", "set", "--password", "y", "brief")
        assert [http.get("/v3/auth/projects", token).status for token in tokens] == [401, 401]

    def test_when_a_role_is_taken_away(self, admin: Client) -> None:
        http = admin.cloud.http()
        token = http.token("brief", "demo", "y")[0]
        admin("role", "remove", "--user", "brief", "--project", "demo", "reader")
        assert http.get("/v3/auth/projects", token).status == 401
        admin("user", "delete", "brief")
