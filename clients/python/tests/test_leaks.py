"""Marks and leaks from Python, and the plugin's option that looks for them."""

from __future__ import annotations

import pytest

import pocketstack

SUITE = """
    import pytest

    @pytest.fixture
    def key(pocketstack):
        compute = pocketstack.connection().compute
        yield compute.create_keypair(name="of-the-fixture")
        compute.delete_keypair("of-the-fixture")

    @pytest.fixture
    def group(pocketstack):
        return pocketstack.connection().compute.create_server_group(name="kept", policy="affinity")

    def test_tidy(pocketstack, key, group):
        compute = pocketstack.connection().compute
        compute.create_keypair(name="mine")
        compute.delete_keypair("mine")

    def test_careless(pocketstack):
        pocketstack.connection().compute.create_keypair(name="forgotten")

    @pytest.mark.allow_leaks
    def test_forgiven(pocketstack):
        pocketstack.connection().compute.create_keypair(name="forgotten")

    def test_reset(pocketstack):
        pocketstack.connection().compute.create_keypair(name="forgotten")
        pocketstack.reset()

    def test_without_a_cloud():
        pass
"""


@pytest.fixture(scope="module")
def cloud():
    with pocketstack.cloud() as cloud:
        yield cloud


def test_what_was_made_since_a_mark_and_is_still_there(cloud) -> None:
    compute = cloud.connection().compute
    compute.create_keypair(name="before")
    first, second = cloud.mark(), cloud.mark("second")
    assert (second.name, cloud.leaks()) == ("second", [])
    compute.create_keypair(name="after")
    (leak,) = cloud.leaks(first)
    assert [leak] == first.leaks() == cloud.leaks("second") == cloud.leaks()
    assert (leak.service, leak.resource, leak.id) == ("compute", "keypair", "after")
    assert leak.request_id == cloud.world.journal(method="POST", service="compute")[-1]["request_id"]
    assert str(leak) == f"compute keypair after, made by {leak.request_id}"
    compute.delete_keypair("after")
    assert cloud.leaks() == []
    second.delete()
    with pytest.raises(pocketstack.ControlError, match="There is no mark second"):
        second.leaks()


def test_a_difference(cloud) -> None:
    saved = cloud.world.snapshot()
    assert cloud.world.difference(saved)["equal"]
    cloud.connection("admin").identity.create_role(name="cook")
    difference = cloud.world.difference(saved)
    assert [made["name"] for made in difference["created"]] == ["cook"]
    assert difference == {**cloud.world.difference(saved, cloud.world.snapshot()), "to": {"world": "default"}}
    saved.delete()


@pytest.mark.parametrize("wanted", ["option", "setting"])
def test_the_plugin_fails_tests_that_leave_something(pytester: pytest.Pytester, wanted: str) -> None:
    pytester.makepyfile(SUITE)
    pytester.makeini(f"[pytest]\npocketstack_leaks = {str(wanted == 'setting').lower()}")
    done = pytester.runpytest_subprocess("--strict-markers", *(["--pocketstack-leaks"] if wanted == "option" else []))
    done.assert_outcomes(passed=5, errors=1)
    done.stdout.fnmatch_lines(["*test_careless left behind in its world:", "*compute keypair forgotten, made by req-*"])


def test_without_the_option_nothing_is_looked_for(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=5)
