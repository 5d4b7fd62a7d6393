"""The fixtures: ``pocketstack``, a world for each test, and ``pocketstack_session``, the cloud they are in.

One server serves all of a run, also under pytest-xdist: it is started when the first test asks, by the process that
distributes the tests. With ``POCKETSTACK_URL`` in the environment a server that runs already is taken.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Optional, Union

import pytest

from ._clock import Clock
from ._control import ControlError
from ._leaks import Leak, Mark
from ._server import Cloud, attach, cloud
from ._sharing import Broker, ask
from ._world import World

_TICKET = "pocketstack_ticket"
_MARKERS = {
    "fault": "fault(kind, **options): makes a fault in the test's world before it begins",
    "allow_leaks": "allow_leaks: the test may leave something behind (--pocketstack-leaks)",
    "pocketstack": "pocketstack(clock='stopped' or a rate, now, seed): the test's clock, and the seed of its ids",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pocketstack")
    group.addoption("--pocketstack-url", help="a running cloud to use (default: $POCKETSTACK_URL, else one is started)")
    group.addoption(
        "--pocketstack-leaks", action="store_true", help="fail tests that leave something behind in their world"
    )
    parser.addini("pocketstack_leaks", "fail tests that leave something behind in their world", "bool", False)
    parser.addini("pocketstack_config", "a configuration file's keys as JSON, for the cloud that is started")


class _Server:
    """The run's cloud, started or attached to when it is first asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self._url: str | None = config.getoption("--pocketstack-url") or os.environ.get("POCKETSTACK_URL")
        self._ticket: str | None = getattr(config, "workerinput", {}).get(_TICKET)
        self._settings = _settings(config)
        self._cloud: Cloud | None = None
        self._broker: Broker | None = None

    def cloud(self) -> Cloud:
        if self._cloud is None:
            url = ask(self._ticket) if self._ticket and not self._url else self._url
            region = self._settings.get("region", "RegionOne")
            self._cloud = attach(url, region=region) if url else cloud(self._settings)
        return self._cloud

    def ticket(self) -> str:
        """What a worker comes with."""
        if self._broker is None:
            self._broker = Broker(self.cloud)
        return self._broker.ticket

    def close(self) -> None:
        if self._broker is not None:
            self._broker.close()
        if self._cloud is not None:
            self._cloud.close()


def _settings(config: pytest.Config) -> dict[str, Any]:
    text = config.getini("pocketstack_config") or "{}"
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise pytest.UsageError(f"pocketstack_config is no JSON: {error}") from None
    if not isinstance(settings, dict):
        raise pytest.UsageError(f"pocketstack_config: {text} is no object of a configuration's keys")
    return settings


