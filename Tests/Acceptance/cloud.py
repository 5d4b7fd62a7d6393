"""A real PocketStack process, and real clients pointed at it the way a person does it.

Nothing here knows how the server works inside: it is started from its binary, found through its ready file, and reached
through an `openrc.sh` that `pocketstack openrc` wrote and bash sourced.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import records
import table
from http_client import Http

ROOT = Path(__file__).resolve().parents[2]

NOVA = {"18.13.1": "nova18", "7.1.2": "nova7", "6.0.2": "nova6"}
"""The novaclients the tutorial is run with, each in a venv of its own."""


def binary() -> Path:
    """The program under test: POCKETSTACK_BIN, else what `swift build` left, the release build first."""
    named = os.environ.get("POCKETSTACK_BIN")
    if named:
        return Path(named).resolve()
    for flavor in ("release", "debug"):
        built = ROOT / ".build" / flavor / "pocketstack"
        if built.exists():
            return built
    raise FileNotFoundError("no pocketstack binary: run `swift build -c release`, or set POCKETSTACK_BIN")


def program(venv: str, name: str) -> str:
    """The path of a client's program in its venv, made by venvs.sh."""
    path = ROOT / f".venv-{venv}" / "bin" / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run Tests/Acceptance/venvs.sh")
    return str(path)


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    command: str
    status: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f"$ {self.command}\n{self.stdout}{self.stderr}(exit {self.status})"

    def json(self) -> Any:
        return json.loads(self.stdout)

    def rows(self) -> list[dict[str, str]]:
        """The printed table, a dictionary a row."""
        return table.rows(self.stdout)

    def fields(self) -> dict[str, str]:
        """The printed two-column table as one dictionary."""
        return table.fields(self.stdout)


class CommandFailed(AssertionError):
    """A client ended otherwise than the test expects; the message is the whole exchange."""


@dataclass
class Cloud:
    """One server process; use it as a context manager.

    `arguments` go behind `pocketstack serve`, and `prefix` is a command that runs it.
    """

    arguments: Sequence[str] = ("--memory",)
    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pocketstack-test-")))
    port: int = 0
    prefix: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.home = self.directory / "home"
        self.home.mkdir(exist_ok=True)
        self.auth_url = ""

    # The process

    def start(self, patience: float = 30.0) -> Cloud:
        """Starts the server and returns once it says that it can answer."""
        ready = self.directory / "ready"
        ready.unlink(missing_ok=True)
        with open(self.directory / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                [
                    *self.prefix,
                    str(binary()),
                    "serve",
                    "--port",
                    str(self.port),
                    "--ready-file",
                    str(ready),
                    *self.arguments,
                ],
                stdout=log,
                stderr=log,
                cwd=self.directory,
            )
        deadline = time.monotonic() + patience
        while not (ready.exists() and ready.read_text().strip()):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with status {self.process.returncode}:\n{self.log()}")
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError(f"no ready file after {patience} s:\n{self.log()}")
            time.sleep(0.005)
        self.auth_url = ready.read_text().split()[0]
        return self

    def stop(self, patience: float = 15.0) -> int:
        """Asks the server to drain and end, as an init system does, and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """Ends the server as a power cut would: no handler runs."""
        self.process.kill()
        self.process.wait()

    def log(self, last: int = 4000) -> str:
        path = self.directory / "server.log"
        return path.read_text(errors="replace")[-last:] if path.exists() else ""

    def __enter__(self) -> Cloud:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # The addresses

    @property
    def base(self) -> str:
        """Scheme, host and port, without a path."""
        return "/".join(self.auth_url.split("/")[:3])

    def http(self) -> Http:
        return Http(self.base)

    # The clients

    def openrc(self, user: str = "demo", project: str = "demo", legacy: bool = False) -> Path:
        """Writes `openrc.sh` for a user with the program's own command, and returns its path."""
        path = self.directory / f"openrc-{user}-{project}{'-legacy' if legacy else ''}.sh"
        if not path.exists():
            command = [str(binary()), "openrc", "--user", user, "--project", project, "--url", self.auth_url]
            ran = subprocess.run(command + ["--legacy"] * legacy, capture_output=True, text=True, timeout=30)
            if ran.returncode != 0:
                raise CommandFailed(f"{' '.join(command)}\n{ran.stdout}{ran.stderr}")
            path.write_text(ran.stdout)
        return path

    def run(
        self,
        *command: str,
        user: str = "demo",
        project: str | None = None,
        legacy: bool = False,
        fails: bool = False,
        patience: float = 120.0,
    ) -> Ran:
        """Runs a command in a shell that has sourced the user's `openrc.sh`; `fails` expects a non-zero exit."""
        script = 'source "$0" && exec "$@"'
        openrc = self.openrc(user, project or user, legacy)
        done = subprocess.run(
            ["bash", "-c", script, str(openrc), *command],
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "COLUMNS": "1000"},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience,
        )
        ran = Ran(" ".join([Path(command[0]).name, *command[1:]]), done.returncode, done.stdout, done.stderr)
        if (ran.status != 0) != fails:
            raise CommandFailed(str(ran))
        return ran

    def client(
        self,
        name: str,
        venv: str,
        *arguments: str,
        user: str = "demo",
        project: str | None = None,
        legacy: bool = False,
        fails: bool = False,
    ) -> Ran:
        """Runs a client with the variables of the user's `openrc.sh`; `fails` expects a non-zero exit."""
        from forking import environment, shared

        env = environment(self, user, project, legacy)
        ran = shared(name, venv).run(arguments, env, str(self.home))
        if (ran.status != 0) != fails:
            raise CommandFailed(str(ran))
        return ran

    def nova(self, version: str, *arguments: str, **options: Any) -> Ran:
        ran = self.client("nova", NOVA[version], *arguments, **options)
        if ran.status == 0:
            records.note(f"nova-{version}", arguments)
        return ran

    def openstack(self, *arguments: str, **options: Any) -> Ran:
        return self.client("openstack", "tools", *arguments, **options)

    def glance(self, *arguments: str, **options: Any) -> Ran:
        return self.client("glance", "tools", *arguments, **options)

    def json(self, *arguments: str, **options: Any) -> Any:
        """An `openstack` command's answer as JSON."""
        return self.openstack(*arguments, "-f", "json", **options).json()


def wait_until(read: Callable[[], str], wanted: str, patience: float = 60.0, pause: float = 0.2) -> str:
    """Polls until `read` returns `wanted`; an ERROR on the way, or the end of patience, fails with what was seen."""
    deadline = time.monotonic() + patience
    seen: list[str] = []
    while True:
        value = read()
        if not seen or seen[-1] != value:
            seen.append(value)
        if value == wanted:
            return value
        if value == "ERROR" or time.monotonic() > deadline:
            raise AssertionError(f"expected {wanted}, saw {' -> '.join(seen)}")
        time.sleep(pause)
