"""A world's clock, and what follows of it: where it stands and there is a seed, every run answers the same bytes."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from cloud import Cloud, binary

MOMENT = "2026-01-01T00:00:00Z"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEm4cC1Ytg3ZyWYqhIvkIyLbM3Wp4N2QKqGkJYVw3m1d someone"
REALISTIC = '{"transitions": {"pace": "realistic"}, "fixture": {"allowed_hosts": ["cloud.test"]}}'


def command(cloud: Cloud, *arguments: str, status: int = 0) -> str:
    """What a `pocketstack` command says."""
    words = [str(binary()), *arguments, "--url", cloud.base]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    directory = tmp_path_factory.mktemp("clock")
    (directory / "config.json").write_text(REALISTIC)
    with Cloud(("--memory", "--config", "config.json"), directory) as cloud:
        yield cloud


class Session:
    """One recorded session: all that a world answered, as it came from the socket."""

    def __init__(self, cloud: Cloud, world: str = "same") -> None:
        self.http = cloud.http()
        self.world = f"/worlds/{world}"
        self.answers: list[tuple[str, int, list[tuple[str, str]], bytes]] = []
        self.token = ""

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        # Links name the host that the client asked for, and each run has a port of its own.
        sent = {"Host": "cloud.test", "OpenStack-API-Version": "compute 2.96"} | headers
        answer = self.http.request(method, self.world + path, body, sent, self.token)
        self.answers.append((f"{method} {path}", answer.status, answer.repeated, answer.body))
        return answer

    def json(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.send(method, path, body)
        assert answer.status == status, (path, answer.status, answer.text)
        return answer.json()

    def log_in(self, user: str) -> None:
        domain = {"id": "default"}
        password = {"user": {"name": user, "domain": domain, "password": "secret"}}
        identity = {"methods": ["password"], "password": password}
        self.token = ""
        answer = self.send(
            "POST",
            "/identity/v3/auth/tokens",
            {"auth": {"identity": identity, "scope": {"project": {"name": user, "domain": domain}}}},
        )
        assert answer.status == 201, answer.text
        self.token = answer.headers["x-subject-token"]

    def advance(self, **advance: Any) -> None:
        self.json("POST", "/pocketstack/v1/clock/advance", {"advance": advance})


def make_world(cloud: Cloud, **options: Any) -> None:
    world = {"name": "same", "seed": 7, "clock": {"mode": "stopped", "now": MOMENT}} | options
    answer = cloud.http().request("POST", "/pocketstack/v1/worlds", {"world": world})
    assert answer.status == 201, answer.text


def import_image(session: Session) -> str:
    """Makes an image by Glance's import, which is carried out beside the requests; returns its id."""
    imported = session.json(
        "POST", "/image/v2/images", {"name": "j", "disk_format": "raw", "container_format": "bare"}, 201
    )["id"]
    staged = session.send(
        "PUT", f"/image/v2/images/{imported}/stage", b"y" * 5000, **{"Content-Type": "application/octet-stream"}
    )
    assert staged.status == 204, staged.text
    assert (
        session.send("POST", f"/image/v2/images/{imported}/import", {"method": {"name": "glance-direct"}}).status == 202
    )
    return str(imported)


def first_half(session: Session) -> str:
    """Users, images with bytes, servers, refusals; returns a server's id."""
    session.log_in("admin")
    user = session.json("POST", "/identity/v3/users", {"user": {"name": "ada", "password": "s3cret"}}, 201)["user"]
    session.json("GET", f"/identity/v3/users/{user['id']}")
    session.json("POST", "/identity/v3/projects", {"project": {"name": "p"}}, 201)
    session.json("GET", "/identity/v3/projects")
    session.json("GET", "/identity/v3/auth/catalog")
    session.json("POST", "/compute/v2.1/os-aggregates", {"aggregate": {"name": "a"}})
    for path in ("os-hypervisors/detail", "os-services", "flavors/detail", "extensions"):
        session.json("GET", f"/compute/v2.1/{path}")

    session.log_in("demo")
    me = session.json("GET", "/identity/v3/auth/projects")["projects"][0]
    session.json("GET", f"/compute/v2.1/os-quota-sets/{me['id']}")
    session.json("POST", "/compute/v2.1/os-keypairs", {"keypair": {"name": "k", "public_key": KEY}}, 201)
    wanted = {"name": "i", "disk_format": "raw", "container_format": "bare", "b": "2", "a": "1"}
    image = session.json("POST", "/image/v2/images", wanted, 201)["id"]
    stored = session.send(
        "PUT", f"/image/v2/images/{image}/file", b"x" * 300_000, **{"Content-Type": "application/octet-stream"}
    )
    assert stored.status == 204, stored.text
    session.json("GET", f"/image/v2/images/{image}")
    assert session.send("GET", f"/image/v2/images/{image}/file").body == b"x" * 300_000
    session.json("GET", "/image/v2/images?sort=name:asc")

    server = {"name": "web", "flavorRef": "1", "imageRef": image, "networks": "none", "key_name": "k"}
    server["metadata"] = {"z": "1", "y": "2", "x": "3"}
    made = session.json("POST", "/compute/v2.1/servers", {"server": server}, 202)["server"]["id"]
    assert session.json("GET", f"/compute/v2.1/servers/{made}")["server"]["status"] == "BUILD"
    session.advance(by="1s")
    session.json("GET", f"/compute/v2.1/servers/{made}")
    session.advance(until={"resource": "server", "name": "web", "status": "ACTIVE"})
    assert session.json("GET", f"/compute/v2.1/servers/{made}")["server"]["status"] == "ACTIVE"
    session.json("GET", f"/compute/v2.1/os-simple-tenant-usage/{me['id']}")
    for path in ("/compute/v2.1/servers/nope", "/image/v2/images/nope", "/nowhere", "/compute/v2.1/os-aggregates"):
        assert session.send("GET", path).status in (403, 404)
    return made


