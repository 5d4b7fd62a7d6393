"""Every microversion of the compute API: what each shows, takes and answers, by the tables of versions_nova.py.

One cloud and its two users. At each version a server, a flavor and a key pair are made, shown, listed, changed and
deleted; every answer must have the fields of that version, no others, with the right types, and its version headers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

import versions_nova as nova
from cases_nova import KEY, invalid
from cloud import Cloud
from http_client import Answer, Http, endpoint
from versions import NEWEST, Field, Member, Query, differences, merged

MINORS = range(1, NEWEST + 1)
USERS = ("demo", "admin")
NAMES = ["OpenStack-API-Version", "X-OpenStack-Nova-API-Version"]
every_version = pytest.mark.parametrize("minor", MINORS, ids=lambda minor: f"2.{minor}")


class Compute:
    """The compute API for two users. Each answer's status and version headers are checked on the way."""

    def __init__(self, cloud: Cloud) -> None:
        self.tokens, self.ids = {}, {}
        for user in USERS:
            self.tokens[user], token = cloud.http().token(user)
            self.ids[user] = token["user"]["id"]
        self.base = endpoint(token, "compute")
        self.http = Http(self.base)

    def send(self, minor: int, user: str, method: str, path: str, body: Any = None) -> Answer:
        headers = {NAMES[0]: f"compute 2.{minor}"}
        answer = self.http.request(method, path, body, headers, self.tokens[user])
        assert version_headers(answer) == (f"compute 2.{minor}", f"2.{minor}", NAMES), (method, path)
        return answer

    def ask(self, minor: int, user: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.send(minor, user, method, path, body)
        assert answer.status == status, (user, method, path, answer.status, answer.text)
        return answer.json() if answer.body else None

    def refused(self, minor: int, user: str, method: str, path: str, body: Any, status: int, says: str) -> None:
        """`says` is the whole message, or its start if it ends in `...`."""
        (fault,) = self.ask(minor, user, method, path, body, status).values()
        assert fault["code"] == status
        said = fault["message"]
        assert said.startswith(says[:-3]) if says.endswith("...") else said == says, said

    def listed(self, minor: int, user: str, path: str, key: str, name: str, wrap: str = "") -> dict[str, Any]:
        """The one item of a list with this name; the list must have nothing beside its items."""
        answer = self.ask(minor, user, "GET", path)
        assert list(answer) == [key]
        items = [item[wrap] if wrap else item for item in answer[key]]
        assert not wrap or all(list(item) == [wrap] for item in answer[key])
        (found,) = [item for item in items if item["name"] == name]
        return found


def version_headers(answer: Answer) -> tuple[str | None, str | None, list[str]]:
    """The version in both spellings, and the names that Vary gives, in one line or two.

    Long answers may come compressed for those who take it, which Vary says too.
    """
    vary = [name.strip() for line in answer.all("vary") for name in line.split(",")]
    vary = [name for name in vary if name != "Accept-Encoding"]
    return answer.headers.get(NAMES[0].lower()), answer.headers.get(NAMES[1].lower()), vary


def holds(answer: dict[str, Any], table: Sequence[Field], minor: int, user: str) -> None:
    wrong = differences(answer, table, minor, user, nova.RECORDS)
    assert not wrong, f"at 2.{minor}, for {user}: " + "; ".join(wrong)


def shows(answer: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The values, of those fields that are there at all."""
    there = {name: value for name, value in wanted.items() if name in answer}
    assert {name: answer[name] for name in there} == there


@pytest.fixture(scope="module")
def compute(own: Cloud) -> Iterator[Compute]:
    made = Compute(own)
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def key_name(compute: Compute) -> str:
    """A key pair for the servers."""
    compute.ask(1, "demo", "POST", "/os-keypairs", {"keypair": {"name": nova.NAME, "public_key": KEY}})
    return nova.NAME


@contextmanager
def no_trace(compute: Compute, user: str, path: str) -> Iterator[None]:
    """Deletes what a failed check would leave to the versions that come after."""
    try:
        yield
    except BaseException:
        compute.send(1, user, "DELETE", path)
        gone(compute, 1, path)
        raise


def gone(compute: Compute, minor: int, path: str, patience: float = 10.0) -> None:
    deadline = time.monotonic() + patience
    while compute.send(minor, "demo", "GET", path).status != 404:
        assert time.monotonic() < deadline, f"{path} is still there"
        time.sleep(0.01)


def running(compute: Compute, minor: int, path: str, patience: float = 30.0) -> None:
    deadline = time.monotonic() + patience
    while (now := compute.ask(minor, "demo", "GET", path)["server"]["status"]) != "ACTIVE":
        assert now in ("BUILD", "REBUILD") and time.monotonic() < deadline, now
        time.sleep(0.01)


def boot(compute: Compute, minor: int, hints: dict[str, str]) -> dict[str, Any]:
    """Makes a server and returns the answer of its creation."""
    body = {"server": nova.server_sent(minor), "os:scheduler_hints": hints}
    answer = compute.send(minor, "demo", "POST", "/servers", body)
    assert answer.status == nova.status("POST /servers", minor), answer.text
    made: dict[str, Any] = answer.json()["server"]
    assert answer.headers["location"] == f"{compute.base}/servers/{made['id']}" == made["links"][0]["href"]
    return made


@every_version
def test_server(compute: Compute, key_name: str, minor: int) -> None:
    made = boot(compute, minor, nova.HINTS)
    path, wanted = f"/servers/{made['id']}", nova.server_shows(minor) | {"id": made["id"], "key_name": key_name}
    with no_trace(compute, "demo", path):
        running(compute, minor, path)
        holds(made, nova.SERVER_CREATED, minor, "demo")
        shows(made, wanted)
        for user in USERS:
            looked_at(compute, minor, user, path, wanted)
            rebuilt(compute, minor, user, path, wanted)
        compute.ask(minor, "demo", "DELETE", path, status=nova.status("DELETE /servers", minor))
        gone(compute, minor, path)
        assert compute.ask(minor, "demo", "GET", "/servers") == {"servers": []}


def looked_at(compute: Compute, minor: int, user: str, path: str, wanted: dict[str, Any]) -> None:
    everywhere = "?all_tenants=1" if user == "admin" else ""
    item = compute.listed(minor, user, f"/servers{everywhere}", "servers", nova.NAME)
    detail = compute.listed(minor, user, f"/servers/detail{everywhere}", "servers", nova.NAME)
    shown = compute.ask(minor, user, "GET", path)["server"]
    ok = nova.status("PUT /servers", minor)
    changed = compute.ask(minor, user, "PUT", path, {"server": {"name": nova.NAME}}, ok)["server"]
    for answer, table in (
        (item, nova.SERVER_LISTED), (detail, nova.SERVER_IN_DETAIL), (shown, nova.SERVER),
        (changed, nova.SERVER_CHANGED),
    ):  # fmt: skip
        holds(answer, table, minor, user)
        shows(answer, wanted)


def rebuilt(compute: Compute, minor: int, user: str, path: str, wanted: dict[str, Any]) -> None:
    body = {"rebuild": {"imageRef": nova.IMAGE, "adminPass": wanted["adminPass"]}}
    answer = compute.send(minor, user, "POST", f"{path}/action", body)
    assert answer.status == nova.status("POST /servers/action rebuild", minor), answer.text
    assert answer.headers["location"] == compute.base + path
    holds(answer.json()["server"], nova.SERVER_REBUILT, minor, user)
    shows(answer.json()["server"], wanted | {"status": "REBUILD"})
    running(compute, minor, path)


@every_version
def test_flavor(compute: Compute, minor: int) -> None:
    wanted = nova.flavor_sent(minor)
    path = f"/flavors/{wanted['id']}"
    created = nova.status("POST /flavors", minor)
    made = compute.ask(minor, "admin", "POST", "/flavors", {"flavor": wanted}, created)["flavor"]
    with no_trace(compute, "admin", path):
        holds(made, nova.FLAVOR_SHOWN, minor, "admin")
        shows(made, wanted)
        for user in USERS:
            item = compute.listed(minor, user, "/flavors", "flavors", nova.NAME)
            detail = compute.listed(minor, user, "/flavors/detail", "flavors", nova.NAME)
            shown = compute.ask(minor, user, "GET", path)["flavor"]
            for answer, table in ((item, nova.FLAVOR_LISTED), (detail, nova.FLAVOR_SHOWN), (shown, nova.FLAVOR_SHOWN)):
                holds(answer, table, minor, user)
                shows(answer, wanted)
        update = nova.status("PUT /flavors", minor)
        changed = compute.ask(minor, "admin", "PUT", path, {"flavor": {"description": "other"}}, update)
        if update == 200:
            holds(changed["flavor"], nova.FLAVOR_SHOWN, minor, "admin")
            shows(changed["flavor"], wanted | {"description": "other"})
        compute.ask(minor, "admin", "DELETE", path, status=nova.status("DELETE /flavors", minor))
        gone(compute, minor, path)


@every_version
def test_keypair(compute: Compute, minor: int) -> None:
    wanted = {"name": "acc-key", "public_key": KEY}
    path = "/os-keypairs/acc-key"
    created = nova.status("POST /os-keypairs", minor)
    made = compute.ask(minor, "demo", "POST", "/os-keypairs", {"keypair": wanted}, created)["keypair"]
    with no_trace(compute, "demo", path):
        item = compute.listed(minor, "demo", "/os-keypairs", "keypairs", "acc-key", wrap="keypair")
        shown = compute.ask(minor, "demo", "GET", path)["keypair"]
        for answer, table in (
            (made, nova.KEYPAIR_CREATED), (item, nova.KEYPAIR_LISTED), (shown, nova.KEYPAIR_SHOWN),
        ):  # fmt: skip
            holds(answer, table, minor, "demo")
            shows(answer, wanted | {"type": "ssh", "user_id": compute.ids["demo"]})
        others = nova.status("GET /os-keypairs of another user", minor)
        answer = compute.ask(minor, "admin", "GET", f"{path}?user_id={compute.ids['demo']}", status=others)
        if others == 200:
            holds(answer["keypair"], nova.KEYPAIR_SHOWN, minor, "admin")
        compute.ask(minor, "demo", "DELETE", path, status=nova.status("DELETE /os-keypairs", minor))
        gone(compute, minor, path)


@pytest.mark.parametrize("minor", [1, 2, 9, 10, 91])
def test_a_generated_keypair_comes_with_its_private_half(compute: Compute, minor: int) -> None:
    """Up to 2.91; the table of members has the refusal after it."""
    created = nova.status("POST /os-keypairs", minor)
    made = compute.ask(minor, "demo", "POST", "/os-keypairs", {"keypair": {"name": "acc-made"}}, created)["keypair"]
    holds(made, nova.KEYPAIR_GENERATED, minor, "demo")
    compute.ask(minor, "demo", "DELETE", "/os-keypairs/acc-made", status=nova.status("DELETE /os-keypairs", minor))


@pytest.mark.parametrize("member", nova.MEMBERS, ids=str)
def test_member_of_a_request(compute: Compute, member: Member) -> None:
    request = member.request
    for minor in range(member.first, member.last + 1):
        base = request.body | ({"networks": "none"} if request is nova.BOOT and minor >= 37 else {})
        body = merged(base, member.sent)
        status, says = request.status, request.says
        if not member.accepted(minor):
            (name,) = list(member.sent)
            value = body[name][0] if member.at == nova.ITEM_0 else body.get(member.at, body)
            why = member.says or nova.UNEXPECTED.format(name)
            status, says = 400, invalid(member.at or request.key, str(value), why)
        compute.refused(minor, request.user, request.method, request.path, {request.key: body}, status, says)


@pytest.fixture(scope="module")
def standing(compute: Compute, key_name: str) -> Iterator[dict[str, str]]:
    """A server for the queries, the key pair of its user, and a flavor."""
    server = boot(compute, 1, {})["id"]
    running(compute, 1, f"/servers/{server}")
    yield {"server": server, "keypair": key_name, "flavor": nova.FLAVOR}
    compute.ask(1, "demo", "DELETE", f"/servers/{server}", status=204)


@pytest.mark.parametrize("query", nova.QUERIES, ids=str)
def test_query(compute: Compute, standing: dict[str, str], query: Query) -> None:
    path = query.path.format(**standing)
    for minor in range(query.first, query.last + 1):
        if minor >= query.since and query.then != 200:
            compute.refused(minor, "demo", "GET", path, None, query.then, query.says)
            continue
        (found,) = compute.ask(minor, "demo", "GET", path).values()
        assert bool(found) == (minor < query.since), f"at 2.{minor}: {found}"


# The version itself


@every_version
def test_either_header_names_the_version(compute: Compute, minor: int) -> None:
    """And Nova's own name for it loses against the common one."""
    wanted = (f"compute 2.{minor}", f"2.{minor}", NAMES)
    for headers in (
        {NAMES[1]: f"2.{minor}"},
        {NAMES[0]: f"compute 2.{minor}", NAMES[1]: "2.50"},
        {NAMES[0]: f"identity 3.1, compute 2.{minor}, volume 3.0"},
    ):
        answer = compute.http.request("GET", "/flavors", headers=headers, token=compute.tokens["demo"])
        assert (answer.status, version_headers(answer)) == (200, wanted), headers
        assert ("description" in answer.json()["flavors"][0]) == (minor >= 55)


@pytest.mark.parametrize(
    ("headers", "minor"),
    [({}, 1), ({NAMES[0]: "compute latest"}, NEWEST), ({NAMES[1]: "latest"}, NEWEST), ({NAMES[0]: "image 2.7"}, 1)],
)
def test_no_version_is_the_first_and_latest_the_last(compute: Compute, headers: dict[str, str], minor: int) -> None:
    answer = compute.http.request("GET", "/flavors", headers=headers, token=compute.tokens["demo"])
    assert answer.status == 200
    assert version_headers(answer) == (f"compute 2.{minor}", f"2.{minor}", NAMES)


@pytest.mark.parametrize("version", ["2.105", "2.0", "1.1", "3.0", "2.999"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", ["/servers", "/flavors", "/os-keypairs"])
def test_a_version_out_of_range(compute: Compute, path: str, name: str, version: str) -> None:
    sent = {name: f"compute {version}" if name == NAMES[0] else version}
    answer = compute.http.request("GET", path, headers=sent, token=compute.tokens["demo"])
    says = f"Version {version} is not supported by the API. Minimum is 2.1 and maximum is 2.{NEWEST}."
    assert (answer.status, answer.json()) == (406, {"computeFault": {"code": 406, "message": says}})
    assert version_headers(answer) == (f"compute {version}", version, NAMES)


@pytest.mark.parametrize("version", ["2.1a", "2", "2.01", "two", "2.1.1"])
def test_a_version_that_is_none(compute: Compute, version: str) -> None:
    answer = compute.http.request("GET", "/servers", headers={NAMES[1]: version}, token=compute.tokens["demo"])
    says = f"API Version String {version} is of invalid format. Must be of format MajorNum.MinorNum."
    assert (answer.status, answer.json()) == (400, {"badRequest": {"code": 400, "message": says}})
    assert version_headers(answer)[:2] == (None, None)
