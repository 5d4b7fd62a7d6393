"""Roles, what they imply, and who has them where, with the `openstack` command."""

from __future__ import annotations

from http_client import Answer
from openstack_client import Client

COLUMNS = ("Role", "User", "Group", "Project", "Domain", "System", "Inherited")


def assigned(client: Client, *filters: str) -> set[tuple[str, str, bool]]:
    """The rows of `role assignment list --names` as (role, who, inherited); all are of one place."""
    rows = client.json("role", "assignment", "list", "--names", *filters)
    assert all(tuple(row) == COLUMNS for row in rows)
    return {(row["Role"], row["User"] or row["Group"], row["Inherited"]) for row in rows}


def put(client: Client, user: str, who: str, project: str, role: str) -> Answer:
    """Gives a role as `role add` does, which ends without a word when the cloud refuses."""
    http = client.cloud.http()
    return http.request("PUT", f"/v3/projects/{project}/users/{who}/roles/{role}", token=http.token(user)[0])


class TestRole:
    def test_create_show_and_list(self, admin: Client) -> None:
        made = admin.json("role", "create", "--description", "Tends the garden", "gardener")
        assert (made["name"], made["description"], made["domain_id"]) == ("gardener", "Tends the garden", None)
        assert admin.json("role", "show", "gardener") == made
        names = admin.column("Name", "role", "list")
        assert set(names) == {"admin", "manager", "member", "reader", "service", "gardener"}
        assert admin.row("gardener", "role", "list") == {"ID": made["id"], "Name": "gardener"}

    def test_create_again(self, admin: Client) -> None:
        said = admin.refused("role", "create", "gardener")
        assert "409" in said
        assert "Conflict occurred attempting to store role - Duplicate entry found with name gardener" in said
        assert admin.json("role", "create", "--or-show", "gardener")["description"] == "Tends the garden"

    def test_set(self, admin: Client) -> None:
        admin("role", "set", "--name", "botanist", "--description", "Names the plants", "gardener")
        assert admin.json("role", "show", "botanist")["description"] == "Names the plants"
        assert "gardener" not in admin.column("Name", "role", "list")

    def test_immutable(self, admin: Client) -> None:
        said = admin.refused("role", "delete", "member")
        assert "Unable to delete immutable role resource" in said and "1 of 1 roles failed to delete." in said
        said = admin.refused("role", "set", "--description", "x", "member")
        assert "403" in said and "Unable to update immutable role resource" in said
        admin("role", "create", "--immutable", "fixed")
        assert "immutable" in admin.refused("role", "delete", "fixed")
        admin("role", "set", "--no-immutable", "fixed")
        admin("role", "delete", "fixed")

    def test_of_a_domain(self, admin: Client) -> None:
        domain = admin.json("domain", "create", "park")["id"]
        made = admin.json("role", "create", "--domain", "park", "ranger")
        assert made["domain_id"] == domain
        assert admin.json("role", "list", "--domain", "park") == [
            {"ID": made["id"], "Name": "ranger", "Domain": "park"}
        ]  # fmt: skip
        assert "ranger" not in admin.column("Name", "role", "list")
        assert admin.json("role", "show", "--domain", "park", "ranger") == made
        admin("role", "set", "--domain", "park", "--name", "warden", "ranger")
        assert admin.column("Name", "role", "list", "--domain", "park") == ["warden"]
        admin("role", "add", "--user", "demo", "--project", "demo", "--role-domain", "park", "warden")
        assert assigned(admin, "--user", "demo") == {("member", "demo@Default", False)}
        answer = put(admin, "admin", admin.id("user", "demo"), admin.id("project", "demo"), made["id"])
        assert answer.status == 403 and "must be in the same domain as the role" in answer.text
        admin("role", "delete", "--domain", "park", "warden")
        assert admin.column("Name", "role", "list", "--domain", "park") == []

    def test_missing_and_bad(self, admin: Client) -> None:
        assert "No Role found for nothing" in admin.refused("role", "show", "nothing")
        assert "1 of 1 roles failed to delete." in admin.refused("role", "delete", "nothing")
        assert "400" in admin.refused("role", "create", "")
        assert "400" in admin.refused("role", "create", "x" * 256)

    def test_an_ordinary_user_may_not(self, demo: Client) -> None:
        said = demo.refused("role", "create", "mine")
        assert "403" in said
        assert "You are not authorized to perform the requested action: identity:create_role." in said
        assert "identity:list_roles" in demo.refused("role", "list")

    def test_delete(self, admin: Client) -> None:
        admin("role", "delete", "botanist")
        assert "botanist" not in admin.column("Name", "role", "list")
        assert "No Role found for botanist" in admin.refused("role", "show", "botanist")


