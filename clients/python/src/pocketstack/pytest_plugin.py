"""The fixtures: ``pocketstack``, a world for each test, and ``pocketstack_session``, the cloud they are in.

One server serves all of a run, also under pytest-xdist: the process that distributes the tests starts it, when the
first worker (or test) asks. With ``POCKETSTACK_URL`` in the environment a server that runs already is taken.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from ._server import Cloud, attach, cloud
from ._world import World

_URL = "pocketstack_url"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pocketstack")
    group.addoption("--pocketstack-url", help="a running cloud to use (default: $POCKETSTACK_URL, else one is started)")
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


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(kind, **options): makes a fault in the test's world before it begins")
    config.stash[_server] = _Server(config)


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


@pytest.fixture
def pocketstack(pocketstack_base: World, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world of this test's own, forked from ``pocketstack_base``, with the faults that its markers name."""
    with pocketstack_base.fork() as world:
        for marker in request.node.iter_markers("fault"):
            world.faults.create(*marker.args, **marker.kwargs)
        yield world
