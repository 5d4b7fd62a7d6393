"""The clouds that the tests run against: real processes, shared by all tests that ask for the same options."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import glance_client
import nova_client
import records
from cloud import NOVA, Cloud
from mirror import Mirror, mirrored
from nova_client import Nova
from openstack_client import Client, Starter

LONGEST = (
    "test_compute_commands.py", "test_glance_commands.py", "test_tutorial_openstack.py", "test_tutorial_nova.py",
    "test_fixture_leaks.py", "test_compute_actions.py", "test_identity_delegation.py", "test_identity_roles.py",
)  # fmt: skip
"""The files that take longest: begun first, they do not leave one worker busy while the others have nothing to do."""


def is_part(config: pytest.Config) -> bool:
    """Whether only some of the tests of a file were asked for."""
    return bool(config.option.keyword) or any("::" in argument for argument in config.args)


def pytest_configure(config: pytest.Config) -> None:
    """Gives the run a directory for what its tests note; the workers of pytest-xdist inherit it."""
    if records.VARIABLE not in os.environ:
        os.environ[records.VARIABLE] = directory = tempfile.mkdtemp(prefix="pocketstack-ran-")
        config.add_cleanup(lambda: shutil.rmtree(directory))
        config.add_cleanup(lambda: os.environ.pop(records.VARIABLE))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The counts of commands come after the tests that run them."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))
    items.sort(key=lambda item: item.get_closest_marker("counts") is not None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Notes which files are run whole."""
    if not is_part(session.config):
        records.note("files", sorted({item.path.name for item in session.items}))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Cloud]]:
    """Makes clouds by their `serve` options, one process for each set of options, all stopped at the end."""
    clouds: dict[tuple[str, ...], Cloud] = {}

    def make(*arguments: str) -> Cloud:
        if arguments not in clouds:
            clouds[arguments] = Cloud(("--memory", *arguments), tmp_path_factory.mktemp("cloud")).start()
        return clouds[arguments]

    yield make
    for cloud in clouds.values():
        assert cloud.stop() == 0, f"the server did not end cleanly:\n{cloud.log()}"


@pytest.fixture(scope="session")
def cloud(made: Callable[..., Cloud]) -> Cloud:
    """The cloud that most tests share: in memory, of the newest release."""
    return made()


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    """What all `openstack` commands of the identity and image tests are started with."""
    made = Starter()
    yield made
    made.close()


@pytest.fixture(scope="session")
def glance_starter() -> Iterator[glance_client.Starter]:
    """What all `glance` commands of these are started with."""
    made = glance_client.Starter()
    yield made
    made.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cloud, Mirror]]:
    """A cloud that fetches images, and the web server that it may fetch them from."""
    with mirrored(tmp_path_factory.mktemp("mirrored")) as made:
        yield made


@pytest.fixture(scope="module")
def mirror(pair: tuple[Cloud, Mirror]) -> Mirror:
    return pair[1]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud for one file of tests, as they change what all of its users see."""
    made = Cloud(("--memory",), tmp_path_factory.mktemp("own")).start()
    yield made
    assert made.stop() == 0, f"the server did not end cleanly:\n{made.log()}"


@pytest.fixture(scope="module")
def admin(starter: Starter, own: Cloud) -> Client:
    """The `openstack` of the administrator of the file's own cloud."""
    return Client.of(starter, own, "admin")


@pytest.fixture(scope="module")
def demo(starter: Starter, own: Cloud) -> Client:
    """The same for an ordinary user, a member of one project."""
    return Client.of(starter, own, "demo")


@pytest.fixture(scope="session")
def nova_starters() -> Iterator[dict[str, nova_client.Starter]]:
    """What the `nova` commands of each version are started with."""
    made = {version: nova_client.Starter(version) for version in NOVA}
    yield made
    for starter in made.values():
        starter.close()


@pytest.fixture(scope="module", params=NOVA, ids=lambda version: f"novaclient-{version}")
def nova(
    request: pytest.FixtureRequest,
    nova_starters: dict[str, nova_client.Starter],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Nova]:
    """The `nova` of an administrator, in each version; it has a cloud of its own for each file of tests."""
    with Cloud(("--memory",), tmp_path_factory.mktemp("nova")) as cloud:
        yield Nova(nova_starters[request.param], cloud)


@pytest.fixture(scope="session")
def ssh_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key pair as the tutorial's first step makes it; the public half is beside it with `.pub`."""
    import subprocess

    path = tmp_path_factory.mktemp("ssh") / "id_rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(path)], check=True)
    return path


@pytest.fixture
def whole(request: pytest.FixtureRequest) -> None:
    """For tests of what the others of their file have done: they are skipped where only some were run."""
    if is_part(request.config):
        pytest.skip("only some of the tests were run")


@pytest.fixture
def run_before(request: pytest.FixtureRequest) -> None:
    """For tests marked `counts(*patterns)`, of what all the tests of the files so named have done: they are skipped
    where those were not all run. Beside other workers they cannot know; `pytest -m counts` is run after these."""
    marker = request.node.get_closest_marker("counts")
    if hasattr(request.config, "workerinput"):
        pytest.skip("counted when all workers have ended")
    wanted = {path.name for pattern in marker.args for path in Path(__file__).parent.glob(pattern)}
    if not wanted <= set().union(*records.noted("files")):
        pytest.skip("only some of the tests that are counted were run")


@pytest.fixture(autouse=True)
def server_is_alive(request: pytest.FixtureRequest) -> Iterator[None]:
    """Names the test after which the shared server was gone, instead of letting all later ones fail without a word."""
    yield
    for name in {"cloud", "own"} & set(request.fixturenames):
        cloud = request.getfixturevalue(name)
        assert cloud.process.poll() is None, f"the server died:\n{cloud.log()}"
