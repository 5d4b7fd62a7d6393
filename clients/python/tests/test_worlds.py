"""Worlds, forks and snapshots from Python."""

from __future__ import annotations

import pytest

import pocketstack


@pytest.fixture(scope="module")
def cloud():
    with pocketstack.cloud() as cloud:
        yield cloud


def keys(world: pocketstack.World) -> list[str]:
    return [key.name for key in world.connection().compute.keypairs()]


def test_a_fork_begins_with_what_the_other_holds_and_goes_its_own_way(cloud) -> None:
    with cloud.worlds.create() as world:
        world.connection().compute.create_keypair(name="a")
        with world.fork() as fork:
            fork.connection().compute.create_keypair(name="b")
            assert keys(fork) == ["a", "b"]
            assert keys(world) == ["a"]
        assert fork.name not in [other.name for other in cloud.worlds]


def test_a_snapshot_can_be_gone_back_to(cloud) -> None:
    with cloud.worlds.create("saved") as world:
        world.connection().compute.create_keypair(name="a")
        snapshot = world.snapshot()
        assert snapshot.world == "saved" and snapshot.bytes > 0
        world.connection().compute.create_keypair(name="b")
        world.restore(snapshot)
        assert keys(world) == ["a"]
        with cloud.worlds.create(from_snapshot=snapshot) as other:
            assert keys(other) == ["a"]
        snapshot.delete()


def test_a_reset_takes_a_world_to_its_beginning(cloud) -> None:
    with cloud.worlds.create() as world:
        world.connection().compute.create_keypair(name="a")
        world.reset()
        assert keys(world) == []


def test_an_empty_world_has_nothing_but_users(cloud) -> None:
    with cloud.worlds.create(empty=True) as world:
        assert list(world.connection().compute.flavors()) == []


def test_a_refusal_says_why(cloud) -> None:
    with pytest.raises(pocketstack.ControlError, match="There is no world nowhere") as refused:
        cloud.worlds.create(from_world="nowhere")
    assert refused.value.status == 404
