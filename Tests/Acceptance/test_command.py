"""The command itself, as shells, scripts and CI jobs use it."""

from __future__ import annotations

import hashlib
import json
import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest

from cloud import ROOT, Cloud, binary, program


def pocketstack(*arguments: str, cwd: Path, patience: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(binary()), *arguments], capture_output=True, text=True, cwd=cwd, timeout=patience)


def test_exec_gives_a_command_a_cloud_of_its_own(tmp_path: Path) -> None:
    done = pocketstack("exec", "--", program("tools", "openstack"), "token", "issue", "-f", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"].startswith("gAAAAA")
    assert list(tmp_path.iterdir()) == [], "an in-memory cloud left files behind"


@pytest.mark.parametrize("status", [0, 7])
def test_exec_ends_as_its_command_does(tmp_path: Path, status: int) -> None:
    done = pocketstack("exec", "--", "sh", "-c", f'test -n "$OS_AUTH_URL" && exit {status}', cwd=tmp_path)
    assert done.returncode == status, done.stderr


def test_exec_of_what_is_not_there(tmp_path: Path) -> None:
    done = pocketstack("exec", "--", "no-such-command-at-all", cwd=tmp_path)
    assert done.returncode == 127
    assert "no-such-command-at-all" in done.stderr


def test_clouds_yaml_is_one_that_clients_take(cloud: Cloud, tmp_path: Path) -> None:
    printed = pocketstack("clouds-yaml", "--url", cloud.auth_url, cwd=tmp_path)
    assert printed.returncode == 0, printed.stderr
    (tmp_path / "clouds.yaml").write_text(printed.stdout)
    names = [
        line.strip().rstrip(":") for line in printed.stdout.splitlines() if line.startswith("  ") and line[2] != " "
    ]
    assert names
    for name in names:
        done = subprocess.run(
            [program("tools", "openstack"), "--os-cloud", name, "token", "issue", "-f", "json"],
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, (name, done.stderr)


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    with Cloud(("--memory", "--config", str(ROOT / "config.example.json")), tmp_path) as cloud:
        assert cloud.http().get("/v3").status == 200


def test_a_key_nobody_knows_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text('{"no_such_key": 1}')
    done = pocketstack("serve", "--memory", "--port", "0", "--config", "mine.json", cwd=tmp_path)
    assert done.returncode != 0
    assert "mine.json" in done.stderr and "no_such_key" in done.stderr


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = pocketstack("serve", "--memory", "--port", port, cwd=tmp_path)
    assert done.returncode != 0
    assert port in done.stderr and "in use" in done.stderr


def test_a_newer_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    arguments = ("--data", str(tmp_path / "data"))
    Cloud(arguments, tmp_path).start().stop()
    (database,) = (tmp_path / "data").rglob("*.sqlite")
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO schema_migrations SELECT component, 999999, 'later', applied_at FROM schema_migrations LIMIT 1"
        )
    connection.close()
    before = hashlib.sha256(database.read_bytes()).digest()
    done = pocketstack("serve", *arguments, "--port", "0", cwd=tmp_path)
    assert done.returncode != 0
    assert "later version" in done.stderr
    assert hashlib.sha256(database.read_bytes()).digest() == before


def test_what_is_said_when_it_is_ready(tmp_path: Path) -> None:
    """One line on stdout that scripts can wait for; the log, one line a request, goes to stderr and holds no secret."""
    process = subprocess.Popen(
        [str(binary()), "serve", "--memory", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert process.stdout and process.stderr
    first = process.stdout.readline().strip()
    assert first.startswith("PocketStack is ready at http://127.0.0.1:") and first.endswith("/v3")
    from http_client import Http

    http = Http(first.removeprefix("PocketStack is ready at ").removesuffix("/v3"))
    token, _ = http.token("demo")
    answer = http.get("/v2.1/servers", token)
    process.terminate()
    assert "openrc" in process.stdout.read()
    log = process.stderr.read()
    assert process.wait(20) == 0
    lines = [line for line in log.splitlines() if answer.headers["x-openstack-request-id"] in line]
    assert len(lines) == 1 and "GET" in lines[0] and "/v2.1/servers" in lines[0] and "200" in lines[0]
    assert token not in log and '"secret"' not in log
