"""The clock of a world from Python, and a test's marker for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

import pocketstack

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def cloud():
    with pocketstack.cloud({"transitions": {"pace": "realistic"}}) as cloud:
        yield cloud


def boot(world: pocketstack.World, name: str) -> str:
    compute = world.connection().compute
    flavor, image = compute.find_flavor("m1.tiny"), next(compute.images())
    return compute.create_server(name=name, flavor_id=flavor.id, image_id=image.id, networks="none").id


def test_a_stopped_clock_moves_by_hand_and_carries_out_what_is_due(cloud) -> None:
    with cloud.worlds.create(stopped_at="2026-01-01T12:00:00Z", seed=7) as world:
        assert (world.clock.mode, world.clock.now) == ("stopped", NOON)
        server = boot(world, "web")
        assert world.clock.pending == 1
        world.clock.advance_until("server", "web", "ACTIVE")
        assert world.connection().compute.get_server(server).status == "ACTIVE"
        assert NOON < world.clock.now < NOON + timedelta(minutes=1)
        world.clock.advance_until_idle()
        before = world.clock.now
        world.clock.advance(timedelta(minutes=90))
        world.clock.advance("500ms")
        assert world.clock.now - before == timedelta(minutes=90, milliseconds=500)
        with pytest.raises(pocketstack.ControlError, match="ACTIVE, and nothing more is to come"):
            world.clock.advance_until("server", "web", "SHUTOFF")
        world.clock.resume()
        assert world.clock.mode == "real" and abs(world.clock.now.timestamp() - time.time()) < 10


def test_waiting_ends_with_the_status_or_its_time(cloud) -> None:
    with cloud.worlds.create() as world:
        world.clock.stop(NOON)
        boot(world, "web")
        with pytest.raises(pocketstack.ControlError, match="its time is over") as late:
            world.wait("server", "web", "ACTIVE", timeout="50ms")
        assert late.value.status == 408
        world.clock.pace(1000)
        world.wait("server", "web", "ACTIVE", timeout="20s")


def test_a_moment_without_a_zone_is_refused(cloud) -> None:
    with pytest.raises(ValueError, match="time zone"):
        cloud.world.clock.stop(datetime(2026, 1, 1))


def test_the_marker_sets_the_clock_and_the_seed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        made = []

        @pytest.mark.parametrize("run", [1, 2])
        @pytest.mark.pocketstack(clock="stopped", now="2026-01-01T12:00:00Z", seed=7)
        def test_same(pocketstack, run):
            made.append(pocketstack.connection("admin").identity.create_project(name="p").id)
            assert pocketstack.clock.now.hour == 12

        def test_were_the_same():
            assert len(made) == 2 and made[0] == made[1]

        @pytest.mark.pocketstack(clock=60)
        def test_fast(pocketstack):
            assert pocketstack.clock.mode == "paced"

        def test_plain(pocketstack):
            assert pocketstack.clock.mode == "real"

        @pytest.mark.pocketstack(clock="sideways")
        def test_wrong(pocketstack):
            pass
        """
    )
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=5, errors=1)
