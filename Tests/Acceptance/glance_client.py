"""Many `glance` commands for the price of one start: a client of `forking.py`."""

from __future__ import annotations

import sys
from typing import Any

from cloud import Cloud, CommandFailed, Ran
from forking import Forker, environment, leave_our_modules, run, serve


class Starter(Forker):
    """The process that forks, and which of the client's commands have ended well."""

    def __init__(self) -> None:
        super().__init__("glance", "tools", __file__)
        self.names = self.listed()
        self.succeeded: set[str] = set()

    def listed(self) -> set[str]:
        """The client's own list of its commands. It leaves out itself, `bash-completion`."""
        listed = self.run(("bash-completion",), {}).stdout.split()
        return {name for name in listed if not name.startswith("-")}


class Glance:
    """A user's `glance` on a cloud: `glance("image-list")` runs it."""

    def __init__(self, starter: Starter, cloud: Cloud, user: str) -> None:
        self.starter = starter
        self.cloud = cloud
        self.user = user
        self.env = environment(cloud, user)

    def __call__(self, *arguments: str, fails: bool = False, typed: str | None = None) -> Ran:
        ran = self.starter.run(arguments, self.env, str(self.cloud.home), typed)
        if (ran.status != 0) != fails or "Traceback" in ran.stderr:
            raise CommandFailed(f"{self.user} {ran}")
        if not fails:
            self.starter.succeeded.update([word for word in arguments if word in self.starter.names][:1])
        return ran

    def refused(self, *arguments: str, **options: Any) -> str:
        """What a command says that must not work."""
        return self(*arguments, fails=True, **options).stderr.strip()


if __name__ == "__main__":
    leave_our_modules()
    import contextlib
    import io
    import logging

    from glanceclient import shell

    def main(arguments: list[str]) -> None:
        """The program's own, which reads `sys.argv`."""
        sys.argv[1:] = arguments
        shell.main()

    login = ("--os-auth-url", "http://127.0.0.1:1/v3", "--os-username", "x", "--os-password", "x")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run(main, [*login, "--os-project-name", "x", "image-list"])
    logging.getLogger().handlers.clear()
    serve(main)
