"""The server as a process of the program that tests."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from ._binary import binary
from ._control import Control
from ._faults import Faults
from ._leaks import Leak, Mark
from ._world import World, Worlds


class Cloud:
    """A running server and its worlds."""

    def __init__(self, url: str, *, secret: str | None = None, region: str = "RegionOne") -> None:
        self.control = Control(url, secret)
        #: The worlds: ``create``, ``cloud.worlds["red"]``, and all of them by iteration.
        self.worlds = Worlds(self.control, region=region)
        #: The first world, which also answers the plain paths.
        self.world = World(self.control, "default", region=region)

    @property
    def faults(self) -> Faults:
        """What goes wrong in the first world."""
        return self.world.faults

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self.control.url

    @property
    def auth_url(self) -> str:
        """The address of the first world's Keystone, for ``OS_AUTH_URL``."""
        return f"{self.url}/v3"

    def environment(self, user: str = "demo", project: str | None = None) -> dict[str, str]:
        """The variables that OpenStack's command-line clients read."""
        return self.world.environment(user, project) | {"OS_AUTH_URL": self.auth_url}

    def clouds_yaml(self, user: str = "demo", project: str | None = None, name: str = "pocketstack") -> str:
        """The text of a ``clouds.yaml``."""
        return self.world.clouds_yaml(user, project, name)

    def mark(self, name: str | None = None) -> Mark:
        """Marks this moment in the first world."""
        return self.world.mark(name)

    def leaks(self, since: Mark | str | None = None) -> list[Leak]:
        """What was made in the first world since a mark, by default the latest, and is still there."""
        return self.world.leaks(since)

    def connection(self, user: str = "demo", project: str | None = None, **options: Any) -> Any:
        """A connection of openstacksdk to the first world."""
        return self.world.connection(user, project, **options)


class cloud(Cloud):  # noqa: N801  (it reads as a function: ``with pocketstack.cloud() as cloud``)
    """Starts a server on a free port of 127.0.0.1, and ends it with the block.

    It keeps everything in memory unless ``data`` names a directory. ``config`` has the keys of ``config.example.json``.
    """

    def __init__(
        self, config: dict[str, Any] | None = None, *, data: str | os.PathLike[str] | None = None, port: int = 0
    ) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="pocketstack-")
        self._process = self._start(config or {}, data, port)
        try:
            super().__init__(self._address(), region=(config or {}).get("region", "RegionOne"))
        except BaseException:
            self.stop()
            raise

    def _start(self, config: dict[str, Any], data: str | os.PathLike[str] | None, port: int) -> subprocess.Popen[str]:
        # Passwords of tests are no secrets: hashing them as a real cloud does would only make the first logins slow.
        config = {**config, "identity": {"password_hash_rounds": 4, **config.get("identity", {})}}
        file = Path(self._directory.name) / "config.json"
        file.write_text(json.dumps(config))
        self._log = open(Path(self._directory.name) / "server.log", "w")  # noqa: SIM115  (open while the server runs)
        storage = ["--memory"] if data is None else ["--data", os.fspath(data)]
        return subprocess.Popen(
            [binary(), "serve", "--config", str(file), "--port", str(port), "--log-level", "warning", *storage],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def _address(self) -> str:
        """What the server says once it can answer: ``PocketStack is ready at URL``."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if " ready at " not in line:
            self._process.wait()
            raise RuntimeError(f"the server did not start:\n{self.log()}")
        return line.split()[-1].removesuffix("/v3")

    def log(self) -> str:
        """What the server wrote to its log so far: warnings and errors."""
        return (Path(self._directory.name) / "server.log").read_text()

    def stop(self) -> None:
        """Ends the server."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()
        self._directory.cleanup()

    def __enter__(self) -> cloud:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def attach(url: str | None = None, *, secret: str | None = None, region: str = "RegionOne") -> Cloud:
    """A server that runs already: at ``url``, else where ``$POCKETSTACK_URL`` says."""
    return Cloud(
        url or os.environ.get("POCKETSTACK_URL") or "http://127.0.0.1:5000",
        secret=secret or os.environ.get("POCKETSTACK_SECRET"),
        region=region,
    )