def second_half(session: Session, server: str) -> None:
    """Actions, an image that works bring, and the ends of all."""
    for action in ({"os-stop": None}, {"os-start": None}, {"reboot": {"type": "HARD"}}):
        assert session.send("POST", f"/compute/v2.1/servers/{server}/action", action).status == 202
        session.advance(until="idle")
    session.json("POST", f"/compute/v2.1/servers/{server}/action", {"createImage": {"name": "snap"}}, 202)
    session.advance(until="idle")
    session.json("GET", "/compute/v2.1/servers/detail")
    session.json("GET", f"/compute/v2.1/servers/{server}/os-instance-actions")
    session.json("GET", "/image/v2/images")
    imported = import_image(session)
    session.advance(until={"resource": "image", "id": imported, "status": "active"})
    assert session.json("GET", f"/image/v2/images/{imported}")["status"] == "active"
    session.json("GET", f"/image/v2/images/{imported}/tasks")
    session.advance(by="1h")
    assert session.send("GET", "/compute/v2.1/servers").status == 401
    session.log_in("demo")
    assert session.send("DELETE", f"/compute/v2.1/servers/{server}").status == 204
    session.advance(until="idle")
    assert session.send("GET", f"/compute/v2.1/servers/{server}").status == 404
    session.json("GET", "/compute/v2.1/limits")


def recorded(directory: Path, restart: bool) -> list[Any]:
    """A session in a process of its own, which is killed in the middle where that is asked for."""
    directory.mkdir()
    (directory / "config.json").write_text(REALISTIC)
    storage = ("--data", str(directory / "data")) if restart else ("--memory",)
    cloud = Cloud((*storage, "--config", "config.json"), directory).start()
    try:
        make_world(cloud)
        session = Session(cloud)
        server = first_half(session)
        if restart:
            cloud.kill()
            cloud.start()
            session.http = cloud.http()
        second_half(session, server)
        return session.answers
    finally:
        cloud.stop()


@pytest.mark.parametrize("restart", [False, True], ids=["in-memory", "killed-on-the-way"])
def test_two_runs_of_a_session_answer_the_same_bytes(tmp_path: Path, restart: bool) -> None:
    first = recorded(tmp_path / "first", restart)
    time.sleep(1.1)  # Another second for whatever would look at the machine's clock.
    second = recorded(tmp_path / "second", restart)
    assert len(first) == len(second) > 50
    for one, other in zip(first, second, strict=True):
        assert one == other
    names = {name.lower() for _, _, headers, _ in first for name, _ in headers}
    assert {"date", "x-openstack-request-id", "x-subject-token"} <= names
    ids = [value for _, _, headers, _ in first for name, value in headers if name.lower() == "x-openstack-request-id"]
    assert len(ids) == len(set(ids)) == len(first)
    dates = [value for _, _, headers, _ in first for name, value in headers if name.lower() == "date"]
    assert dates[0] == "Thu, 01 Jan 2026 00:00:00 GMT" and len(dates) == len(first)


def test_works_that_take_no_time_do_not_race_with_the_next_request(tmp_path: Path) -> None:
    runs = []
    with Cloud(("--memory",), tmp_path / "instant") as cloud:
        for _ in range(2):
            make_world(cloud)
            session = Session(cloud)
            session.log_in("demo")
            for _ in range(20):
                import_image(session)
                session.json("GET", "/image/v2/images")
            runs.append(session.answers)
            assert cloud.http().request("DELETE", "/pocketstack/v1/worlds/same").status == 204
    for one, other in zip(*runs, strict=True):
        assert one == other


def test_another_seed_makes_other_identifiers(cloud: Cloud) -> None:
    made = []
    for seed in (1, 2):
        make_world(cloud, name=f"seed{seed}", seed=seed)
        session = Session(cloud, f"seed{seed}")
        session.log_in("admin")
        made.append(session.json("POST", "/identity/v3/projects", {"project": {"name": "p"}}, 201)["project"]["id"])
    assert made[0] != made[1]


