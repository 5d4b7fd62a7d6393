"""Identity API v2.0, as scripts and openrc files of the years before 2017 use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cloud import Cloud
from http_client import Answer, Http
from openstack_client import Client

V2 = "/v2.0"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud of the last release that names v2.0 among its versions, as today's `openstack` looks for it there."""
    with Cloud(("--memory", "--release", "pike"), tmp_path_factory.mktemp("own")) as made:
        yield made


@pytest.fixture(scope="module")
def http(own: Cloud) -> Http:
    return own.http()


def login(http: Http, user: str = "demo", password: str = "secret", **scope: str) -> Answer:
    credentials = {"username": user, "password": password}
    return http.request("POST", f"{V2}/tokens", {"auth": {"passwordCredentials": credentials, **scope}})


@pytest.fixture(scope="module")
def call(http: Http) -> Callable[..., Answer]:
    """Sends a request with an administrator's token of v2.0."""
    token = login(http, "admin", tenantName="admin").json()["access"]["token"]["id"]
    return lambda method, path, body=None: http.request(method, V2 + path, body, token=token)


class TestLogin:
    def test_with_a_password_for_a_tenant(self, http: Http) -> None:
        answer = login(http, tenantName="demo")
        assert answer.status == 200
        access = answer.json()["access"]
        assert access["token"]["id"].startswith("gAAAAA") and access["token"]["expires"].endswith("Z")
        assert (access["token"]["tenant"]["name"], access["token"]["tenant"]["enabled"]) == ("demo", True)
        assert (access["user"]["name"], access["user"]["username"]) == ("demo", "demo")
        assert {role["name"] for role in access["user"]["roles"]} >= {"member"}
        catalog = {entry["type"]: entry["endpoints"][0] for entry in access["serviceCatalog"]}
        assert {"identity", "compute", "image"} <= catalog.keys()
        assert {"publicURL", "internalURL", "adminURL", "region"} <= catalog["compute"].keys()

    def test_without_a_tenant(self, http: Http) -> None:
        access = login(http).json()["access"]
        assert "tenant" not in access["token"]
        assert access["serviceCatalog"] == []

    def test_with_the_id_of_the_tenant_and_with_a_token(self, http: Http) -> None:
        first = login(http, tenantName="demo").json()["access"]["token"]
        assert login(http, tenantId=first["tenant"]["id"]).json()["access"]["token"]["tenant"]["name"] == "demo"
        plain = login(http).json()["access"]["token"]["id"]
        auth = {"auth": {"token": {"id": plain}, "tenantName": "demo"}}
        second = http.request("POST", f"{V2}/tokens", auth).json()["access"]["token"]
        assert second["tenant"]["id"] == first["tenant"]["id"]

    def test_the_token_is_good_for_the_other_services(self, http: Http) -> None:
        access = login(http, tenantName="demo").json()["access"]
        urls = {entry["type"]: entry["endpoints"][0]["publicURL"] for entry in access["serviceCatalog"]}
        assert Http(urls["compute"]).get("/servers", access["token"]["id"]).status == 200
        assert Http(urls["image"]).get("/v2/images", access["token"]["id"]).status == 200
        assert http.get("/v3/auth/projects", access["token"]["id"]).status == 200

    @pytest.mark.parametrize(
        ("user", "password", "tenant"),
        [("demo", "guess", "demo"), ("nobody", "x", "demo"), ("demo", "secret", "admin")],
    )
    def test_refused(self, http: Http, user: str, password: str, tenant: str) -> None:
        answer = login(http, user, password, tenantName=tenant)
        assert answer.status == 401
        error = answer.json()["error"]
        assert (error["code"], error["title"]) == (401, "Unauthorized")

    @pytest.mark.parametrize("body", [{}, {"auth": {}}, {"auth": {"passwordCredentials": {"username": "demo"}}}])
    def test_bad(self, http: Http, body: dict[str, object]) -> None:
        answer = http.request("POST", f"{V2}/tokens", body)
        assert answer.status == 400
        assert answer.json()["error"]["title"] == "Bad Request"


class TestToken:
    def test_validate_and_revoke(self, http: Http, call: Callable[..., Answer]) -> None:
        token = login(http, tenantName="demo").json()["access"]["token"]["id"]
        access = call("GET", f"/tokens/{token}").json()["access"]
        assert (access["token"]["id"], access["user"]["name"]) == (token, "demo")
        assert access["token"]["tenant"]["name"] == "demo"
        assert call("HEAD", f"/tokens/{token}").status in (200, 204)
        assert call("DELETE", f"/tokens/{token}").status == 204
        assert call("GET", f"/tokens/{token}").status == 404
        assert http.get(f"{V2}/tenants", token).status == 401


