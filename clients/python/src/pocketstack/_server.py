"""The server as a process of the program that tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
import weakref
from pathlib import Path
from types import TracebackType
from typing import Any

from ._binary import binary
from ._control import Control, Verify
from ._faults import Faults
from ._leaks import Leak, Mark
from ._world import World, Worlds


class Cloud:
    """A running server and its worlds."""

    def __init__(
        self, url: str, *, secret: str | None = None, region: str = "RegionOne", verify: Verify = True
    ) -> None:
        self.control = Control(url, secret, verify)
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

    def close(self) -> None:
        """Closes the connections to it. The server goes on, but for one that ``pocketstack.cloud()`` started."""
        self.control.close()

    def __enter__(self) -> Cloud:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def environment(
        self, user: str = "demo", project: str | None = None, password: str | None = None
    ) -> dict[str, str]:
        """The variables that OpenStack's command-line clients read."""
        return self.world.environment(user, project, password) | {"OS_AUTH_URL": self.auth_url}

    def clouds_yaml(
        self,
        user: str = "demo",
        project: str | None = None,
        name: str = "pocketstack",
        *,
        password: str | None = None,
    ) -> str:
        """The text of a ``clouds.yaml``."""
        return self.world.clouds_yaml(user, project, name, password=password)

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
    """Starts a server on a free port of 127.0.0.1, and ends it with the block, or at the latest with the program.

    It keeps everything in memory unless ``data`` names a directory. ``config`` has the keys of ``config.example.json``,
    of which ``port`` and ``data`` give way to the arguments of that name.
    """

    def __init__(
        self, config: dict[str, Any] | None = None, *, data: str | os.PathLike[str] | None = None, port: int = 0
    ) -> None:
        config = dict(config or {})
        self._program = _Program(binary(), config, data, port)
        try:
            super().__init__(self._program.address(), region=config.get("region", "RegionOne"))
        except BaseException:
            self._program.end()
            raise

    def log(self) -> str:
        """What the server wrote to its log so far: warnings and errors."""
        return self._program.log()

    def close(self) -> None:
        """Ends the server, like ``stop``."""
        self.stop()

    def stop(self) -> None:
        """Ends the server."""
        self.control.close()
        self._program.end()

    def __enter__(self) -> cloud:
        return self


class _Program:
    """The server's process, its configuration and its log."""

    def __init__(self, path: str, config: dict[str, Any], data: str | os.PathLike[str] | None, port: int) -> None:
        # Passwords of tests are no secrets: hashing them as a real cloud does would only make the first logins slow.
        identity = config.get("identity", {})
        if isinstance(identity, dict):
            config = {**config, "identity": {"password_hash_rounds": 4, **identity}}
        self._directory = directory = Path(tempfile.mkdtemp(prefix="pocketstack-"))
        (directory / "config.json").write_text(json.dumps(config))
        storage = ["--memory"] if data is None else ["--data", os.fspath(data)]
        command = [path, "serve", "--config", str(directory / "config.json"), "--port", str(port)]
        self._keeper = _Keeper([*command, "--log-level", "warning", *storage], directory / "server.log")
        try:
            self.process = self._keeper.begin()
        except BaseException:
            shutil.rmtree(directory)
            raise
        # Also where nobody calls `stop`; of what is ended already nothing is done.
        self.end = weakref.finalize(self, _end, os.getpid(), self.process, self._keeper, self._directory)

    def address(self) -> str:
        """What the server says once it can answer: ``PocketStack is ready at URL``."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if " ready at " not in line:
            self.process.wait()
            raise RuntimeError(f"the server did not start:\n{self.log()}")
        return line.split()[-1]

    def log(self) -> str:
        return (self._directory / "server.log").read_text()


class _Keeper:
    """Starts the server, and stays until it is to end.

    Ctrl-C in a terminal reaches the tests alone, as they tidy up then, for which they need the cloud. That it does not
    outlive them where they are killed is up to ``setpriv``, on systems that have it; it watches the thread that started
    the server.
    """

    def __init__(self, command: list[str], log: Path) -> None:
        setpriv = shutil.which("setpriv")
        self._command = [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command
        self._log = log
        self._started = threading.Event()
        self._over = threading.Event()
        self._result: subprocess.Popen[str] | BaseException | None = None

    def begin(self) -> subprocess.Popen[str]:
        """Gives the process once it is started."""
        threading.Thread(target=self._keep, name="pocketstack", daemon=True).start()
        self._started.wait()
        if isinstance(self._result, subprocess.Popen):
            return self._result
        assert self._result is not None
        raise self._result

    def end(self) -> None:
        """Lets the thread go."""
        self._over.set()

    def _keep(self) -> None:
        try:
            with open(self._log, "w") as log:
                self._result = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,
                )
        except BaseException as error:
            self._result = error
            return
        finally:
            self._started.set()
        self._over.wait()


def _end(owner: int, process: subprocess.Popen[str], keeper: _Keeper, directory: Path) -> None:
    """Lets a server finish what it does, for ten seconds."""
    if os.getpid() != owner:
        # This is a fork of the process that started it, and the server is not its own.
        return
    try:
        process.terminate()
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        keeper.end()
        if process.stdout is not None:
            process.stdout.close()
        shutil.rmtree(directory, ignore_errors=True)


def attach(
    url: str | None = None, *, secret: str | None = None, region: str = "RegionOne", verify: Verify = True
) -> Cloud:
    """A server that runs already: at ``url``, else where ``$POCKETSTACK_URL`` says.

    For one behind TLS, ``verify`` is as requests has it: a file or directory of certificates to trust, ``False`` to
    trust any, else those of ``$REQUESTS_CA_BUNDLE`` or of the system.
    """
    return Cloud(
        url or os.environ.get("POCKETSTACK_URL") or "http://127.0.0.1:5000",
        secret=secret or os.environ.get("POCKETSTACK_SECRET"),
        region=region,
        verify=verify,
    )
