"""Faults as real clients see them: each looks as it would come from a real cloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openstack.connection
import pytest
from keystoneauth1.exceptions import ConnectFailure
from openstack import exceptions

from cloud import Cloud, wait_until
from control import answer, configured, pocketstack

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
FLAVOR = "16"
NOVA = "18.13.1"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with configured(tmp_path_factory.mktemp("faults"), metadata=True) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def connection(cloud: Cloud) -> Iterator[openstack.connection.Connection]:
    auth = {"auth_url": cloud.auth_url, "username": "demo", "password": "secret", "project_name": "demo"}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    made = openstack.connection.Connection(
        auth=auth | domains, region_name="RegionOne", identity_api_version="3", compute_status_code_retries=3
    )
    list(made.compute.flavors())
    yield made
    made.close()


@pytest.fixture
def fault(cloud: Cloud) -> Iterator[Callable[..., str]]:
    """Makes a fault, and removes all of them in the end."""

    def make(kind: str, **options: Any) -> str:
        flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
        return pocketstack(cloud, "fault", "create", kind, *flags)

    yield make
    pocketstack(cloud, "fault", "delete", "--all")


def struck(cloud: Cloud, fault: str) -> int:
    return answer(cloud, "fault", "show", fault)["fault"]["struck"]


def boot(cloud: Cloud, name: str, *options: str) -> None:
    cloud.nova(NOVA, "boot", "--flavor", FLAVOR, "--image", IMAGE, "--nic", "none", *options, name)


def shown(cloud: Cloud, name: str) -> dict[str, str]:
    return cloud.nova(NOVA, "show", name).fields()


def wait(cloud: Cloud, name: str, status: str) -> dict[str, str]:
    deadline = time.monotonic() + 30
    while (fields := shown(cloud, name))["status"] != status:
        assert time.monotonic() < deadline, fields
        time.sleep(0.2)
    return fields


# Faults that strike requests


def test_openstacksdk_retries_a_503_and_succeeds(cloud: Cloud, connection: Any, fault: Callable[..., str]) -> None:
    made = fault("error", status=503, retry_after="1s", service="compute", first=2)
    assert "16" in [flavor.id for flavor in connection.compute.flavors()]
    assert struck(cloud, made) == 2
    assert pocketstack(cloud, "why").endswith("Please try again at a later time.")


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/compute/v2.1/servers", {"serviceUnavailable": {"code": 503, "message": "Down."}}),
        ("/identity/v3/projects", {"error": {"code": 503, "message": "Down.", "title": "Service Unavailable"}}),
        ("/image/v2/images", {"message": "Down.<br /><br />\n\n\n", "code": "503 Service Unavailable"}),
    ],
)
def test_an_error_has_the_body_of_its_service(
    cloud: Cloud, fault: Callable[..., str], path: str, shape: dict[str, Any]
) -> None:
    http = cloud.http()
    token, _ = http.token()
    fault("error", status=503, message="Down.", retry_after="3s", path=path)
    refused = http.request("GET", path, token=token)
    assert refused.status == 503 and refused.headers["retry-after"] == "3"
    assert shape.items() <= refused.json().items()


@pytest.mark.parametrize(("status", "key"), [(413, "overLimit"), (429, "overLimit"), (500, "computeFault")])
def test_nova_words_other_errors(cloud: Cloud, fault: Callable[..., str], status: int, key: str) -> None:
    fault("error", status=status, operation="os_compute_api:flavors:index", retry_after="2s")
    http = cloud.http()
    token, _ = http.token()
    refused = http.request("GET", "/compute/v2.1/flavors", token=token)
    assert refused.status == status and refused.json()[key]["code"] == status
    assert refused.headers["retry-after"] == "2"


def test_a_delay_delays(cloud: Cloud, connection: Any, fault: Callable[..., str]) -> None:
    fault("delay", delay="700ms", jitter="100ms", method="get", path="*/os-keypairs")
    begin = time.monotonic()
    list(connection.compute.keypairs())
    assert 0.7 <= time.monotonic() - begin < 3


def test_a_dropped_connection_is_one_for_the_client(cloud: Cloud, connection: Any, fault: Callable[..., str]) -> None:
    made = fault("drop", operation="os_compute_api:os-keypairs:create")
    with pytest.raises(ConnectFailure, match="Connection reset by peer"):
        connection.compute.create_keypair(name="dropped")
    assert struck(cloud, made) >= 1
    assert "dropped" not in [key.name for key in connection.compute.keypairs()]


def test_a_cut_answer_comes_after_the_deed(cloud: Cloud, connection: Any, fault: Callable[..., str]) -> None:
    fault("cut", operation="os_compute_api:os-keypairs:create", first=1)
    with pytest.raises(Exception, match="(?i)connection|incomplete|chunked"):
        connection.compute.create_keypair(name="cut")
    assert "cut" in [key.name for key in connection.compute.keypairs()]


def test_a_slow_body_trickles(cloud: Cloud, connection: Any, fault: Callable[..., str]) -> None:
    body = connection.compute.get("/flavors/detail").content
    fault("slow", bytes_per_second=len(body), path="*/flavors/detail")
    begin = time.monotonic()
    assert connection.compute.get("/flavors/detail").content == body
    assert 0.7 <= time.monotonic() - begin < 4


def test_a_client_logs_in_again_when_its_token_has_expired(
    cloud: Cloud, connection: Any, fault: Callable[..., str]
) -> None:
    made = fault("expired-token", service="nova", first=1)
    before = connection.session.get_token()
    list(connection.compute.keypairs())
    assert struck(cloud, made) == 1 and connection.session.get_token() != before


def test_only_what_matches_is_struck(cloud: Cloud, connection: Any, fault: Callable[..., str]) -> None:
    connection.compute.create_keypair(name="one")
    connection.compute.create_keypair(name="two")
    by_name = fault("error", status=409, resource="one", service="compute")
    third = fault("error", status=410, operation="os_compute_api:flavors:index", nth=3)
    elsewhere = fault("error", status=500, user="admin", project="admin")
    with pytest.raises(exceptions.ConflictException):
        connection.compute.get_keypair("one")
    assert connection.compute.get_keypair("two").name == "two"
    flavors = [connection.compute.get("/flavors", raise_exc=False).status_code for _ in range(4)]
    assert flavors == [200, 200, 410, 200]
    assert [struck(cloud, made) for made in (by_name, third, elsewhere)] == [1, 1, 0]


def test_a_seeded_share_is_the_same_on_every_run(cloud: Cloud, connection: Any, fault: Callable[..., str]) -> None:
    def run() -> list[int]:
        made = fault("error", status=418, share=0.5, seed=7, operation="os_compute_api:flavors:index")
        seen = [connection.compute.get("/flavors", raise_exc=False).status_code for _ in range(20)]
        pocketstack(cloud, "fault", "delete", made)
        return seen

    first = run()
    assert first == run() and 3 < first.count(418) < 17


# Faults inside the services


@pytest.mark.parametrize(
    ("kind", "message"),
    [("no-valid-host", "No valid host was found."), ("spawning", "the hypervisor could not start the guest")],
)
def test_nova_boot_ends_in_error_with_the_faults_message(
    cloud: Cloud, fault: Callable[..., str], kind: str, message: str
) -> None:
    name = f"boot-{kind}"
    fault(kind, resource=name)
    boot(cloud, name)
    fields = wait(cloud, name, "ERROR")
    assert message in fields["fault"] and fields["OS-EXT-STS:task_state"] == "-"
    boot(cloud, f"{name}-not")
    assert "fault" not in wait(cloud, f"{name}-not", "ACTIVE")


def test_a_spawn_fails_in_ones_own_words(cloud: Cloud, fault: Callable[..., str]) -> None:
    fault("spawning", message="The disk is on fire.", project="demo", first=1)
    boot(cloud, "burning")
    assert "The disk is on fire." in wait(cloud, "burning", "ERROR")["fault"]
    cloud.nova(NOVA, "delete", "burning")


def test_a_server_is_stuck_until_it_is_deleted(cloud: Cloud, fault: Callable[..., str]) -> None:
    fault("stuck", resource="stuck", task_state="spawning")
    boot(cloud, "stuck")
    wait_until(lambda: shown(cloud, "stuck")["OS-EXT-STS:task_state"], "spawning")
    assert shown(cloud, "stuck")["status"] == "BUILD"
    cloud.nova(NOVA, "delete", "stuck")
    wait_until(lambda: str("stuck" in cloud.nova(NOVA, "list").stdout), "False")


def test_the_quota_is_exhausted(cloud: Cloud, fault: Callable[..., str]) -> None:
    fault("quota", project="demo")
    refused = cloud.nova(NOVA, "boot", "--flavor", FLAVOR, "--image", IMAGE, "--nic", "none", "much", fails=True)
    assert "Quota exceeded for" in refused.stderr and "(HTTP 403)" in refused.stderr
    assert "A fault counts all of it as used." in pocketstack(cloud, "why")


def test_a_resize_comes_to_nothing(cloud: Cloud, fault: Callable[..., str]) -> None:
    boot(cloud, "resized", "--poll")
    before = shown(cloud, "resized")
    fault("resize", resource="resized")
    cloud.nova(NOVA, "resize", "resized", "d2")
    wait_until(lambda: str("Error" in cloud.nova(NOVA, "instance-action-list", "resized").stdout), "True")
    after = shown(cloud, "resized")
    assert after["status"] == "ACTIVE" and after["flavor:original_name"] == before["flavor:original_name"]
    pocketstack(cloud, "fault", "delete", "--all")
    cloud.nova(NOVA, "resize", "--poll", "resized", "d2")
    assert wait(cloud, "resized", "VERIFY_RESIZE")


def test_a_deletion_fails_and_the_server_is_in_error(cloud: Cloud, fault: Callable[..., str]) -> None:
    boot(cloud, "immortal", "--poll")
    fault("deletion", resource="immortal", first=1)
    cloud.nova(NOVA, "delete", "immortal")
    assert "Failed to terminate instance" in wait(cloud, "immortal", "ERROR")["fault"]
    cloud.nova(NOVA, "delete", "immortal")
    wait_until(lambda: str("immortal" in cloud.nova(NOVA, "list").stdout), "False")


def test_the_bytes_of_an_image_do_not_arrive(cloud: Cloud, fault: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "bytes"
    file.write_bytes(b"bytes")
    fault("image-upload", resource="unlucky")
    create = ("image-create", "--name", "unlucky", "--disk-format", "raw", "--container-format", "bare")
    refused = cloud.glance(*create, "--file", str(file), fails=True)
    assert "503" in refused.stderr
    boot(cloud, "model", "--poll")
    fault("image-upload", resource="model")
    cloud.nova(NOVA, "image-create", "model", "portrait")
    wait_until(lambda: str("portrait" in cloud.openstack("image", "list").stdout), "False")
    assert shown(cloud, "model")["status"] == "ACTIVE"


def test_metadata_ask_for_behaviour(cloud: Cloud) -> None:
    boot(cloud, "asking", "--meta", "pocketstack:fail=spawning")
    assert "could not start the guest" in wait(cloud, "asking", "ERROR")["fault"]
    boot(cloud, "slow", "--meta", "pocketstack:build=3s")
    slow = wait(cloud, "slow", "ACTIVE")
    begun, launched = (datetime.fromisoformat(slow[name][:19]) for name in ("created", "OS-SRV-USG:launched_at"))
    assert launched - begun >= timedelta(seconds=2)


# The commands


def test_what_is_unknown_is_refused_with_the_nearest_name(cloud: Cloud) -> None:
    said = pocketstack(
        cloud, "fault", "create", "error", "--status", "500", "--operation", "os_compute_api:server:create", fails=1
    )
    assert said.endswith("did you mean os_compute_api:servers:create?")
    said = pocketstack(cloud, "fault", "create", "error", "--status", "500", "--service", "imago", fails=1)
    assert said.endswith("There is no service imago; did you mean image?")
    said = pocketstack(cloud, "fault", "create", "spawning", "--path", "/x", fails=1)
    assert "A fault of the kind spawning takes no path" in said
    assert "is not one of" in pocketstack(cloud, "fault", "create", "earthquake", fails=1)
    assert "There is no user nobody." in pocketstack(cloud, "fault", "create", "drop", "--user", "nobody", fails=1)


def test_faults_are_listed_counted_and_removed(cloud: Cloud, fault: Callable[..., str]) -> None:
    made = fault("error", status=503, service="image", retry_after="1500ms", first=2)
    listed = pocketstack(cloud, "fault", "list")
    assert made in listed and "status=503 retry_after=1500ms service=image first=2" in listed
    pocketstack(cloud, "fault", "delete", made)
    assert answer(cloud, "fault", "list") == {"faults": []}
    assert pocketstack(cloud, "fault", "show", made, fails=1) == f"pocketstack: There is no fault {made}."


def test_faults_and_journal_stay_in_their_world(cloud: Cloud) -> None:
    url = f"{pocketstack(cloud, 'world', 'create', 'struck')}"
    pocketstack(cloud, "fault", "create", "--world", "struck", "error", "--status", "503", "--service", "compute")
    cloud.openstack("keypair", "list")
    cloud.openstack("--os-auth-url", url, "keypair", "list", fails=True)
    refused = answer(cloud, "journal", "--world", "struck", "--status", "503")["journal"]
    assert refused and all(entry["path"].startswith("/worlds/struck/compute") for entry in refused)
    everything = answer(cloud, "journal", "--limit", "1000")["journal"]
    assert not [entry for entry in everything if "struck" in entry["path"]]
    pocketstack(cloud, "world", "delete", "struck")
