"""Many `openstack` commands for the price of one start.

A command spends a second importing itself. `Starter` starts the venv's Python once, lets it import everything, and has
it fork for each command: a child runs the program's own `main` with an environment, a stdout and a stderr of its own,
logs in, and ends. Nothing lives on from one command to the next.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloud import Cloud, CommandFailed, Ran, program


class Starter:
    """The process that forks, and what it has run; for v3 and v2.0 the client has lists of identity commands."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [program("tools", "python"), __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.names = {version: self.listed(version) for version in ("2", "3")}
        self.succeeded: dict[str, set[str]] = {version: set() for version in self.names}

    def listed(self, version: str) -> set[str]:
        """The client's own list of the identity commands that it has for a version of the API."""
        env = {"OS_AUTH_TYPE": "none", "OS_ENDPOINT": "http://127.0.0.1:1", "OS_IDENTITY_API_VERSION": version}
        listed = self.run(("command", "list", "--group", f"openstack.identity.v{version}", "-f", "json"), env).json()
        return {name for group in listed for name in group["Commands"]}

    def run(self, arguments: tuple[str, ...], env: Mapping[str, str], directory: str = "/") -> Ran:
        assert self.process.stdin and self.process.stdout
        print(json.dumps([arguments, dict(env), directory]), file=self.process.stdin, flush=True)
        return Ran(f"openstack {' '.join(arguments)}", **json.loads(self.process.stdout.readline()))

    def note(self, arguments: tuple[str, ...], version: str) -> None:
        """Remembers which of the client's commands ended well. The longest name counts: `endpoint group list`."""
        words = list(itertools.takewhile(lambda word: not word.startswith("-"), arguments))
        names = (" ".join(words[:count]) for count in range(len(words), 0, -1))
        self.succeeded[version].update([name for name in names if name in self.names[version]][:1])

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


class Client:
    """A user's `openstack` on a cloud: `client("user", "list")` runs it, `client.json(...)` reads what it prints."""

    def __init__(self, starter: Starter, cloud: Cloud, env: Mapping[str, str]) -> None:
        self.starter = starter
        self.cloud = cloud
        self.env = dict(env)

    @classmethod
    def of(cls, starter: Starter, cloud: Cloud, user: str, project: str | None = None) -> Client:
        """With the environment of a shell that has sourced the user's `openrc.sh`."""
        shell = ["bash", "-c", 'source "$0" && env -0', str(cloud.openrc(user, project or user))]
        bare = {"PATH": os.environ["PATH"], "HOME": str(cloud.home), "LANG": "C.UTF-8", "COLUMNS": "1000"}
        printed = subprocess.run(shell, env=bare, capture_output=True, text=True, check=True).stdout
        return cls(starter, cloud, dict(line.split("=", 1) for line in printed.split("\0") if line))

    def having(self, **env: str | None) -> Client:
        """The same with other variables; None takes one away."""
        merged = self.env | env
        return Client(self.starter, self.cloud, {name: value for name, value in merged.items() if value is not None})

    def user(self, name: str, password: str, project: str | None = None) -> Client:
        """Another user's, with a password for a project, or for none."""
        return self.having(OS_USERNAME=name, OS_PASSWORD=password, OS_PROJECT_NAME=project)

    def __call__(self, *arguments: str, fails: bool = False) -> Ran:
        ran = self.starter.run(arguments, self.env, str(self.cloud.home))
        if (ran.status != 0) != fails or "Traceback" in ran.stderr:
            raise CommandFailed(f"{self.env.get('OS_USERNAME', 'nobody')} {ran}")
        if not fails:
            self.starter.note(arguments, self.env.get("OS_IDENTITY_API_VERSION", "3"))
        return ran

    def json(self, *arguments: str) -> Any:
        return self(*arguments, "-f", "json").json()

    def column(self, name: str, *arguments: str) -> list[Any]:
        """One column of a list, in the order in which it is printed."""
        return [row[name] for row in self.json(*arguments)]

    def row(self, name: str, *arguments: str) -> dict[str, Any]:
        """The row of a list whose name, or id, is the one given."""
        (found,) = (row for row in self.json(*arguments) if name in (row.get("Name"), row.get("ID")))
        return found

    def id(self, kind: str, name: str) -> str:
        """What `show` prints as the id of a project, a user or the like."""
        return str(self.json(*kind.split(), "show", name)["id"])

    def refused(self, *arguments: str) -> str:
        """What a command says that must not work."""
        return self(*arguments, fails=True).stderr.strip()


def serve() -> None:
    """The other side: reads a command a line, forks for it, and answers with a line."""
    import tempfile

    from openstackclient import shell

    warm(shell.main)
    for line in sys.stdin:
        arguments, env, directory = json.loads(line)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                with open(os.devnull, "rb") as nothing:
                    os.dup2(nothing.fileno(), 0)
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                os.environ.clear()
                os.environ.update(env)
                os.chdir(directory)
                os._exit(run(shell.main, arguments))
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode())
        print(json.dumps({"status": status, "stdout": texts[0], "stderr": texts[1]}), flush=True)


def warm(main: Any) -> None:
    """Has the program import what it only does while it works, with commands that find no cloud."""
    import contextlib
    import importlib
    import io
    import logging
    import pkgutil

    import openstackclient.identity.v3 as commands

    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{module.name}")
    login = ("--os-auth-url", "http://127.0.0.1:1/v3", "--os-username", "x", "--os-password", "x")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run(main, [*login, "--os-project-name", "x", "--os-default-domain", "default", "user", "list"])
        run(main, [*login, "--os-default-domain", "default", "catalog", "list", "-f", "json"])
    logging.getLogger().handlers.clear()


def run(main: Any, arguments: list[str]) -> int:
    """What the program's entry point does: `sys.exit(main())`."""
    import traceback

    try:
        sys.exit(main(arguments))
    except SystemExit as end:
        if isinstance(end.code, int | None):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    sys.path.remove(str(Path(__file__).resolve().parent))
    serve()
