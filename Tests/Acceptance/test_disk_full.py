"""A disk without room: what is there can be read and removed, what would need room is refused in each service's words,
and nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud import Cloud, binary, wait_until
from disks import BALLAST, fill, make_room, small_disk
from http_client import Answer

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
ROOM = "There was not enough space to save the resource: the disk of this cloud is full."
CONTROL = "/pocketstack/v1"
OCTETS = {"Content-Type": "application/octet-stream"}


class Office:
    """An administrator of a cloud whose data are on a small disk."""

    def __init__(self, disk: Path, cloud: Cloud) -> None:
        self.disk, self.cloud = disk, cloud
        self.enter()

    def enter(self) -> None:
        self.http = self.cloud.http()
        self.token, _ = self.http.token("admin")

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.http.request(method, path, body, headers, self.token)

    def make(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.send("POST", path, body)
        assert answer.status in (200, 201, 202), answer.text
        return answer.json()

    def user(self, name: str, length: int = 20_000) -> Answer:
        return self.send("POST", "/v3/users", {"user": {"name": name, "description": "x" * length}})

    def image(self, name: str, size: int) -> str:
        raw = {"name": name, "disk_format": "raw", "container_format": "bare"}
        image = str(self.make("/image/v2/images", raw)["id"])
        uploaded = self.http.request("PUT", f"/image/v2/images/{image}/file", bytes(size), OCTETS, self.token)
        assert uploaded.status == 204, uploaded.text
        return image

    def until_refused(self, make: Any) -> Answer:
        """The first refusal of many creations; room that is left inside of the database is used up before."""
        for number in range(3000):
            answer = make(number)
            if answer.status >= 400:
                return answer
        raise AssertionError("there is no end of room")

    def readiness(self) -> Any:
        return self.http.get("/pocketstack/ready").json()

    def restart(self) -> None:
        self.cloud.kill()
        self.cloud.start()
        self.enter()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_disk(tmp_path / "disk") as disk, Cloud(("--data", str(disk / "data")), tmp_path / "cloud") as cloud:
        yield Office(disk, cloud)


NOT_READY = {"status": "not ready", "worlds": [{"name": "default", "reason": "Its disk is full."}]}


def test_what_needs_room_is_refused_in_the_words_of_each_service(office: Office) -> None:
    image = office.make("/image/v2/images", {"name": "i", "disk_format": "raw", "container_format": "bare"})["id"]
    fill(office.disk)
    assert office.readiness() == NOT_READY

    refused = office.until_refused(lambda number: office.user(f"u{number}"))
    assert refused.status == 507 and "retry-after" not in refused.headers
    assert refused.json() == {"error": {"code": 507, "message": ROOM, "title": "Insufficient Storage"}}
    refused = office.until_refused(
        lambda number: office.send("POST", "/compute/v2.1/os-keypairs", {"keypair": {"name": f"{number}" + "k" * 240}})
    )
    assert refused.status == 507 and refused.json() == {"computeFault": {"code": 507, "message": ROOM}}
    refused = office.until_refused(
        lambda number: office.send("POST", "/image/v2/images", {"name": f"i{number}", "about": "x" * 200})
    )
    assert refused.status == 507 and refused.json()["code"] == "507 Insufficient Storage"
    assert refused.json()["message"].startswith(ROOM)

    refused = office.http.request("PUT", f"/image/v2/images/{image}/file", bytes(200_000), OCTETS, office.token)
    assert refused.status == 413, refused.text
    words = "Image storage media is full: There is not enough disk space on the image storage media."
    assert refused.json()["message"].startswith(words)
    assert office.send("GET", f"/image/v2/images/{image}").json()["status"] == "queued"

    for path, body in {
        "/worlds": {"world": {"name": "w"}},
        "/snapshots": {"snapshot": {"name": "s"}},
    }.items():
        refused = office.send("POST", CONTROL + path, body)
        assert refused.status == 507 and refused.json()["error"]["message"] == ROOM, refused.text
    assert [world["name"] for world in office.send("GET", f"{CONTROL}/worlds").json()["worlds"]] == ["default"]
    assert office.send("GET", f"{CONTROL}/snapshots").json() == {"snapshots": []}

    office.enter()
    for path in ("/v3/users", "/compute/v2.1/servers/detail", "/compute/v2.1/flavors/detail", "/image/v2/images"):
        assert office.send("GET", path).status == 200
    assert office.readiness() == NOT_READY
    assert "status=500" not in office.cloud.log(100_000) and " 500 " not in office.cloud.log(100_000)

    make_room(office.disk)
    assert office.readiness() == {"status": "ready"}
    assert office.user("after").status == 201
    assert (
        office.http.request("PUT", f"/image/v2/images/{image}/file", bytes(200_000), OCTETS, office.token).status == 204
    )


def test_everything_can_be_removed_to_make_room(office: Office) -> None:
    image = office.image("i", 500_000)
    user = office.user("u").json()["user"]["id"]
    office.make("/compute/v2.1/os-keypairs", {"keypair": {"name": "k"}})
    server = {"name": "s", "flavorRef": "16", "imageRef": IMAGE, "networks": "none"}
    made = office.http.request(
        "POST", "/compute/v2.1/servers", {"server": server}, {"OpenStack-API-Version": "compute 2.96"}, office.token
    )
    assert made.status == 202, made.text
    office.make(f"{CONTROL}/worlds", {"world": {"name": "w"}})
    office.make(f"{CONTROL}/snapshots", {"snapshot": {"name": "s"}})
    fill(office.disk)
    office.until_refused(lambda number: office.user(f"more-{number}"))

    removed = {
        f"/compute/v2.1/servers/{made.json()['server']['id']}": 204,
        f"/v3/users/{user}": 204,
        "/compute/v2.1/os-keypairs/k": 202,
        f"/image/v2/images/{image}": 204,
    }
    for path, status in removed.items():
        assert office.send("DELETE", path).status == status, path
        # A server goes on being deleted after the answer, as Nova's.
        wait_until(lambda path=path: str(office.send("GET", path).status), "404", pause=0.01)
    for path in ("/snapshots/s", "/worlds/w"):
        assert office.send("DELETE", CONTROL + path).status == 204, path
    assert office.readiness() == {"status": "ready"}
    assert office.user("after").status == 201


def test_removing_goes_on_where_it_makes_no_room_on_the_disk(office: Office) -> None:
    """Rows leave their room inside of the database, so that the disk stays full from the first deletion to the last."""
    users = [office.user(f"u{number}", 4000).json()["user"]["id"] for number in range(300)]
    fill(office.disk)
    for user in users[:150]:
        answer = office.send("DELETE", f"/v3/users/{user}")
        assert answer.status == 204, answer.text
        fill(office.disk)
    office.restart()
    assert {user["id"] for user in office.send("GET", "/v3/users").json()["users"]} & set(users) == set(users[150:])
    for user in users[150:]:
        assert office.send("DELETE", f"/v3/users/{user}").status == 204
        fill(office.disk)
    assert office.user("in the room of others").status == 201
    assert office.readiness() == NOT_READY
    assert office.cloud.stop() == 0
    make_room(office.disk)
    office.cloud.start()
    office.enter()
    names = [user["name"] for user in office.send("GET", "/v3/users").json()["users"]]
    assert "in the room of others" in names and not [name for name in names if name.startswith("u")]


@pytest.mark.parametrize("place", ["--memory", "--data"])
def test_an_export_without_room_under_tmpdir_says_so_and_leaves_nothing(place: str, tmp_path: Path) -> None:
    with small_disk(tmp_path / "scratch", 2) as scratch:
        where = ("--data", str(tmp_path / "data")) if place == "--data" else ("--memory",)
        with Cloud(where, tmp_path / "cloud", prefix=("env", f"TMPDIR={scratch}")) as cloud:
            office = Office(scratch, cloud)
            office.make(f"{CONTROL}/snapshots", {"snapshot": {"name": "s"}})
            fill(scratch)
            before = sorted(scratch.rglob("*"))
            refused = office.send("GET", f"{CONTROL}/snapshots/s/export")
            assert refused.status == 507 and refused.json()["error"]["message"] == ROOM, refused.text
            assert sorted(scratch.rglob("*")) == before
            make_room(scratch)
            before.remove(scratch / BALLAST)
            exported = office.send("GET", f"{CONTROL}/snapshots/s/export")
            assert exported.status == 200 and len(exported.body) == int(exported.headers["content-length"])
            wait_until(lambda: str(sorted(scratch.rglob("*")) == before), "True", pause=0.01)


def serve(*arguments: str, limit: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*limit, str(binary()), "serve", "--port", "0", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def test_a_new_cloud_on_a_full_disk_says_so(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        ended = serve("--data", str(disk / "data"))
        assert ended.returncode == 73 and "full" in ended.stderr, ended.stderr
        fill(disk)
        ended = serve("--data", str(disk / "other"))
        assert ended.returncode == 73 and "full" in ended.stderr, ended.stderr


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    cloud = Cloud(("--data", str(tmp_path / "data")), tmp_path, prefix=("prlimit", "--fsize=3000000"))
    with cloud:
        office = Office(tmp_path, cloud)
        raw = {"name": "i", "disk_format": "raw", "container_format": "bare"}
        image = office.make("/image/v2/images", raw)["id"]
        put = office.http.request("PUT", f"/image/v2/images/{image}/file", bytes(4 << 20), OCTETS, office.token)
        assert put.status == 413, put.text
        assert office.until_refused(lambda number: office.user(f"u{number}")).status == 507
        for user in office.send("GET", "/v3/users").json()["users"]:
            if user["name"].startswith("u"):
                assert office.send("DELETE", f"/v3/users/{user['id']}").status == 204
        assert office.user("after").status == 201


LONG = "x" * 20_000
BODIES: dict[str, Any] = {
    "POST /v3/domains": {"domain": {"name": "new", "description": LONG}},
    "POST /v3/projects": {"project": {"name": "new", "description": LONG}},
    "PATCH /v3/projects/{project_id}": {"project": {"description": LONG}},
    "PUT /v3/projects/{project_id}/tags": {"tags": ["a" * 200]},
    "POST /v3/users": {"user": {"name": "new", "password": "p", "description": LONG}},
    "PATCH /v3/users/{user_id}": {"user": {"description": LONG}},
    "POST /v3/users/{user_id}/password": {"user": {"password": "q", "original_password": "p"}},
    "POST /v3/groups": {"group": {"name": "new", "description": LONG}},
    "POST /v3/roles": {"role": {"name": "new", "description": LONG}},
    "POST /v3/credentials": {"credential": {"type": "t", "blob": LONG, "user_id": "{user_id}"}},
    "POST /v3/users/{user_id}/application_credentials": {
        "application_credential": {"name": "new", "description": LONG}
    },
    "POST /v3/OS-OAUTH1/consumers": {"consumer": {"description": LONG}},
    "POST /v3/regions": {"region": {"description": LONG}},
    "POST /v3/services": {"service": {"type": "t", "name": "new", "description": LONG}},
    "POST /v3/endpoints": {
        "endpoint": {"service_id": "{service_id}", "url": "http://x", "interface": "public", "about": LONG}
    },
    "POST /v3/policies": {"policy": {"type": "t", "blob": LONG}},
    "PUT /v3/domains/{domain_id}/config": {"config": {"ldap": {"url": "ldap://x"}}},
    "PUT /v3/OS-FEDERATION/mappings/{mapping_id}": {
        "mapping": {"rules": [{"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "t"}]}]}
    },
    "POST /v2.1/os-keypairs": {"keypair": {"name": "new"}},
    "POST /v2.1/flavors": {"flavor": {"name": "new", "ram": 1, "vcpus": 1, "disk": 1}},
    "POST /v2.1/flavors/{flavor_id}/os-extra_specs": {"extra_specs": {"k": "x" * 200}},
    "POST /v2.1/os-aggregates": {"aggregate": {"name": "new"}},
    "POST /v2.1/os-server-groups": {"server_group": {"name": "new", "policies": ["affinity"]}},
    "POST /v2.1/servers": {"server": {"name": "new", "flavorRef": "16", "imageRef": IMAGE, "networks": "none"}},
    "POST /v2.1/servers/{server_id}/metadata": {"metadata": {"k": "x" * 200}},
    "PUT /v2.1/servers/{id}": {"server": {"name": "x" * 200}},
    "POST /v2/images": {"name": "new", "disk_format": "raw", "container_format": "bare", "about": LONG},
    "POST /v2/images/{image_id}/members": {"member": "new"},
    "POST /v2/metadefs/namespaces": {"namespace": "new", "description": "x" * 500},
    "POST /v1/worlds": {"world": {"name": "new"}},
    "POST /v1/snapshots": {"snapshot": {"name": "new"}},
    "POST /v1/marks": {"mark": {"name": "new"}},
}
"""What makes or changes something; all other routes get an empty object."""


def test_no_route_that_changes_something_fails_otherwise(office: Office) -> None:
    """Each of them, on a disk that is full, is done, refused for its own reasons, or refused for want of room."""
    server = {"name": "s", "flavorRef": "16", "imageRef": IMAGE, "networks": "none"}
    version = {"OpenStack-API-Version": "compute 2.96", "X-OpenStack-Nova-API-Version": "2.96"}
    made = office.http.request("POST", "/compute/v2.1/servers", {"server": server}, version, office.token)
    there = {
        "user_id": office.user("u").json()["user"]["id"],
        "project_id": office.make("/v3/projects", {"project": {"name": "p"}})["project"]["id"],
        "domain_id": office.make("/v3/domains", {"domain": {"name": "d"}})["domain"]["id"],
        "group_id": office.make("/v3/groups", {"group": {"name": "g"}})["group"]["id"],
        "role_id": office.make("/v3/roles", {"role": {"name": "r"}})["role"]["id"],
        "service_id": office.make("/v3/services", {"service": {"type": "s", "name": "s"}})["service"]["id"],
        "server_id": made.json()["server"]["id"],
        "image_id": office.image("i", 1000),
        "mapping_id": "m",
    }
    printed = subprocess.run([str(binary()), "routes"], capture_output=True, text=True, check=True).stdout
    mounts = {"identity": "/identity", "compute": "/compute", "image": "/image", "fixture": "/pocketstack"}
    routes = [line.split()[:4] for line in printed.splitlines()[1:] if line.strip()]
    changing = [route for route in routes if route[1] not in ("GET", "HEAD") and not route[2].startswith("/v2/servers")]
    assert len(changing) > 300
    # What ends the session, or the world, comes last.
    changing.sort(key=lambda route: (route[1] == "DELETE", "reset" in route[2] or "restore" in route[2]))
    fill(office.disk)
    for length in (20_000, 1000, 10):
        office.until_refused(lambda number, length=length: office.user(f"{length}-{number}", length))
    statuses: Counter[int] = Counter()
    for service, method, path, action in changing:
        fill(office.disk)
        body: Any = BODIES.get(f"{method} {path}", {})
        if service == "compute" and path.endswith("/action"):
            body = {action: None}
        text = path.replace("/servers/{id}", "/servers/{server_id}")
        for name, value in there.items():
            text = text.replace("{" + name + "}", value)
            body = json.loads(json.dumps(body).replace("{" + name + "}", value))
        text = re.sub("{[a-z_0-9]*}", "none", text)
        answer = office.http.request(method, mounts[service] + text, body, version, office.token)
        statuses[answer.status] += 1
        assert answer.status < 500 or answer.status in (501, 503, 507), f"{method} {path} {action}: {answer.text}"
        if answer.status == 507:
            assert "disk" in answer.text, f"{method} {path} {action}: {answer.text}"
        if answer.status == 401:
            office.enter()
    assert statuses[507] > 10, statuses
    assert " 500 " not in office.cloud.log(1_000_000)
