"""Many `nova` commands for the price of one start: a client of `forking.py`."""

from __future__ import annotations

import sys
from typing import Any

import records
from cloud import NOVA, Cloud, CommandFailed, Ran, wait_until
from forking import Forker, environment, leave_our_modules, run, serve

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"


class Starter(Forker):
    """The process that forks for one version of the client."""

    def __init__(self, version: str) -> None:
        super().__init__("nova", NOVA[version], __file__)
        self.version = version

    def names(self) -> set[str]:
        """The client's own list of its sub-commands."""
        listed = self.run(("bash-completion",), {}).stdout.split()
        return {name for name in listed if not name.startswith("-")}


class Nova:
    """A user's `nova` of one version on a cloud: `nova("list")` runs it."""

    def __init__(self, starter: Starter, cloud: Cloud, user: str = "admin") -> None:
        self.starter = starter
        self.cloud = cloud
        self.version = starter.version
        self.env = environment(cloud, user)

    def as_user(self, user: str) -> Nova:
        return Nova(self.starter, self.cloud, user)

    def __call__(self, *arguments: str, fails: bool = False, typed: str = "") -> Ran:
        ran = self.starter.run(arguments, self.env, str(self.cloud.home), typed)
        if (ran.status != 0) != fails or "Traceback" in ran.stderr:
            raise CommandFailed(f"novaclient {self.version}: {ran}")
        if not fails:
            records.note(f"nova-{self.version}", arguments)
        return ran

    def at(self, version: str, *arguments: str, **options: Any) -> Ran:
        """Runs a command with a microversion other than the newest that both sides know."""
        return self("--os-compute-api-version", version, *arguments, **options)

    def boot(self, name: str, *options: str) -> dict[str, str]:
        """Boots a server and waits for it; returns what `show` prints of it."""
        self("boot", "--poll", "--flavor", "16", "--image", IMAGE, *options, name)
        return self.show(name)

    def show(self, name: str) -> dict[str, str]:
        return self("show", name).fields()

    def wait(self, name: str, status: str) -> None:
        wait_until(lambda: self.show(name)["status"], status)

    def refused(self, *arguments: str) -> str:
        """What a command says that must not work."""
        ran = self(*arguments, fails=True)
        return ran.stdout + ran.stderr


if __name__ == "__main__":
    leave_our_modules()
    import contextlib
    import inspect
    import io
    import logging

    from novaclient import shell

    takes_arguments = bool(inspect.signature(shell.main).parameters)

    def main(arguments: list[str]) -> None:
        """The program's own, which in the clients of old read `sys.argv`."""
        sys.argv[1:] = arguments
        shell.main(*[arguments] * takes_arguments)

    login = ("--os-auth-url", "http://127.0.0.1:1/v3", "--os-username", "x", "--os-password", "x")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run(main, [*login, "--os-project-name", "x", "list"])
    logging.getLogger().handlers.clear()
    serve(main)