class TestTenants:
    def test_ones_own(self, http: Http) -> None:
        token = login(http).json()["access"]["token"]["id"]
        tenants = http.get(f"{V2}/tenants", token).json()["tenants"]
        assert [(tenant["name"], tenant["enabled"]) for tenant in tenants] == [("demo", True)]

    def test_one(self, call: Callable[..., Answer], http: Http) -> None:
        demo = login(http, tenantName="demo").json()["access"]["token"]["tenant"]["id"]
        assert call("GET", f"/tenants/{demo}").json()["tenant"]["name"] == "demo"
        assert [user["name"] for user in call("GET", f"/tenants/{demo}/users").json()["users"]] == ["demo"]
        assert call("GET", "/tenants/nothing").status == 404

    def test_an_ordinary_user_may_not(self, http: Http) -> None:
        access = login(http, tenantName="demo").json()["access"]
        token = access["token"]["id"]
        assert http.get(f"{V2}/users", token).status == 403
        assert http.get(f"{V2}/tenants/{access['token']['tenant']['id']}", token).status == 403


class TestUser:
    def test_create_change_and_delete(self, call: Callable[..., Answer], http: Http) -> None:
        body = {"user": {"name": "old", "password": "x", "email": "old@example.org", "enabled": True}}
        user = call("POST", "/users", body).json()["user"]
        assert (user["name"], user["email"], user["enabled"]) == ("old", "old@example.org", True)
        assert call("POST", "/users", body).status == 409
        roles = {role["name"]: role["id"] for role in call("GET", "/OS-KSADM/roles").json()["roles"]}
        demo = login(http, tenantName="demo").json()["access"]["token"]["tenant"]["id"]
        assert login(http, "old", "x", tenantName="demo").status == 401
        given = f"/tenants/{demo}/users/{user['id']}/roles"
        assert call("PUT", f"{given}/OS-KSADM/{roles['member']}").status == 200
        assert {role["name"] for role in call("GET", given).json()["roles"]} == {"member", "reader"}
        assert login(http, "old", "x", tenantName="demo").status == 200
        changed = {"user": {"id": user["id"], "password": "y"}}
        assert call("PUT", f"/users/{user['id']}/OS-KSADM/password", changed).status == 200
        assert login(http, "old", "x").status == 401
        assert login(http, "old", "y", tenantName="demo").status == 200
        assert call("DELETE", f"{given}/OS-KSADM/{roles['member']}").status == 204
        assert login(http, "old", "y", tenantName="demo").status == 401
        assert call("DELETE", f"/users/{user['id']}").status == 204
        assert call("GET", f"/users/{user['id']}").status == 404


class TestOpenrc:
    """What `pocketstack openrc --legacy` writes, with clients that read it."""

    def test_is_of_2017(self, own: Cloud) -> None:
        text = own.openrc("demo", "demo", legacy=True).read_text()
        for line in (f"export OS_AUTH_URL={own.base}/v2.0", "export OS_TENANT_NAME=demo", "export OS_USERNAME=demo"):
            assert line in text.splitlines()
        assert "export OS_USER_DOMAIN" not in text and "export OS_PROJECT_NAME" not in text

    def test_nova_of_its_time(self, own: Cloud) -> None:
        flavors = own.nova("7.1.2", "flavor-list", legacy=True).rows()
        assert "m1.tiny" in {row["Name"] for row in flavors}
        own.nova(
            "7.1.2", "boot", "--flavor", "1", "--image", "185e1975-c9c5-4358-909e-5e329808902e", "old", legacy=True
        )
        assert [row["Name"] for row in own.nova("7.1.2", "list", legacy=True).rows()] == ["old"]
        own.nova("7.1.2", "delete", "old", legacy=True)

    def test_nova_with_a_wrong_password(self, own: Cloud) -> None:
        said = own.nova("7.1.2", "--os-password", "guess", "list", legacy=True, fails=True)
        assert "requires authentication" in said.stderr and "401" in said.stderr