_server = pytest.StashKey[_Server]()
_world = pytest.StashKey[Optional[World]]()  # noqa: UP045
_mark = pytest.StashKey[Optional[Mark]]()  # noqa: UP045
_is_set_up = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    for line in _MARKERS.values():
        config.addinivalue_line("markers", line)
    config.stash[_server] = _Server(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_server, None)
    if server is not None:
        server.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist where it can ask for the one server."""
    node.workerinput[_TICKET] = node.config.stash[_server].ticket()


@pytest.fixture(scope="session")
def pocketstack_session(request: pytest.FixtureRequest) -> Cloud:
    """The cloud of this run."""
    return request.config.stash[_server].cloud()


@pytest.fixture(scope="session")
def pocketstack_base(pocketstack_session: Cloud) -> Iterator[World]:
    """The world that every test's world begins as a copy of. To prepare it, define a session fixture of this name
    that takes this one, does its work, and returns it."""
    name = f"base-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{uuid.uuid4().hex[:8]}"
    with pocketstack_session.worlds.create(name) as world:
        yield world


class _Options:
    """What the markers of a test say of its world. Those of the test come before those of its class and module."""

    def __init__(self, item: pytest.Item) -> None:
        said: dict[str, Any] = {}
        for marker in item.iter_markers("pocketstack"):
            _check(marker, [], ["clock", "now", "seed"])
            said = {**marker.kwargs, **said}
        self.clock: Union[str, float] = said.get("clock", "real")  # noqa: UP007
        self.now: Union[datetime, str, None] = said.get("now")  # noqa: UP007
        self.seed: Optional[int] = said.get("seed")  # noqa: UP045
        self._check_values()
        self.faults = [self._fault(marker) for marker in item.iter_markers("fault")]
        for marker in item.iter_markers("allow_leaks"):
            _check(marker, [], [])

    def _check_values(self) -> None:
        is_rate = isinstance(self.clock, (int, float)) and not isinstance(self.clock, bool) and self.clock > 0
        if not (self.clock in ("real", "stopped") or is_rate):
            _refuse(f"pocketstack(clock={self.clock!r}): expected 'stopped', or a rate such as 60")
        if self.now is not None and self.clock == "real":
            _refuse(f"pocketstack(now={self.now!r}): a clock begins there with clock='stopped', or a rate")
        if self.seed is not None and (not isinstance(self.seed, int) or isinstance(self.seed, bool) or self.seed < 0):
            _refuse(f"pocketstack(seed={self.seed!r}): expected a whole number of 0 or more")

    @staticmethod
    def _fault(marker: pytest.Mark) -> dict[str, Any]:
        _check(marker, ["kind"], None)
        said = {"kind": marker.args[0], **marker.kwargs} if marker.args else dict(marker.kwargs)
        if not isinstance(said.get("kind"), str):
            _refuse(f"{_shown(marker)}: expected a kind, such as fault('error', status=503)")
        return said

    def apply(self, world: World) -> None:
        self._set(world.clock)
        for fault in self.faults:
            world.faults.create(**fault)

    def _set(self, clock: Clock) -> None:
        if self.clock == "stopped":
            clock.stop(self.now)
        elif not isinstance(self.clock, str):
            clock.pace(self.clock, self.now)


def _check(marker: pytest.Mark, positional: list[str], named: list[str] | None) -> None:
    """Refuses arguments of a marker that mean nothing. ``None``: whatever has a name is judged elsewhere."""
    wrong = [repr(argument) for argument in marker.args[len(positional) :]]
    wrong += [name for name in marker.kwargs if named is not None and name not in named]
    wrong += [name for name in positional[: len(marker.args)] if name in marker.kwargs]
    if wrong:
        takes = _MARKERS[marker.name].partition(":")[0]
        _refuse(f"{_shown(marker)}: {', '.join(wrong)} is not what it takes: {takes}")


def _shown(marker: pytest.Mark) -> str:
    arguments = [repr(argument) for argument in marker.args]
    arguments += [f"{name}={value!r}" for name, value in marker.kwargs.items()]
    return f"{marker.name}({', '.join(arguments)})"


def _refuse(message: str) -> None:
    pytest.fail(message, pytrace=False)


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Marks the test's world once all of its fixtures are there: what they made is theirs."""
    item.stash[_is_set_up] = True
    world = item.stash.get(_world, None)
    if world is not None:
        _begin(item, world)
    else:
        own = [marker for marker in item.own_markers if marker.name in ("fault", "pocketstack")]
        if own:
            _refuse(f"{_shown(own[0])}: the test does not use the fixture pocketstack, whose world this is about")


def _begin(item: pytest.Item, world: World) -> None:
    """Begins to look for leaks, where that is asked for."""
    wanted = item.config.getoption("--pocketstack-leaks") or item.config.getini("pocketstack_leaks")
    if wanted and item.get_closest_marker("allow_leaks") is None:
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
    item: pytest.Item = request.node
    options = _Options(item)
    with pocketstack_base.fork(seed=options.seed) as world:
        options.apply(world)
        item.stash[_world] = world
        if item.stash.get(_is_set_up, False):
            # The test asks for its world itself, by ``request.getfixturevalue``.
            _begin(item, world)
        yield world
        left = _leaks(item)
        # The test may run once more.
        item.stash[_world], item.stash[_mark], item.stash[_is_set_up] = None, None, False
        if left:
            lines = "\n".join(f"  {leak}" for leak in left)
            pytest.fail(f"{item.name} left behind in its world:\n{lines}", pytrace=False)
