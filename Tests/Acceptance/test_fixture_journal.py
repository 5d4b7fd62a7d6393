"""The journal of real clients' requests, and why they were refused."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud import Cloud, binary
from control import answer, configured, pocketstack

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
BOOT = ("boot", "--flavor", "16", "--image", IMAGE, "--nic", "none")
NOVA = "18.13.1"
CREATE = "os_compute_api:servers:create"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with configured(tmp_path_factory.mktemp("journal"), journal_body_bytes=16384) as cloud:
        yield cloud


def why(cloud: Cloud, *request: str) -> dict[str, Any]:
    return answer(cloud, "why", *request)["why"]


def refused_sdk(cloud: Cloud, method: str, path: str, **options: Any) -> dict[str, Any]:
    """What `why` says of a request that openstacksdk sends, by the id that the client read."""
    import openstack.connection

    user = options.pop("user", "demo")
    auth = {"auth_url": cloud.auth_url, "username": user, "password": "secret", "project_name": user}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    with openstack.connection.Connection(auth=auth | domains, region_name="RegionOne") as connection:
        response = connection.compute.request(path, method, raise_exc=False, **options)
        assert response.status_code >= 400
        return why(cloud, response.headers["x-openstack-request-id"])


def test_why_explains_a_policy(cloud: Cloud) -> None:
    cloud.nova(NOVA, "flavor-create", "f", "auto", "1", "1", "1", fails=True)
    said = why(cloud)
    assert said["reason"] == "policy" and said["evidence"]["rule"] == "os_compute_api:os-flavor-manage:create"
    assert "does not hold for demo with" in said["explanation"] and "in project demo" in said["explanation"]


def test_why_explains_a_quota(cloud: Cloud) -> None:
    cloud.nova(NOVA, "quota-update", "--cores", "1", project_id(cloud), user="admin")
    cloud.nova(NOVA, *BOOT, "--min-count", "2", "many", fails=True)
    said = why(cloud)
    assert said["reason"] == "quota"
    assert "cores: 0 of 1 used, 2 more requested" in said["explanation"]
    cloud.nova(NOVA, "quota-delete", "--tenant", project_id(cloud), user="admin")


def project_id(cloud: Cloud) -> str:
    return cloud.json("project", "show", "demo", user="admin")["id"]


def test_why_explains_a_state_and_a_lock(cloud: Cloud) -> None:
    cloud.nova(NOVA, *BOOT, "--poll", "s")
    cloud.nova(NOVA, "start", "s", fails=True)
    said = why(cloud)
    assert said["reason"] == "state" and said["evidence"]["vm_state"] == "active"
    assert "this begins in vm_state stopped" in said["explanation"]
    cloud.nova(NOVA, "lock", cloud.nova(NOVA, "show", "s").fields()["id"], user="admin")
    cloud.nova(NOVA, "stop", "s", fails=True)
    assert "locked by" in why(cloud)["explanation"]


def test_why_explains_what_is_not_there(cloud: Cloud) -> None:
    said = refused_sdk(cloud, "GET", "/servers/nothing")
    assert said["reason"] == "lookup" and "id nothing" in said["explanation"]


def test_why_explains_a_conflict(cloud: Cloud) -> None:
    cloud.nova(NOVA, "keypair-add", "twice", "--pub-key", str(public_key(cloud.directory)))
    cloud.nova(NOVA, "keypair-add", "twice", "--pub-key", str(public_key(cloud.directory)), fails=True)
    said = why(cloud)
    assert said["reason"] == "conflict" and said["evidence"]["name"] == "twice"


def public_key(directory: Path) -> Path:
    path = directory / "key"
    if not path.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return Path(f"{path}.pub")


def test_why_explains_bodies_that_break_their_schema(cloud: Cloud) -> None:
    said = refused_sdk(cloud, "POST", "/os-keypairs", json={"keypair": {"name": 7}})
    assert said["reason"] == "schema" and said["evidence"]["path"] == "keypair.name"
    assert "7 is not of type 'string'" in said["explanation"]


def test_why_explains_queries_that_break_their_schema(cloud: Cloud) -> None:
    said = refused_sdk(cloud, "GET", "/servers?limit=many")
    assert said["reason"] == "schema" and said["evidence"]["place"] == "query"


def test_why_explains_bodies_that_are_no_json(cloud: Cloud) -> None:
    said = refused_sdk(cloud, "POST", "/os-keypairs", data="{", headers={"Content-Type": "application/json"})
    assert said["reason"] == "syntax" and "could not be read" in said["explanation"]


def test_why_explains_bodies_that_are_too_long(cloud: Cloud) -> None:
    said = refused_sdk(cloud, "POST", "/os-keypairs", json={"keypair": {"name": "x" * 200_000}})
    assert said["reason"] == "limit" and "longer than the 114688 bytes" in said["explanation"]


def test_why_explains_microversions(cloud: Cloud) -> None:
    said = refused_sdk(cloud, "GET", "/servers", microversion="2.999")
    assert said["reason"] == "version" and "asked for microversion 2.999" in said["explanation"]
    said = refused_sdk(cloud, "GET", "/servers", headers={"OpenStack-API-Version": "compute new"})
    assert "new is no microversion" in said["explanation"]
    said = refused_sdk(cloud, "GET", "/servers/x/migrations", microversion="2.1", user="admin")
    assert "exists since 2.23" in said["explanation"]


def test_why_explains_paths_methods_and_actions(cloud: Cloud) -> None:
    assert "compute has no route GET" in refused_sdk(cloud, "GET", "/nothing")["explanation"]
    assert "it takes" in refused_sdk(cloud, "PUT", "/servers")["explanation"]
    said = refused_sdk(cloud, "POST", "/servers/x/action", json={"dance": None})
    assert said["reason"] == "route" and "no action dance" in said["explanation"]


def test_why_explains_tokens(cloud: Cloud) -> None:
    http = cloud.http()
    missing = http.request("GET", "/compute/v2.1/servers").headers["x-openstack-request-id"]
    assert why(cloud, missing)["explanation"] == "The request carries no X-Auth-Token."
    unknown = http.request("GET", "/compute/v2.1/servers", token="x" * 40).headers["x-openstack-request-id"]
    assert why(cloud, unknown)["explanation"] == "The token is none of this world."


def test_why_explains_logins(cloud: Cloud) -> None:
    cloud.openstack("--os-password", "wrong", "token", "issue", fails=True)
    assert "another password" in why(cloud)["explanation"]
    cloud.openstack("--os-username", "stranger", "token", "issue", fails=True)
    assert why(cloud)["explanation"] == "The login failed: user stranger not found."


def test_why_explains_the_scheduler(cloud: Cloud) -> None:
    service = cloud.nova(NOVA, "service-list", "--binary", "nova-compute", user="admin").rows()[0]
    cloud.nova(NOVA, "service-disable", service["Id"], user="admin")
    cloud.nova(NOVA, *BOOT, "unplaced")
    cloud.nova(NOVA, "service-enable", service["Id"], user="admin")
    accepted = answer(cloud, "journal", "--operation", CREATE, "--status", "202")["journal"][-1]
    said = why(cloud, accepted["request_id"])
    assert said["reason"] == "scheduler" and said["evidence"]["disabled"] is True and said["status"] == 202


def test_why_knows_what_was_not_refused(cloud: Cloud) -> None:
    cloud.nova(NOVA, "flavor-list")
    listed = answer(cloud, "journal", "--status", "2xx", "--service", "compute")["journal"][-1]
    assert why(cloud, listed["request_id"])["explanation"] == "It was not refused: the answer was 200."
    assert "No request req-x is in the journal" in pocketstack(cloud, "why", "req-x", fails=1)


def test_the_journal_is_searched_and_keeps_no_secrets(cloud: Cloud) -> None:
    cloud.nova(NOVA, "keypair-add", "generated", "--key-type", "ssh", "--pub-key", str(public_key(cloud.directory)))
    http = cloud.http()
    http.token()
    login = answer(cloud, "journal", "--service", "identity", "--method", "POST", "--limit", "1")["journal"][0]
    assert login["request"]["auth"]["identity"]["password"]["user"]["password"] == "***"
    assert login["response"]["token"]["user"]["name"] == "demo" and login["status"] == 201
    boot = answer(cloud, "journal", "--operation", CREATE, "--user", "demo", "--project", "demo", "--status", "202")
    assert boot["journal"][-1]["response"]["server"]["adminPass"] == "***"
    assert answer(cloud, "journal", "--since", "2999-01-01T00:00:00Z") == {"journal": []}
    assert "neither a status nor" in pocketstack(cloud, "journal", "--status", "9xx", fails=1)
    everything = pocketstack(cloud, "journal", "--json", "--limit", "1000")
    assert '"secret"' not in everything


def test_the_journal_is_followed(cloud: Cloud, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    command = [str(binary()), "journal", "--follow", "--url", cloud.base, "--operation", "os_compute_api:flavors:index"]
    with open(seen, "w") as output, subprocess.Popen(command, stdout=output) as follower:
        time.sleep(0.5)
        begin = time.monotonic()
        http = cloud.http()
        token, _ = http.token()
        http.request("GET", "/compute/v2.1/flavors", token=token)
        while not seen.read_text() and time.monotonic() - begin < 10:
            time.sleep(0.05)
        follower.terminate()
    assert seen.read_text().count("\n") == 1 and "demo/demo GET /compute/v2.1/flavors 200" in seen.read_text()


def test_a_follower_does_not_keep_the_cloud_from_ending(tmp_path: Path) -> None:
    with Cloud(directory=tmp_path) as other:
        command = [str(binary()), "journal", "--follow", "--url", other.base]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as follower:
            time.sleep(0.5)
            begin = time.monotonic()
            assert other.stop() == 0 and time.monotonic() - begin < 3
            assert follower.wait(10) == 0


def test_the_checkup_finds_polling_failures_and_old_calls(cloud: Cloud) -> None:
    pocketstack(cloud, "world", "create", "checked")
    http = Cloud.http(cloud)
    token, _ = http.token(keystone="/worlds/checked/identity/v3")
    base = "/worlds/checked/compute/v2.1"
    for _ in range(4):
        http.request("GET", f"{base}/servers", token=token)
    http.request("GET", f"{base}/os-networks-of-old", token=token)
    http.request("GET", f"{base}/images", token=token)
    http.request("GET", f"{base}/os-migrations", token=token)
    found = answer(cloud, "checkup", "--world", "checked")["checkup"]
    assert found["polling"]["requests"] == 3 and found["polling"]["most"][0]["reads"] == 4
    assert {row["status"] for row in found["failed"]} == {403, 404}
    assert [row["path"] for row in found["unmatched"]] == [f"{base}/os-networks-of-old"]
    assert [row["until"] for row in found["deprecated"]] == ["2.35"]
    assert found["microversions"]["compute"]["asked"] == ["2.1"]
    assert "compute asked for 2.1" in pocketstack(cloud, "checkup", "--world", "checked")
