"""Many commands of a Python client for the price of one start.

A command spends most of its time importing itself. `Forker` starts the venv's Python once, lets it import everything,
and has it fork for each command: a child runs the program's own `main` with an environment, a stdout and a stderr of
its own, logs in, and ends. Nothing lives on from one command to the next.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cloud import Cloud, Ran, program

PATIENCE = 120
"""How many seconds a command may take."""


class Forker:
    """The process that forks: `script` is a file of ours that calls `serve`, run by the venv's Python."""

    def __init__(self, name: str, venv: str, script: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [program(venv, "python"), script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self, arguments: tuple[str, ...], env: Mapping[str, str], directory: str = "/", typed: str | None = ""
    ) -> Ran:
        """Runs a command; `typed` is what it can read, as if somebody typed it. None is a terminal without anybody."""
        assert self.process.stdin and self.process.stdout
        print(json.dumps([arguments, dict(env), directory, typed]), file=self.process.stdin, flush=True)
        return Ran(f"{self.name} {' '.join(arguments)}", **json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


@functools.cache
def shared(name: str, venv: str) -> Forker:
    """The process that forks for `Cloud`: one for each client of a venv, until the tests end."""
    made = Forker(name, venv, str(Path(__file__).parent / f"{name}_client.py"))
    atexit.register(made.close)
    return made


def environment(cloud: Cloud, user: str, project: str | None = None, legacy: bool = False) -> dict[str, str]:
    """The environment of a shell that has sourced the user's `openrc.sh`."""
    shell = ["bash", "-c", 'source "$0" && env -0', str(cloud.openrc(user, project or user, legacy))]
    bare = {"PATH": os.environ["PATH"], "HOME": str(cloud.home), "LANG": "C.UTF-8", "COLUMNS": "1000"}
    printed = subprocess.run(shell, env=bare, capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in printed.split("\0") if line)


def leave_our_modules() -> None:
    """Takes our own directory from the path, so that a client never finds our modules by its own imports."""
    sys.path.remove(str(Path(__file__).resolve().parent))


def serve(main: Callable[[list[str]], Any]) -> None:
    """The other side: reads a command a line, forks for it, and answers with a line."""
    for line in sys.stdin:
        arguments, env, directory, typed = json.loads(line)
        with keyboard(typed) as typing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                # Without a terminal of its own, a prompt for a password reads stdin.
                os.setsid()
                os.dup2(typing, 0)
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                os.environ.clear()
                os.environ.update(env)
                os.chdir(directory)
                signal.alarm(PATIENCE)
                os._exit(run(main, arguments))
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode())
        print(json.dumps({"status": status, "stdout": texts[0], "stderr": texts[1]}), flush=True)


@contextmanager
def keyboard(typed: str | None) -> Iterator[int]:
    """A command's stdin. Many clients upload what they can read there, if it is no terminal."""
    with open("/dev/ptmx", "rb", 0) if typed is None else tempfile.TemporaryFile() as file:
        if typed is not None:
            file.write(typed.encode())
            file.seek(0)
        yield file.fileno()


def run(main: Callable[[list[str]], Any], arguments: list[str]) -> int:
    """What the program's entry point does: `sys.exit(main())`."""
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
