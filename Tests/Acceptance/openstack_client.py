"""Many `openstack` commands for the price of one start: a client of `forking.py`."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import records
from cloud import Cloud, CommandFailed, Ran
from forking import Forker, environment, leave_our_modules, run, serve

IMAGE = "image.v2"
"""The group of the image commands; those of identity are in one for each version of its API."""


class Starter(Forker):
    """The process that forks, and what it has run; the client has lists of its commands, each for an API's version."""

    def __init__(self) -> None:
        super().__init__("openstack", "tools", __file__)
        self.names = {group: self.listed(group) for group in ("identity.v2", "identity.v3", IMAGE)}
        self.succeeded: dict[str, set[str]] = {group: set() for group in self.names}

    def listed(self, group: str) -> set[str]:
        """The client's own list of the commands that it has in a group."""
        service, version = group.split(".v")
        env = {
            "OS_AUTH_TYPE": "none", "OS_ENDPOINT": "http://127.0.0.1:1", f"OS_{service.upper()}_API_VERSION": version,
        }  # fmt: skip
        listed = self.run(("command", "list", "--group", f"openstack.{group}", "-f", "json"), env).json()
        return {name for group in listed for name in group["Commands"]}

    def note(self, arguments: tuple[str, ...], identity: str) -> None:
        """Remembers which of the client's commands ended well. The longest name counts: `endpoint group list`."""
        words = list(itertools.takewhile(lambda word: not word.startswith("-"), arguments))
        names = [" ".join(words[:count]) for count in range(len(words), 0, -1)]
        for group in (f"identity.v{identity}", IMAGE):
            for name in [name for name in names if name in self.names[group]][:1]:
                self.succeeded[group].add(name)
                records.note(group, name)


class Client:
    """A user's `openstack` on a cloud: `client("user", "list")` runs it, `client.json(...)` reads what it prints."""

    def __init__(self, starter: Starter, cloud: Cloud, env: Mapping[str, str]) -> None:
        self.starter = starter
        self.cloud = cloud
        self.env = dict(env)

    @classmethod
    def of(cls, starter: Starter, cloud: Cloud, user: str, project: str | None = None) -> Client:
        return cls(starter, cloud, environment(cloud, user, project))

    def having(self, **env: str | None) -> Client:
        """The same with other variables; None takes one away."""
        merged = self.env | env
        return Client(self.starter, self.cloud, {name: value for name, value in merged.items() if value is not None})

    def user(self, name: str, password: str, project: str | None = None) -> Client:
        """Another user's, with a password for a project, or for none."""
        return self.having(OS_USERNAME=name, OS_PASSWORD=password, OS_PROJECT_NAME=project)

    def __call__(self, *arguments: str, fails: bool = False, typed: str | None = "") -> Ran:
        ran = self.starter.run(arguments, self.env, str(self.cloud.home), typed)
        if (ran.status != 0) != fails or "Traceback" in ran.stderr:
            raise CommandFailed(f"{self.env.get('OS_USERNAME', 'nobody')} {ran}")
        if not fails:
            self.starter.note(arguments, self.env.get("OS_IDENTITY_API_VERSION", "3"))
        return ran

    def json(self, *arguments: str, **options: Any) -> Any:
        return self(*arguments, "-f", "json", **options).json()

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


def warm(main: Any) -> None:
    """Has the program import what it only does while it works, with commands that find no cloud."""
    import contextlib
    import importlib
    import io
    import logging
    import pkgutil

    import openstackclient.identity.v3
    import openstackclient.image.v2

    for commands in (openstackclient.identity.v3, openstackclient.image.v2):
        for module in pkgutil.iter_modules(commands.__path__):
            importlib.import_module(f"{commands.__name__}.{module.name}")
    login = ("--os-auth-url", "http://127.0.0.1:1/v3", "--os-username", "x", "--os-password", "x")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run(main, [*login, "--os-project-name", "x", "--os-default-domain", "default", "user", "list"])
        run(main, [*login, "--os-default-domain", "default", "catalog", "list", "-f", "json"])
    logging.getLogger().handlers.clear()


if __name__ == "__main__":
    leave_our_modules()
    from openstackclient import shell

    warm(shell.main)
    serve(shell.main)
