"""Durations, moments, addresses, names and answers: what Python says, and what the cloud is told."""

from __future__ import annotations

import http.server
import pickle
import threading
from datetime import datetime, timedelta, timezone

import pytest

import pocketstack
from pocketstack._durations import duration, moment, seconds

ZONE = timezone(timedelta(hours=2))


@pytest.fixture(scope="module")
def cloud():
    with pocketstack.cloud() as cloud:
        yield cloud


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("whatever", "whatever"), (30, "30s"), (0, "0h"), (0.25, "250ms"), (90.0, "90s"), (120, "2m"), (7200, "2h"),
        (0.0001, "1ms"), (timedelta(days=30), "720h"), (timedelta(milliseconds=1500), "1500ms"),
    ],
)  # fmt: skip
def test_durations(time, text: str) -> None:
    assert duration(time) == text


@pytest.mark.parametrize("time", [1e13 + 1, 1e6 + 0.5])
def test_what_is_too_long_to_be_told_whole_is_refused(time: float) -> None:
    with pytest.raises(ValueError, match="is too long a duration to be told to the"):
        duration(time)


@pytest.mark.parametrize("time", [-1, -0.5, float("nan"), float("inf"), timedelta(seconds=-1)])
def test_what_is_no_duration_is_a_value_error(time) -> None:
    with pytest.raises(ValueError, match="expected 0 or more seconds"):
        duration(time)


@pytest.mark.parametrize("time", [True, None, [30], b"30s"])
def test_what_has_no_duration_is_a_type_error(time) -> None:
    with pytest.raises(TypeError, match="expected a text such as '30s', seconds, or a timedelta"):
        duration(time)


def test_how_long_texts_are() -> None:
    assert [seconds(text) for text in ("500ms", "2s", "5m", "1h", "1d", "")] == [0.5, 2, 300, 3600, None, None]


def test_moments() -> None:
    assert moment(datetime(2026, 1, 1, 2, tzinfo=ZONE)) == "2026-01-01T00:00:00.000000Z"
    with pytest.raises(ValueError, match="time zone"):
        moment(datetime(2026, 1, 1))
    with pytest.raises(TypeError, match="is no moment"):
        moment(5)


def test_every_duration_and_moment_may_be_pythons(cloud) -> None:
    begin = datetime(2026, 1, 1, tzinfo=ZONE)
    with cloud.worlds.create(stopped_at=begin, time_to_live=timedelta(minutes=5)) as world:
        world.clock.advance(0.5)
        world.clock.advance(timedelta(days=40))
        world.clock.advance_until_idle(within=60)
        assert world.clock.now - begin == timedelta(days=40, seconds=0.5)
        assert world.journal(since=begin) == []
        fault = world.faults.create("error", status=503, retry_after=timedelta(seconds=2))
        assert fault.show()["retry_after"] == "2s"
        assert world.faults.create("delay", delay=0.25, jitter=1).show()["delay"] == "250ms"
        with pytest.raises(pocketstack.ControlError, match="whatever"):
            world.clock.advance("whatever")
        with pytest.raises(pocketstack.ControlError, match="soon"):
            world.wait("server", "web", "ACTIVE", timeout="soon")


@pytest.mark.parametrize(
    "url",
    ["localhost:5000", "ftp://cloud", "http://", "https:///v3", "http://user:secret@cloud", "http://cloud:99999",
     "http://cloud?a=b", "http://cloud/#a"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no address of a cloud: expected http://HOST:PORT"):
        pocketstack.attach(url)


def test_an_address_may_be_that_of_keystone_but_of_no_world(cloud) -> None:
    with pocketstack.attach(f"{cloud.url}/identity/v3/") as attached:
        assert attached.url == cloud.url and attached.world.clock.mode == "real"
    with pytest.raises(ValueError, match=r"found by cloud\.worlds\[NAME\]"):
        pocketstack.attach(f"{cloud.url}/worlds/red/identity/v3")


def test_names_are_parts_of_paths_whatever_is_in_them(cloud) -> None:
    for name in ("a/b", "a b", "a?b", "é", "..%2f"):
        with pytest.raises(pocketstack.ControlError) as refused:
            cloud.worlds[name].reset()
        assert refused.value.status == 404
        with pytest.raises(pocketstack.ControlError, match="There is no snapshot"):
            cloud.world.restore(name)
    for call in (cloud.worlds[""].delete, cloud.worlds[""].faults.clear, lambda: cloud.world.restore("")):
        with pytest.raises(ValueError, match="expected a name"):
            call()


def test_what_contradicts_itself_is_refused(cloud) -> None:
    with pytest.raises(ValueError, match="one of from_world, from_snapshot and empty"):
        cloud.worlds.create(from_world="default", empty=True)
    with pytest.raises(TypeError, match="follow"):
        cloud.world.journal(follow=True)


def test_what_is_gone_before_its_block_ends_is_no_mistake(cloud) -> None:
    with cloud.worlds.create() as world:
        with world.faults.create("drop", service="compute"):
            world.reset()
        with cloud.worlds.create(from_world=world, owner=world) as other:
            other.delete()
        world.delete()


def test_a_users_own_password_reaches_every_form_of_a_login(cloud) -> None:
    assert cloud.environment(password="own")["OS_PASSWORD"] == "own"
    text = cloud.clouds_yaml(password="own", name="a: b")
    assert 'password: "own"' in text and '"a: b":' in text


def test_a_refusal_crosses_to_other_processes() -> None:
    error = pickle.loads(pickle.dumps(pocketstack.ControlError(409, "no")))
    assert (str(error), error.status, error.message) == ("no (409)", 409, "no")


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (502, b"<html>"), (404, b"[]"), (500, b"")])
def test_another_program_at_the_address_is_named(status: int, body: bytes) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.handle_request).start()
        with pocketstack.attach(f"http://127.0.0.1:{server.server_port}") as cloud:  # noqa: SIM117  (Python 3.9)
            with pytest.raises(pocketstack.ControlError, match="did not answer as a PocketStack cloud does") as refused:
                list(cloud.worlds)
    assert refused.value.status == status


def test_a_program_that_is_not_there_is_named(monkeypatch) -> None:
    monkeypatch.setenv("POCKETSTACK_BIN", "/nowhere/pocketstack")
    with pytest.raises(FileNotFoundError, match="POCKETSTACK_BIN=/nowhere/pocketstack: there is no such program"):
        pocketstack.cloud()