def test_commands_stop_move_and_resume_a_clock(cloud: Cloud) -> None:
    command(cloud, "world", "create", "hand", "--stopped-at", MOMENT)
    here = ("--world", "hand")
    assert "2026-01-01T00:00:00.000000Z" in command(cloud, "clock", "show", *here)
    url = f"{cloud.base}/worlds/hand/identity/v3"
    cloud.openstack(
        *("--os-auth-url", url, "server", "create", "--flavor", "m1.tiny", "--image", "cirros-0.6.3-x86_64-disk"),
        *("--nic", "none", "web"),
    )
    status = ("--os-auth-url", url, "server", "show", "web")
    assert cloud.json(*status)["status"] == "BUILD"
    assert "is BUILD, and its time is over" in command(
        cloud, "wait", "server", "web", "ACTIVE", "--timeout", "100ms", *here, status=75
    )
    said = command(cloud, "clock", "advance", "until", "server", "web", "ACTIVE", *here)
    assert "stopped" in said and "2026-01-01T00:00:" in said
    assert cloud.json(*status)["status"] == "ACTIVE"
    assert "ACTIVE" in command(cloud, "wait", "server", "web", "ACTIVE", *here)
    command(cloud, "clock", "advance", "until", "idle", *here)
    assert "nothing more is to come" in command(
        cloud, "clock", "advance", "until", "server", "web", "SHUTOFF", *here, status=1
    )
    command(cloud, "clock", "advance", "90m", *here)
    assert "2026-01-01T01:3" in command(cloud, "clock", "show", *here)
    command(cloud, "clock", "set", "--rate", "3600", "--now", MOMENT, *here)
    cloud.openstack("--os-auth-url", url, "server", "stop", "web")
    command(cloud, "wait", "server", "web", "SHUTOFF", "--timeout", "10s", *here)
    command(cloud, "clock", "resume", *here)
    assert time.strftime("%Y-%m-%dT", time.gmtime()) in command(cloud, "clock", "show", *here)
    assert "Only a stopped clock" in command(cloud, "clock", "advance", "1s", *here, status=1)
    assert "There is no server nope" in command(cloud, "wait", "server", "nope", "ACTIVE", *here, status=1)


def test_a_clock_is_kept_by_restarts_snapshots_and_forks(tmp_path: Path) -> None:
    cloud = Cloud(("--data", str(tmp_path / "data")), tmp_path / "kept").start()
    try:
        make_world(cloud)
        command(cloud, "clock", "advance", "1h", "--world", "same")
        command(cloud, "snapshot", "create", "hour", "--world", "same")
        cloud.kill()
        cloud.start()
        at_one = "2026-01-01T01:00:00.000000Z"
        assert at_one in command(cloud, "clock", "show", "--world", "same")
        command(cloud, "world", "create", "fork", "--from-snapshot", "hour")
        assert at_one in command(cloud, "clock", "show", "--world", "fork")
        command(cloud, "clock", "advance", "1h", "--world", "same")
        assert at_one in command(cloud, "clock", "show", "--world", "fork")
        command(cloud, "snapshot", "restore", "hour", "--world", "same")
        assert at_one in command(cloud, "clock", "show", "--world", "same")
        command(cloud, "world", "reset", "same")
        assert "2026-01-01T00:00:00.000000Z" in command(cloud, "clock", "show", "--world", "same")
    finally:
        cloud.stop()


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("clock", {"clock": {"mode": "paced"}}, 400, "rate"),
        ("clock", {"clock": {"mode": "paced", "rate": 0}}, 400, "rate"),
        ("clock", {"clock": {"mode": "paced", "rate": "fast"}}, 400, "rate"),
        ("clock", {"clock": {"mode": "stopped", "rate": 1}}, 400, "rate"),
        ("clock", {"clock": {"mode": "real", "now": MOMENT}}, 400, "machine"),
        ("clock", {"clock": {"mode": "stopped", "now": "noon"}}, 400, "moment"),
        ("clock", {"clock": {"mode": "sideways"}}, 400, "mode"),
        ("clock", {"clock": 1}, 400, "clock"),
        ("clock/advance", {"advance": {}}, 400, "until"),
        ("clock/advance", {"advance": {"by": "1s", "until": "idle"}}, 400, "until"),
        ("clock/advance", {"advance": {"by": "soon"}}, 400, "duration"),
        ("clock/advance", {"advance": {"by": "999999999h"}}, 400, "9999"),
        ("clock/advance", {"advance": {"until": {"resource": "server", "status": "ACTIVE"}}}, 400, "name"),
        ("clock/advance", {"advance": {"until": {"resource": "cat", "name": "x", "status": "A"}}}, 400, "cat"),
        ("clock/advance", {"advance": {"until": {"resource": "server", "name": "x", "status": "A"}}}, 404, "x"),
        ("wait", {"wait": {"resource": "server", "name": "x", "status": "A"}}, 404, "x"),
        ("wait", {"wait": {"resource": "server", "name": "x"}}, 400, "status"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    cloud: Cloud, path: str, body: dict[str, Any], status: int, word: str
) -> None:
    http = cloud.http()
    if http.request("GET", "/pocketstack/v1/worlds/odd").status == 404:
        make_world(cloud, name="odd")
    method = "PUT" if path == "clock" else "POST"
    answer = http.request(method, f"/worlds/odd/pocketstack/v1/{path}", body)
    assert answer.status == status and word in answer.json()["error"]["message"], answer.text
