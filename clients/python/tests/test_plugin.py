"""The pytest plugin, in runs of its own: 200 tests with openstacksdk and novaclient, four at a time, one server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import pocketstack

SUITE = """
    import pytest
    from keystoneauth1 import loading, session
    from novaclient import client

    KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJk1YBf6rYzwh1nq7yTrW6MzrdgvNFiLKuL6QO3i8Xn x"

    @pytest.fixture(scope="session")
    def pocketstack_base(pocketstack_base):
        pocketstack_base.connection().compute.create_keypair(name="common")
        return pocketstack_base

    @pytest.mark.parametrize("number", range(100))
    def test_with_openstacksdk(pocketstack, number):
        compute = pocketstack.connection().compute
        assert [key.name for key in compute.keypairs()] == ["common"]
        compute.create_keypair(name="mine")
        flavor, image = compute.find_flavor("m1.tiny"), next(compute.images())
        server = compute.create_server(
            name="one", flavor_id=flavor.id, image_id=image.id, networks="none")
        compute.wait_for_server(server, interval=0.01)
        assert [server.name for server in compute.servers()] == ["one"]

    @pytest.mark.parametrize("number", range(100))
    def test_with_novaclient(pocketstack, number):
        auth = loading.get_plugin_loader("password").load_from_options(**pocketstack.auth())
        nova = client.Client("2.96", session=session.Session(auth=auth))
        assert [key.name for key in nova.keypairs.list()] == ["common"]
        nova.keypairs.create("mine", public_key=KEY)
        assert len(nova.keypairs.list()) == 2 and nova.servers.list() == []
"""

REVERSED = """
    def pytest_collection_modifyitems(items):
        items.reverse()
"""


def resident(cloud: pocketstack.cloud) -> int:
    """Kilobytes of memory that the server holds."""
    lines = Path(f"/proc/{cloud._program.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def settled(cloud: pocketstack.cloud, goal: float) -> int:
    """What the server came down to: it gives memory back a little after worlds end, and again when threads idle."""
    least = resident(cloud)
    deadline = time.monotonic() + 15
    while least > goal and time.monotonic() < deadline:
        time.sleep(0.1)
        least = min(least, resident(cloud))
    return least


def test_200_tests_with_a_world_each_pass_in_any_order_and_leave_nothing(
    pytester: pytest.Pytester, monkeypatch
) -> None:
    pytester.makepyfile(SUITE)
    with pocketstack.cloud() as cloud:
        monkeypatch.setenv("POCKETSTACK_URL", cloud.url)
        # The first runs also make what a server makes once, whatever it is used for, and leave it where the C library
        # puts it between what they free. A world that left something behind would grow all three alike.
        pytester.runpytest_subprocess("-q", "-n", "4").assert_outcomes(passed=200)
        pytester.makeconftest(REVERSED)
        pytester.runpytest_subprocess("-q", "-n", "4").assert_outcomes(passed=200)
        before = settled(cloud, 0)
        pytester.runpytest_subprocess("-q", "-n", "4").assert_outcomes(passed=200)
        after = settled(cloud, before)
        print(f"resident memory before {before} kB, after {after} kB")
        assert [world.name for world in cloud.worlds] == ["default"]
        assert after < before * 1.1


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_a_run_starts_its_own_server_and_ends_it(pytester: pytest.Pytester, monkeypatch, arguments) -> None:
    monkeypatch.delenv("POCKETSTACK_URL", raising=False)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_it(pocketstack, pocketstack_session, number):
            assert pocketstack.name in [world.name for world in pocketstack_session.worlds]
            with open("urls", "a") as file:
                print(pocketstack_session.url, file=file)
        """
    )
    pytester.runpytest_subprocess(*arguments).assert_outcomes(passed=4)
    urls = set((pytester.path / "urls").read_text().split())
    assert len(urls) == 1
    with pytest.raises(ConnectionRefusedError):
        list(pocketstack.attach(urls.pop()).worlds)


def test_the_configuration_of_the_server_is_a_setting(pytester: pytest.Pytester) -> None:
    pytester.makeini('[pytest]\npocketstack_config = {"region": "Mars"}')
    pytester.makepyfile(
        """
        def test_it(pocketstack_session):
            identity = pocketstack_session.connection("admin").identity
            assert [region.id for region in identity.regions()] == ["Mars"]
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
