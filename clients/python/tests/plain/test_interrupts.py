"""Calls that are interrupted, calls that take long, and runs of pytest that are interrupted in the middle of `wait`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import pocketstack
from pocketstack import _control

IMAGE = "cirros-0.6.3-x86_64-disk"
"""The image of every new cloud; it is active, and nobody deactivates it."""


class Late(BaseException):
    """What a time limit raises: no Exception, as with pytest's own."""


@pytest.fixture(scope="module")
def cloud():
    with pocketstack.cloud() as cloud:
        yield cloud


def late(*_: object) -> None:
    raise Late


@pytest.fixture
def limit(monkeypatch):
    """Raises `Late` after a fifth of a second, out of whatever is done then."""
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_after_an_interrupted_call_the_next_one_gets_its_own_answer(cloud, limit) -> None:
    with pytest.raises(Late):
        cloud.world.wait("image", IMAGE, "deactivated", timeout=100)
    assert cloud.world.clock.mode == "real"
    assert [world.name for world in cloud.worlds] == ["default"]


def test_a_call_gets_the_time_that_it_asks_for(cloud, monkeypatch) -> None:
    monkeypatch.setattr(_control, "PATIENCE", 0.1)
    monkeypatch.setattr("pocketstack._world._TURN", 0.1)
    for timeout in ("300ms", 0.3):
        begin = time.monotonic()
        with pytest.raises(pocketstack.ControlError, match="its time is over") as refused:
            cloud.world.wait("image", IMAGE, "deactivated", timeout=timeout)
        assert refused.value.status == 408 and time.monotonic() - begin >= 0.3


def test_an_answer_that_does_not_come_in_time_is_a_timeout(cloud, monkeypatch) -> None:
    monkeypatch.setattr("pocketstack._world.MARGIN", -0.9)
    with pytest.raises(OSError, match="timed out"):
        cloud.world.wait("image", IMAGE, "deactivated", timeout=10)
    assert cloud.world.clock.mode == "real"


def test_a_connection_that_the_server_has_closed_is_opened_anew() -> None:
    with pocketstack.cloud({"http": {"idle_timeout": "50ms"}}) as cloud:
        list(cloud.worlds)
        sock = cloud.control._local.own.connection.sock
        while not _control._has_ended(sock):
            time.sleep(0.01)
        with cloud.worlds.create() as world:
            assert world.name in [other.name for other in cloud.worlds]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_threads_and_forks_have_connections_of_their_own(cloud) -> None:
    list(cloud.worlds)
    seen: list[str] = []
    thread = threading.Thread(target=lambda: seen.append(cloud.world.clock.mode))
    thread.start()
    thread.join()
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if cloud.world.clock.mode == "real" else 1)
        finally:
            os._exit(2)
    assert [cloud.world.clock.mode for _ in range(20)] == ["real"] * 20
    assert (os.waitpid(child, 0)[1], seen) == (0, ["real"])


SUITE = f"""
    import os, signal, time, pytest

    class Late(BaseException):
        pass

    def late(*_):
        raise Late

    @pytest.mark.parametrize("number", range(2))
    def test_interrupted(pocketstack, number):
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        pocketstack.wait("image", "{IMAGE}", "deactivated", timeout=100)

    @pytest.mark.parametrize("number", range(6))
    def test_later(pocketstack, number):
        assert pocketstack.clock.mode == "real"
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_tests_behind_an_interrupted_one_pass(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    pytester.makepyfile(SUITE)
    done = pytester.runpytest_subprocess(*workers)
    done.assert_outcomes(failed=2, passed=6)
    done.stdout.no_fnmatch_line("*CannotSendRequest*")


WAITING = f"""
    import pytest

    @pytest.fixture
    def tidied(pocketstack):
        yield pocketstack
        mode = pocketstack.clock.mode
        with open("tidied", "a") as file:
            print(mode, file=file)

    def test_waits(tidied, pocketstack_session):
        with open("url", "w") as file:
            print(pocketstack_session.url, file=file)
        tidied.wait("image", "{IMAGE}", "deactivated", timeout=100)
"""


def begun(pytester: pytest.Pytester, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """A run of pytest in a process group of its own that is in the middle of `wait`, and the address of its cloud."""
    pytester.makepyfile(WAITING)
    # A shell starts what runs in its background deaf to Ctrl-C.
    heard = "import signal, sys, pytest; signal.signal(2, signal.default_int_handler); sys.exit(pytest.console_main())"
    run = subprocess.Popen(
        [sys.executable, "-c", heard, "-p", "no:cacheprovider", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    file = Path("url")
    deadline = time.monotonic() + 60
    while not (file.exists() and file.read_text().endswith("\n")):
        assert run.poll() is None and time.monotonic() < deadline, run.communicate()[0]
        time.sleep(0.01)
    url = file.read_text().strip()
    with pocketstack.attach(url) as cloud:
        while not any(world.name.startswith("base-") for world in cloud.worlds):
            time.sleep(0.01)
    # What is under way when a signal comes is `wait`, or soon will be.
    time.sleep(0.2)
    return run, url


def ended(url: str) -> bool:
    """Whether the cloud is gone, or soon is."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            with pocketstack.attach(url) as cloud:
                list(cloud.worlds)
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_ctrl_c_leaves_the_cloud_until_all_is_tidied_up(pytester: pytest.Pytester, monkeypatch) -> None:
    monkeypatch.delenv("POCKETSTACK_URL", raising=False)
    run, url = begun(pytester)
    os.killpg(run.pid, signal.SIGINT)
    printed = run.communicate(timeout=60)[0]
    assert run.returncode == pytest.ExitCode.INTERRUPTED, printed
    assert Path("tidied").read_text().split() == ["real"]
    for sign in ("CannotSendRequest", "ConnectionRefused", "Exception ignored", "ControlError"):
        assert sign not in printed
    assert ended(url)


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_killed_takes_its_cloud_along(
    pytester: pytest.Pytester, monkeypatch, number: signal.Signals, arguments: tuple[str, ...]
) -> None:
    monkeypatch.delenv("POCKETSTACK_URL", raising=False)
    run, url = begun(pytester, *arguments)
    run.send_signal(number)
    printed = run.communicate(timeout=60)[0]
    assert ended(url), printed