class TestOpenstack:
    """Today's `openstack` still has the commands of v2.0, for clouds that are old."""

    @pytest.fixture(scope="class")
    def old(self, own: Cloud, admin: Client) -> Client:
        gone = ("OS_PROJECT_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME", "OS_USER_DOMAIN_ID")
        return admin.having(
            **dict.fromkeys((*gone, "OS_PROJECT_DOMAIN_ID")), OS_AUTH_URL=f"{own.base}/v2.0", OS_AUTH_TYPE="v2password",
            OS_IDENTITY_API_VERSION="2", OS_TENANT_NAME="admin",
        )  # fmt: skip

    def test_tokens_and_the_catalog(self, old: Client, admin: Client) -> None:
        token = old.json("token", "issue")
        assert token["user_id"] == admin.id("user", "admin")
        assert token["project_id"] == admin.id("project", "admin")
        assert "m1.tiny" in old.column("Name", "flavor", "list")
        assert {"keystone", "nova", "glance"} <= set(old.column("Name", "catalog", "list"))
        assert "publicURL: " in old("catalog", "show", "compute").stdout
        old("token", "revoke", token["id"])
        assert own_projects(old.cloud, token["id"]) == 401

    def test_projects(self, old: Client, admin: Client) -> None:
        made = old.json("project", "create", "--description", "Aged", "--property", "a=b", "attic")
        assert (made["name"], made["description"], made["a"]) == ("attic", "Aged", "b")
        assert admin.json("project", "show", "attic")["domain_id"] == "default"
        old("project", "set", "--name", "loft", "--disable", "attic")
        old("project", "unset", "--property", "a", "loft")
        shown = old.json("project", "show", "loft")
        assert (shown["id"], shown["enabled"], shown["properties"]) == (made["id"], False, {})
        assert "loft" in old.column("Name", "project", "list")
        assert "(HTTP 409)" in old.refused("project", "create", "loft")
        old("project", "delete", "loft")
        assert "loft" not in admin.column("Name", "project", "list")

    def test_users_and_roles(self, old: Client, admin: Client) -> None:
        made = old.json("user", "create", "--password", "x", "--email", "o@example.org", "--project", "demo", "olga")
        assert (made["username"], made["email"], made["enabled"]) == ("olga", "o@example.org", True)
        assert admin.json("user", "show", "olga")["default_project_id"] == admin.id("project", "demo")
        old("user", "set", "--email", "p@example.org", "olga")
        assert old.json("user", "show", "olga")["email"] == "p@example.org"
        assert {"admin", "demo", "olga"} <= set(old.column("Name", "user", "list"))
        role = old.json("role", "create", "singer")
        assert old.json("role", "show", "singer")["id"] == role["id"]
        assert "singer" in old.column("Name", "role", "list")
        old("role", "add", "--user", "olga", "--project", "demo", "singer")
        held = old.json("role", "assignment", "list", "--user", "olga", "--project", "demo", "--names")
        assert "singer" in [row["Role"] for row in held]
        old("role", "remove", "--user", "olga", "--project", "demo", "singer")
        assert admin.json("role", "assignment", "list", "--user", "olga", "--role", "singer") == []
        old("role", "delete", "singer")
        old("user", "delete", "olga")
        assert "olga" not in admin.column("Name", "user", "list")
        assert "olga" in old.refused("user", "show", "olga")

    def test_services_and_endpoints(self, old: Client, admin: Client) -> None:
        service = old.json("service", "create", "--name", "heat", "orchestration")
        assert old.json("service", "show", "heat")["id"] == service["id"]
        assert "heat" in old.column("Name", "service", "list")
        url = "http://127.0.0.1:9"
        urls = ("--publicurl", f"{url}/p", "--internalurl", f"{url}/i", "--adminurl", f"{url}/a")
        made = old.json("endpoint", "create", "--region", "RegionOne", *urls, "heat")
        assert (made["publicurl"], made["service_name"]) == (f"{url}/p", "heat")
        assert old.json("endpoint", "show", made["id"])["adminurl"] == f"{url}/a"
        assert made["id"] in old.column("ID", "endpoint", "list")
        modern = admin.json("endpoint", "list", "--service", "heat")
        assert {(row["Interface"], row["URL"]) for row in modern} == {
            ("public", f"{url}/p"), ("internal", f"{url}/i"), ("admin", f"{url}/a"),
        }  # fmt: skip
        old("endpoint", "delete", made["id"])
        assert admin.json("endpoint", "list", "--service", "heat") == []
        old("service", "delete", "heat")
        assert "heat" not in admin.column("Name", "service", "list")

    def test_ec2_credentials(self, old: Client) -> None:
        made = old.json("ec2", "credentials", "create")
        assert old.json("ec2", "credentials", "show", made["access"])["secret"] == made["secret"]
        assert old.column("Access", "ec2", "credentials", "list") == [made["access"]]
        old("ec2", "credentials", "delete", made["access"])
        assert old.json("ec2", "credentials", "list") == []


def own_projects(cloud: Cloud, token: str) -> int:
    """The status that a token gets when it asks for the projects it may enter."""
    return cloud.http().get("/v3/auth/projects", token).status