class TestImpliedRole:
    def test_all(self, admin: Client) -> None:
        chief = admin.json("role", "create", "chief")["id"]
        scribe = admin.json("role", "create", "scribe")["id"]
        made = admin.json("implied", "role", "create", "chief", "--implied-role", "scribe")
        assert made == {"implies": scribe, "prior_role": chief}
        rules = {(row["Prior Role Name"], row["Implied Role Name"]) for row in admin.json("implied", "role", "list")}
        assert ("chief", "scribe") in rules
        assert {("admin", "manager"), ("manager", "member"), ("member", "reader")} <= rules
        admin("role", "add", "--user", "demo", "--project", "demo", "chief")
        effective = assigned(admin, "--user", "demo", "--project", "demo", "--effective")
        assert {role for role, _, _ in effective} == {"member", "reader", "chief", "scribe"}
        admin("implied", "role", "delete", "chief", "--implied-role", "scribe")
        assert "chief" not in admin.column("Prior Role Name", "implied", "role", "list")
        effective = assigned(admin, "--user", "demo", "--project", "demo", "--effective")
        assert {role for role, _, _ in effective} == {"member", "reader", "chief"}
        assert "404" in admin.refused("implied", "role", "delete", "chief", "--implied-role", "scribe")
        admin("role", "delete", "chief", "scribe")
        assert assigned(admin, "--user", "demo") == {("member", "demo@Default", False)}

    def test_admin_is_never_implied(self, admin: Client) -> None:
        said = admin.refused("implied", "role", "create", "service", "--implied-role", "admin")
        assert f"{admin.id('role', 'admin')} cannot be an implied roles. (HTTP 403)" in said

    def test_an_ordinary_user_may_not(self, demo: Client) -> None:
        assert "403" in demo.refused("implied", "role", "list")


