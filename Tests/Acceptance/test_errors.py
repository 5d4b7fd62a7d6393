"""Bad input, as the real services answer it. The tables are in cases_*.py; what every answer must have is here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

import cases_glance
import cases_keystone
import cases_nova
from cases import Case
from cloud import Cloud, wait_until
from http_client import Answer, Http, endpoint

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
FLAVOR = "16"
REQUEST_ID = re.compile(r"req-[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
NOVA_KEYS = {
    400: "badRequest", 403: "forbidden", 404: "itemNotFound", 406: "computeFault", 409: "conflictingRequest",
    410: "computeFault", 413: "overLimit", 415: "badMediaType",
}  # fmt: skip


class World:
    """Two users, an active server and some images, made through the API; `names` fills the braces of the cases."""

    def __init__(self, cloud: Cloud) -> None:
        http = cloud.http()
        self.tokens = {"": ""}
        self.tokens["demo"], demo = http.token("demo")
        self.tokens["admin"], admin = http.token("admin")
        self.compute = Http(endpoint(demo, "compute"))
        self.keystone = Http(cloud.auth_url)
        self.glance = Http(endpoint(demo, "image"))
        self.names = {
            "flavor": FLAVOR, "image": IMAGE, "user_id": demo["user"]["id"], "admin_id": admin["user"]["id"],
            "project_id": demo["project"]["id"], "admin_project_id": admin["project"]["id"], "keypair": "acc-taken",
        }  # fmt: skip
        self._make_servers()
        self._make_images()

    def nova(self, user: str, method: str, path: str, body: Any = None, version: str = "2.1") -> Any:
        headers = {"OpenStack-API-Version": f"compute {version}"}
        answer = self.compute.request(method, path, body, headers, self.tokens[user])
        assert answer.status < 300, (method, path, answer.status, answer.text)
        return answer.json() if answer.body else None

    def _make_servers(self) -> None:
        self.names["flavor_name"] = self.nova("demo", "GET", f"/flavors/{FLAVOR}")["flavor"]["name"]
        key = {"keypair": {"name": self.names["keypair"], "public_key": cases_nova.KEY}}
        self.nova("demo", "POST", "/os-keypairs", key)
        server = {"name": "acc-errors", "flavorRef": FLAVOR, "imageRef": IMAGE}
        for name, user in (("server", "demo"), ("other_server", "admin")):
            self.names[name] = self._active_server(user, server)

    def _active_server(self, user: str, server: dict[str, str]) -> str:
        made: str = self.nova(user, "POST", "/servers", {"server": server})["server"]["id"]
        wait_until(lambda: self.nova(user, "GET", f"/servers/{made}")["server"]["status"], "ACTIVE")
        return made

    def _make_images(self) -> None:
        raw: dict[str, Any] = {"disk_format": "raw", "container_format": "bare"}
        wanted = {
            "own_image": ("demo", raw), "queued_image": ("demo", raw), "bare_image": ("demo", {}),
            "other_image": ("admin", raw | {"visibility": "private"}), "protected_image": ("demo", {"protected": True}),
        }  # fmt: skip
        for name, (user, fields) in wanted.items():
            made = self.glance.request("POST", "/v2/images", {"name": f"acc-{name}"} | fields, token=self.tokens[user])
            assert made.status == 201, made.text
            self.names[name] = made.json()["id"]
        data = f"/v2/images/{self.names['own_image']}/file"
        sent = self.glance.request("PUT", data, b"hello world", cases_glance.OCTETS, self.tokens["demo"])
        assert sent.status == 204, sent.text

    def fill(self, value: Any) -> Any:
        """Replaces {name} in texts, deep inside bodies too; braces that are no name of ours stay."""
        if isinstance(value, str):
            return re.sub(r"\{(\w+)\}", lambda found: self.names.get(found[1], found[0]), value)
        if isinstance(value, dict):
            return {self.fill(k): self.fill(v) for k, v in value.items()}
        return [self.fill(v) for v in value] if isinstance(value, list) else value

    def send(self, http: Http, case: Case, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): text for name, text in headers.items()} | case.headers
        return http.request(case.method, self.fill(case.path), self.fill(case.body), sent, self.tokens[case.user])


@pytest.fixture(scope="module")
def world(cloud: Cloud) -> Iterator[World]:
    made = World(cloud)
    yield made
    for user, name in (("demo", "server"), ("admin", "other_server")):
        made.nova(user, "DELETE", f"/servers/{made.names[name]}")


@pytest.mark.parametrize("case", cases_nova.ALL, ids=str)
def test_nova(world: World, case: Case) -> None:
    answer = world.send(world.compute, case, OpenStack_API_Version=f"compute {case.version}")
    assert answer.status == case.status, answer.text
    (key, fault), *more = answer.json().items()
    assert not more
    assert (key, fault["code"]) == (NOVA_KEYS[case.status], case.status)
    assert case.agrees(fault["message"], world.fill(case.says)), fault["message"]
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.headers["openstack-api-version"] == f"compute {case.version}"
    assert answer.headers["x-openstack-nova-api-version"] == case.version
    assert "OpenStack-API-Version" in ", ".join(answer.all("vary"))
    assert REQUEST_ID.fullmatch(answer.headers["x-openstack-request-id"])
    assert answer.headers["x-compute-request-id"] == answer.headers["x-openstack-request-id"]


@pytest.mark.parametrize("case", cases_keystone.ALL, ids=str)
def test_keystone(world: World, case: Case) -> None:
    answer = world.send(world.keystone, case)
    assert answer.status == case.status, answer.text
    error = answer.json()["error"]
    titles = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
    assert (error["code"], error["title"]) == (case.status, titles[case.status])
    assert case.agrees(error["message"], world.fill(case.says)), error["message"]
    assert answer.headers["content-type"] == "application/json"
    assert "X-Auth-Token" in answer.headers["vary"]
    assert REQUEST_ID.fullmatch(answer.headers["x-openstack-request-id"])
    assert ("www-authenticate" in answer.headers) == (case.status == 401)
    if case.status == 401:
        assert re.fullmatch(r'Keystone uri="http://[^"]+/v3"', answer.headers["www-authenticate"])


@pytest.mark.parametrize("case", cases_glance.ALL, ids=str)
def test_glance(world: World, case: Case) -> None:
    answer = world.send(world.glance, case)
    assert answer.status == case.status, answer.text
    if case.status == 401:
        assert "www-authenticate" in answer.headers
        return
    error = answer.json()
    assert error["code"].startswith(f"{case.status} ")
    message = " ".join(html.unescape(re.sub(r"<br */?>", " ", error["message"])).split())
    assert case.agrees(message, world.fill(case.says)), message
    assert REQUEST_ID.fullmatch(answer.headers["x-openstack-request-id"])
    if case.status == 405:
        assert answer.headers["allow"] == "GET, POST"
    if case.status == 415 and case.method == "PATCH":
        assert "application/openstack-images-v2.1-json-patch" in answer.headers["accept-patch"]


# Answers whose shape differs from the tables'


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_without_a_good_token_nova_answers_with_keystones_words(world: World, token: str) -> None:
    answer = world.compute.request("GET", "/servers", token=token)
    assert answer.status == 401
    assert answer.json()["error"]["message"] == cases_keystone.UNAUTHORIZED
    assert answer.headers["www-authenticate"].startswith("Keystone uri=")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nosuch"),
        ("PATCH", "/flavors"),
        ("PUT", "/servers"),
        ("DELETE", "/limits"),
        ("POST", "/flavors/detail"),
    ],
)
def test_nova_knows_no_405(world: World, method: str, path: str) -> None:
    """Its router answers unknown paths and methods alike, before any version is known."""
    answer = world.compute.request(method, path, token=world.tokens["demo"])
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "openstack-api-version" not in answer.headers


@pytest.mark.parametrize("header", ["OpenStack-API-Version", "X-OpenStack-Nova-API-Version"])
@pytest.mark.parametrize("asked", ["2.999", "2.0", "3.1", "1.1"])
def test_a_version_out_of_range_is_406(world: World, header: str, asked: str) -> None:
    value = f"compute {asked}" if header.startswith("O") else asked
    answer = world.compute.request("GET", "/flavors", headers={header: value}, token=world.tokens["demo"])
    assert answer.status == 406
    assert answer.json()["computeFault"] == {
        "code": 406,
        "message": f"Version {asked} is not supported by the API. Minimum is 2.1 and maximum is 2.104.",
    }
    assert answer.headers["openstack-api-version"] == f"compute {asked}"


@pytest.mark.parametrize("asked", ["2.1a", "two", "2", "2.1.1", "2.01"])
def test_a_version_that_is_none_is_400(world: World, asked: str) -> None:
    headers = {"OpenStack-API-Version": f"compute {asked}"}
    answer = world.compute.request("GET", "/flavors", headers=headers, token=world.tokens["demo"])
    assert answer.status == 400
    assert answer.json()["badRequest"]["message"] == (
        f"API Version String {asked} is of invalid format. Must be of format MajorNum.MinorNum."
    )
    assert "openstack-api-version" not in answer.headers


def test_latest_and_the_two_headers(world: World) -> None:
    headers = {"OpenStack-API-Version": "volume 3.71, compute 2.50", "X-OpenStack-Nova-API-Version": "2.10"}
    answer = world.compute.request("GET", "/flavors", headers=headers, token=world.tokens["demo"])
    assert answer.headers["openstack-api-version"] == "compute 2.50"
    newest = {"OpenStack-API-Version": "compute latest"}
    answer = world.compute.request("GET", "/flavors", headers=newest, token=world.tokens["demo"])
    assert answer.headers["openstack-api-version"] == "compute 2.104"
    assert len(answer.all("vary")) == 2 or "," in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/nosuch", "/auth/nosuch", "/auth/tokens/x"])
def test_keystones_unknown_paths_are_html(world: World, path: str) -> None:
    answer = world.keystone.request("GET", path, token=world.tokens["admin"])
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/auth/tokens"), ("PATCH", "/auth/tokens"), ("POST", "/auth/projects")]
)
def test_keystones_405_is_json(world: World, method: str, path: str) -> None:
    answer = world.keystone.request(method, path, {}, token=world.tokens["admin"])
    assert answer.status == 405
    assert answer.json() == {"message": "The method is not allowed for the requested URL."}
    assert "GET" in answer.headers["allow"]


def test_a_revoked_token_is_worth_nothing(world: World, cloud: Cloud) -> None:
    token, _ = cloud.http().token("demo")
    subject = {"X-Subject-Token": token}
    assert world.keystone.request("GET", "/auth/tokens", headers=subject, token=token).status == 200
    head = world.keystone.request("HEAD", "/auth/tokens", headers=subject, token=token)
    assert (head.status, head.body) == (200, b"")
    assert world.keystone.request("DELETE", "/auth/tokens", headers=subject, token=token).status == 204
    assert world.keystone.request("GET", "/auth/projects", token=token).status == 401
    assert world.compute.request("GET", "/servers", token=token).status == 401
    assert world.glance.request("GET", "/v2/images", token=token).status == 401
    assert world.keystone.request("GET", "/auth/tokens", headers=subject, token=world.tokens["admin"]).status == 404


def test_a_token_of_a_changed_letter_is_refused(world: World) -> None:
    """Fernet signs the whole: no single character may be changed."""
    good = world.tokens["demo"]
    for at in range(7, len(good), 11):
        bad = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        assert world.compute.request("GET", "/limits", token=bad).status == 401, at


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_glance_speaks_html_to_those_who_take_it(world: World, accept: str) -> None:
    answer = world.glance.request("GET", "/v2/images/nope", headers={"Accept": accept}, token=world.tokens["demo"])
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "No image found with ID nope" in answer.text


def test_the_hundred_and_first_keypair(world: World) -> None:
    """Quotas are 403 since 2.1, with the words that clients look for."""
    before = {row["keypair"]["name"] for row in world.nova("admin", "GET", "/os-keypairs")["keypairs"]}
    names = [f"acc-many-{n}" for n in range(100 - len(before))]
    for name in names:
        world.nova("admin", "POST", "/os-keypairs", {"keypair": {"name": name, "public_key": cases_nova.KEY}})
    body = {"keypair": {"name": "acc-too-many", "public_key": cases_nova.KEY}}
    refused = world.compute.request("POST", "/os-keypairs", body, token=world.tokens["admin"])
    for name in names:
        world.nova("admin", "DELETE", f"/os-keypairs/{name}")
    assert refused.status == 403
    assert refused.json()["forbidden"]["message"] == "Quota exceeded, too many key pairs."


DEEP = "[" * 100_000
WEIRD = [
    b"\xff\xfe",
    b'"\\ud800"',
    b"nul",
    b'{"a":1,}',
    b"{}{}",
    b'{"server":' + DEEP.encode(),
    b'{"server":{"name":"\\u0000"}}',
    b"1e999",
    b"",
]


@pytest.mark.parametrize("body", WEIRD, ids=lambda body: repr(body[:20]))
@pytest.mark.parametrize("where", ["/servers", "/os-keypairs", "/flavors", "keystone", "glance"])
def test_no_body_makes_a_500(world: World, where: str, body: bytes) -> None:
    http, path = {
        "keystone": (world.keystone, "/auth/tokens"), "glance": (world.glance, "/v2/images"),
    }.get(where, (world.compute, where))  # fmt: skip
    answer = http.request("POST", path, body, {"Content-Type": "application/json"}, world.tokens["admin"])
    assert 400 <= answer.status < 500, (answer.status, answer.text)
