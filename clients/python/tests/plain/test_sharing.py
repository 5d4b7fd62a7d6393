"""When a run of pytest starts a server: when a test asks for one, and then one for all workers."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

import pocketstack
from pocketstack._binary import binary
from pocketstack._sharing import Broker, ask

RUNS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that has a line for each server that was started."""
    file = tmp_path / "starts"
    file.touch()
    program = tmp_path / "pocketstack"
    program.write_text(f'#!/bin/sh\necho x >> "{file}"\nexec "{os.path.abspath(binary())}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("POCKETSTACK_BIN", str(program))
    monkeypatch.delenv("POCKETSTACK_URL", raising=False)
    return file


@RUNS
def test_where_no_test_asks_no_server_starts(pytester: pytest.Pytester, starts: Path, workers: tuple[str, ...]) -> None:
    pytester.makepyfile("def test_a(): pass\ndef test_b(): pass")
    pytester.runpytest_subprocess(*workers).assert_outcomes(passed=2)
    assert starts.read_text() == ""


@RUNS
def test_where_some_ask_one_starts(pytester: pytest.Pytester, starts: Path, workers: tuple[str, ...]) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(6))
        def test_a(pocketstack, number):
            pass

        def test_b():
            pass
        """
    )
    pytester.runpytest_subprocess(*workers).assert_outcomes(passed=7)
    assert starts.read_text() == "x\n"


@RUNS
def test_a_missing_program_fails_the_tests_that_ask(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("POCKETSTACK_BIN", "/nowhere/pocketstack")
    monkeypatch.delenv("POCKETSTACK_URL", raising=False)
    pytester.makepyfile("def test_a(pocketstack): pass\ndef test_b(): pass\ndef test_c(): pass")
    done = pytester.runpytest_subprocess(*workers)
    done.assert_outcomes(passed=2, errors=1)
    done.stdout.fnmatch_lines(["*POCKETSTACK_BIN=/nowhere/pocketstack: there is no such program*"])


def test_a_test_may_ask_when_it_runs(pytester: pytest.Pytester, starts: Path) -> None:
    pytester.makepyfile(
        """
        def test_a(request):
            world = request.getfixturevalue("pocketstack")
            world.faults.create("drop", service="compute")
            assert world.clock.mode == "real"
        """
    )
    pytester.runpytest_subprocess("--pocketstack-leaks").assert_outcomes(passed=1)


def test_only_whoever_has_the_key_is_told() -> None:
    with pocketstack.cloud() as cloud:
        broker = Broker(lambda: cloud)
        try:
            assert ask(broker.ticket) == cloud.url
            port = int(broker.ticket.split()[0])
            for shown in (b"wrong\n", b"\n", b"\xff\n"):
                with socket.create_connection(("127.0.0.1", port)) as stranger:
                    stranger.sendall(shown)
                    assert stranger.recv(100) == b""
            assert ask(broker.ticket) == cloud.url
        finally:
            broker.close()