class TestAssignment:
    def test_to_a_user_on_a_project(self, admin: Client) -> None:
        admin("user", "create", "--password", "x", "eve")
        where = ("--user", "eve", "--project", "demo")
        admin("role", "add", *where, "member")
        assert assigned(admin, *where) == {("member", "eve@Default", False)}
        (row,) = admin.json("role", "assignment", "list", *where)
        assert row == {
            "Role": admin.json("role", "show", "member")["id"], "User": admin.json("user", "show", "eve")["id"],
            "Group": "", "Project": admin.json("project", "show", "demo")["id"], "Domain": "", "System": "",
            "Inherited": False,
        }  # fmt: skip
        admin("role", "add", *where, "member")
        assert assigned(admin, *where, "--effective") == {
            ("member", "eve@Default", False), ("reader", "eve@Default", False),
        }  # fmt: skip
        assert ("member", "demo@Default", False) in assigned(admin, "--role", "member", "--project", "demo")
        admin("role", "remove", *where, "member")
        assert assigned(admin, *where) == set()

    def test_on_a_domain(self, admin: Client) -> None:
        where = ("--user", "eve", "--domain", "default")
        admin("role", "add", *where, "reader")
        (row,) = admin.json("role", "assignment", "list", "--names", *where)
        assert (row["Role"], row["Domain"], row["Project"]) == ("reader", "Default", "")
        scoped = admin.user("eve", "x").having(
            OS_DOMAIN_NAME="Default", OS_PROJECT_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_ID=None
        )
        token = scoped.json("token", "issue")
        assert token["domain_id"] == "default" and "project_id" not in token
        admin("role", "remove", *where, "reader")
        assert assigned(admin, *where) == set()

    def test_on_the_system(self, admin: Client) -> None:
        where = ("--user", "eve", "--system", "all")
        admin("role", "add", *where, "reader")
        (row,) = admin.json("role", "assignment", "list", "--names", *where)
        assert (row["Role"], row["System"], row["Project"], row["Domain"]) == ("reader", "all", "", "")
        assert ("admin", "admin@Default", False) in assigned(admin, "--system", "all")
        scoped = admin.user("eve", "x").having(OS_SYSTEM_SCOPE="all")
        assert "eve" in scoped.column("Name", "user", "list")
        assert "403" in scoped.refused("user", "create", "--password", "x", "other")
        admin("role", "remove", *where, "reader")
        assert assigned(admin, *where) == set()
        assert "401" in scoped.refused("token", "issue")

    def test_to_a_group(self, admin: Client) -> None:
        admin("group", "create", "apples")
        admin("group", "add", "user", "apples", "eve")
        for where in (("--project", "demo"), ("--domain", "default"), ("--system", "all")):
            admin("role", "add", "--group", "apples", *where, "reader")
            assert assigned(admin, "--group", "apples", *where) == {("reader", "apples@Default", False)}
        effective = assigned(admin, "--project", "demo", "--user", "eve", "--effective")
        assert effective == {("reader", "eve@Default", False)}
        for where in (("--project", "demo"), ("--domain", "default"), ("--system", "all")):
            admin("role", "remove", "--group", "apples", *where, "reader")
        assert assigned(admin, "--group", "apples") == set()

    def test_inherited(self, admin: Client) -> None:
        admin("project", "create", "orchard")
        admin("project", "create", "--parent", "orchard", "row1")
        where = ("--user", "eve", "--project", "orchard")
        admin("role", "add", *where, "--inherited", "reader")
        assert assigned(admin, *where) == {("reader", "eve@Default", True)}
        assert assigned(admin, *where, "--effective") == set()
        below = assigned(admin, "--user", "eve", "--project", "row1", "--effective")
        assert {(role, who) for role, who, _ in below} == {("reader", "eve@Default")}
        admin.user("eve", "x", "row1")("token", "issue")
        assert "401" in admin.user("eve", "x", "orchard").refused("token", "issue")
        assert assigned(admin, "--inherited", "--user", "eve") == {("reader", "eve@Default", True)}
        admin("role", "remove", *where, "--inherited", "reader")
        assert assigned(admin, "--user", "eve") == set()
        for who in (("--user", "eve"), ("--group", "apples")):
            admin("role", "add", *who, "--domain", "default", "--inherited", "reader")
            assert {inherited for _, _, inherited in assigned(admin, *who)} == {True}
            admin("role", "remove", *who, "--domain", "default", "--inherited", "reader")
            assert assigned(admin, *who) == set()
        admin("project", "delete", "row1", "orchard")

    def test_of_the_one_who_asks(self, admin: Client, demo: Client) -> None:
        assert assigned(admin, "--auth-user", "--auth-project") == {("admin", "admin@Default", False)}
        assert "403" in demo.refused("role", "assignment", "list")
        assert "403" in demo.refused("role", "assignment", "list", "--names")

    def test_an_ordinary_user_gives_nothing(self, demo: Client, admin: Client) -> None:
        ids = [admin.id(kind, name) for kind, name in (("user", "demo"), ("project", "demo"), ("role", "admin"))]
        demo("role", "add", "--user", ids[0], "--project", ids[1], ids[2])
        assert assigned(admin, "--user", "demo") == {("member", "demo@Default", False)}
        answer = put(admin, "demo", *ids)
        assert answer.status == 403
        rule = "You are not authorized to perform the requested action: identity:create_grant."
        assert answer.json()["error"]["message"] == rule

    def test_to_what_is_missing(self, admin: Client) -> None:
        before = assigned(admin)
        admin.refused("role", "add", "--user", "eve", "--project", "demo", "nothing")
        admin("role", "remove", "--user", "eve", "--project", "demo", "service")
        assert assigned(admin) == before
        ids = [admin.id(kind, name) for kind, name in (("user", "eve"), ("project", "demo"), ("role", "member"))]
        for at, kind in enumerate(("user", "project", "role")):
            answer = put(admin, "admin", *ids[:at], "nothing", *ids[at + 1 :])
            assert answer.status == 404, kind
            assert answer.json()["error"]["message"] == f"Could not find {kind}: nothing."

    def test_what_is_deleted_has_no_roles(self, admin: Client) -> None:
        admin("role", "add", "--user", "eve", "--project", "demo", "reader")
        admin("user", "delete", "eve")
        assert {who for _, who, _ in assigned(admin, "--project", "demo")} == {"demo@Default"}
        admin("role", "add", "--group", "apples", "--project", "demo", "reader")
        admin("group", "delete", "apples")
        assert {who for _, who, _ in assigned(admin, "--project", "demo")} == {"demo@Default"}
