"""Faults and the journal from Python."""

from __future__ import annotations

import pytest

import pocketstack


@pytest.fixture(scope="module")
def cloud():
    with pocketstack.cloud() as cloud:
        yield cloud


def test_a_fault_strikes_is_counted_and_goes(cloud) -> None:
    compute = cloud.connection().compute
    with cloud.faults.create("error", status=418, operation="os_compute_api:flavors:index", first=1) as fault:
        assert [compute.get("/flavors", raise_exc=False).status_code for _ in range(2)] == [418, 200]
        assert (fault.matched, fault.struck, fault.kind) == (2, 1, "error")
        assert [other.id for other in cloud.faults] == [fault.id] == [cloud.faults[fault.id].id]
    assert list(cloud.faults) == []


def test_faults_stay_in_their_world(cloud) -> None:
    with cloud.worlds.create() as world:
        world.faults.create("quota")
        assert list(cloud.faults) == []
        world.faults.clear()
        assert list(world.faults) == []


def test_what_is_unknown_is_refused_with_the_nearest_name(cloud) -> None:
    with pytest.raises(pocketstack.ControlError, match="did you mean compute"):
        cloud.faults.create("drop", service="computer")


def test_the_journal_tells_what_was_asked_and_why_it_was_refused(cloud) -> None:
    with cloud.worlds.create() as world:
        refused = world.connection().compute.get("/servers/nothing", raise_exc=False)
        assert [entry["status"] for entry in world.journal(status="4xx", service="compute")] == [404]
        assert world.why() == world.why(refused.headers["x-openstack-request-id"])
        assert world.why()["reason"] == "lookup"
