"""The fixtures: ``pocketstack``, a world for each test, and ``pocketstack_session``, the cloud they are in.

One server serves all of a run, also under pytest-xdist: the process that distributes the tests starts it, when the
first worker (or test) asks. With ``POCKETSTACK_URL`` in the environment a server that runs already is taken.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from ._clock import Clock
from ._control import ControlError
from ._leaks import Leak, Mark
from ._server import Cloud, attach, cloud
from ._world import World

_URL = "pocketstack_url"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pocketstack")
    group.addoption("--pocketstack-url", help="a running cloud to use (default: $POCKETSTACK_URL, else one is started)")
    group.addoption(
        "--pocketstack-leaks", action="store_true", help="fail tests that leave something behind in their world"
    )
    parser.addini("pocketstack_leaks", "fail tests that leave something behind in their world", "bool", False)
    parser.addini("pocketstack_config", "a configuration file's keys as JSON, for the cloud that is started")


class _Server:
    """The run's server, started when it is first asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._own: cloud | None = None

    @property
    def cloud(self) -> Cloud:
        given = self._config.getoption("--pocketstack-url") or os.environ.get("POCKETSTACK_URL")
        given = given or getattr(self._config, "workerinput", {}).get(_URL)
        if given:
            return attach(given, region=self._settings().get("region", "RegionOne"))
        if self._own is None:
            self._own = cloud(self._settings())
        return self._own

    def _settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = json.loads(self._config.getini("pocketstack_config") or "{}")
        return settings

    def stop(self) -> None:
        if self._own is not None:
            self._own.stop()


_server = pytest.StashKey[_Server]()
_world = pytest.StashKey[World]()
_mark = pytest.StashKey[Mark]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(kind, **options): makes a fault in the test's world before it begins")
    config.addinivalue_line("markers", "allow_leaks: the test may leave something behind (--pocketstack-leaks)")
    config.stash[_server] = _Server(config)
    config.addinivalue_line(
        "markers",
        "pocketstack(clock='stopped' or a rate, now, seed): the clock of a test's world, and the seed of its ids",
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_server, None)
    if server is not None:
        server.stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist where the one server is."""
    node.workerinput[_URL] = node.config.stash[_server].cloud.url


@pytest.fixture(scope="session")
def pocketstack_session(request: pytest.FixtureRequest) -> Cloud:
    """The cloud of this run."""
    return request.config.stash[_server].cloud


@pytest.fixture(scope="session")
def pocketstack_base(pocketstack_session: Cloud) -> Iterator[World]:
    """The world that every test's world begins as a copy of. To prepare it, define a session fixture of this name
    that takes this one, does its work, and returns it."""
    name = f"base-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{uuid.uuid4().hex[:8]}"
    with pocketstack_session.worlds.create(name) as world:
        yield world


@dataclass(frozen=True)
class _Options:
    """What ``@pytest.mark.pocketstack(...)`` says of a test's world."""

    clock: str | float = "real"
    now: datetime | str | None = None
    seed: int | None = None

    def set(self, clock: Clock) -> None:
        if self.clock == "stopped":
            clock.stop(self.now)
        elif not isinstance(self.clock, str):
            clock.pace(self.clock, self.now)
        elif self.clock != "real" or self.now is not None:
            raise ValueError(f"pocketstack(clock={self.clock!r}, now={self.now!r}): expected 'stopped' or a rate")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Marks the test's world once all of its fixtures are there: what they made is theirs."""
    yield
    world = item.stash.get(_world, None)
    wanted = item.config.getoption("--pocketstack-leaks") or item.config.getini("pocketstack_leaks")
    if world is not None and wanted and item.get_closest_marker("allow_leaks") is None:
        item.stash[_mark] = world.mark()


def _leaks(item: pytest.Item) -> list[Leak]:
    """What a test left behind, where that is asked for."""
    mark = item.stash.get(_mark, None)
    try:
        return mark.leaks() if mark is not None else []
    except ControlError as error:
        # The test took its world back to what it was, and the mark went with it.
        if error.status == 404:
            return []
        raise


@pytest.fixture
def pocketstack(pocketstack_base: World, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world of this test's own, forked from ``pocketstack_base``, with the clock and the faults of its markers."""
    marker = request.node.get_closest_marker("pocketstack")
    options = _Options(**marker.kwargs) if marker else _Options()
    with pocketstack_base.fork(seed=options.seed) as world:
        options.set(world.clock)
        for fault in request.node.iter_markers("fault"):
            world.faults.create(*fault.args, **fault.kwargs)
        request.node.stash[_world] = world
        yield world
        left = _leaks(request.node)
        if left:
            lines = "\n".join(f"  {leak}" for leak in left)
            pytest.fail(f"{request.node.name} left behind in its world:\n{lines}", pytrace=False)
