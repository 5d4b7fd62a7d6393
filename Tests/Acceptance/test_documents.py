"""The shell blocks of the documents work as pasted, one after the other, beside a cloud as `make run` starts it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloud import ROOT, Cloud, binary

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/FIXTURE.md",
    "clients/python/README.md",
    "Tests/Acceptance/README.md",
)
"""Whose blocks are run, in the order in which a reader comes to them."""

NOT_RUN = {
    "make run": "builds the program, and serves until it is ended; a cloud like that one runs here",
    "make test": "builds, and runs this test too",
    "docker compose": "needs a container engine; test_containers.py compares its files with the program",
}
"""What a line begins with that is not run, and why."""

ELSEWHERE = "# in another shell"
"""Says of a command that it goes on until it is ended: it is run until it serves, and ended then."""

SHELL = """
set -E
fail() { echo "$PLACE: exit status $1: $2" | tee -a "$FAILURES" >&2; }
# A time limit is the end of what goes on for ever.
trap 'status=$?; [ $status = 124 ] || fail $status "$BASH_COMMAND"' ERR
serve() {
  rm -f ready
  "$@" --ready-file ready &
  local server=$!
  until [ -s ready ]; do kill -0 $server && sleep 0.02 || return; done
  kill $server && wait $server
}
"""

PROGRAM = """#!/bin/sh
# The program, for which {base} is the usual address.
case $1 in openrc | clouds-yaml) exec {program} "$@" --url {auth_url} ;; esac
exec {program} "$@"
"""


@dataclass(frozen=True)
class Block:
    """A block in three backquotes."""

    document: str
    line: int
    language: str
    lines: list[str]

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"


def blocks(document: str) -> list[Block]:
    text = (ROOT / document).read_text()
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[1], found[2].splitlines())
        for found in re.finditer(r"^```(.*)\n((?:.*\n)*?)```$", text, re.MULTILINE)
    ]


def shell() -> list[Block]:
    """The blocks that are for a shell."""
    return [
        block for document in DOCUMENTS for block in blocks(document) if block.language in ("", "sh", "bash", "console")
    ]


def script(cloud: Cloud) -> str:
    parts = [SHELL]
    for block in shell():
        parts.append(f"PLACE={shlex.quote(block.place)}")
        for line in block.lines:
            if line.startswith(tuple(NOT_RUN)):
                continue
            if ELSEWHERE in line:
                line = "serve " + re.sub(r"--port \d+", "--port 0", line)
            parts.append(line.replace("http://127.0.0.1:5000", cloud.base))
    return "\n".join([*parts, "echo all of it"])


@pytest.fixture
def checkout(tmp_path: Path, own: Cloud) -> Path:
    """The root of the repository as a reader has it who has built, beside whose program are the clients."""
    made = tmp_path / "pocketstack"
    (made / ".build/release").mkdir(parents=True)
    for part in ("Tests", "docs", "clients", "compose.yaml", *(path.name for path in ROOT.glob(".venv-*"))):
        (made / part).symlink_to(ROOT / part)
    program = made / ".build/release/pocketstack"
    program.write_text(PROGRAM.format(base=own.base, auth_url=own.auth_url, program=shlex.quote(str(binary()))))
    # curl ends well whatever it is answered.
    curl = tmp_path / "bin/curl"
    curl.parent.mkdir()
    curl.write_text('#!/bin/sh\nPATH=/usr/bin:/bin exec curl --fail-with-body "$@"\n')
    for path in (program, curl):
        path.chmod(0o755)
    (made / "pytest.ini").write_text("[pytest]\ntestpaths = test_nothing.py\n")
    (made / "test_nothing.py").write_text("def test_nothing(): pass\n")
    return made


def test_every_block_works_as_pasted(checkout: Path, own: Cloud) -> None:
    clients = [str(ROOT / f".venv-{name}/bin") for name in ("nova18", "tools")]
    home = checkout.parent / "home"
    # ssh-keygen makes it where the user's home is, whatever the variable says.
    (home / ".ssh").mkdir(mode=0o700, parents=True)
    failures = checkout.parent / "failures"
    failures.touch()
    done = subprocess.run(
        ["bash", "-c", script(own)],
        env={
            "PATH": ":".join([str(checkout.parent / "bin"), *clients, os.environ["PATH"]]),
            "FAILURES": str(failures), "HOME": str(home), "LANG": "C.UTF-8", "POCKETSTACK_URL": own.base,
        },
        cwd=checkout, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert failures.read_text() == "", done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.endswith("all of it\n"), done.stderr[-2000:]


def test_what_is_not_run_is_there() -> None:
    lines = [line for block in shell() for line in block.lines]
    assert all(any(line.startswith(beginning) for line in lines) for beginning in NOT_RUN)
    assert any(ELSEWHERE in line for line in lines)


def test_every_other_block_is_known_to_a_test() -> None:
    """Swift's and Python's are compared and run by tests of their own: ExampleTests.swift, CloudWorldTests.swift,
    clients/python/tests/test_readme.py."""
    known = {"swift": {"README.md", "CONTRIBUTING.md", "docs/FIXTURE.md"},
             "python": {"clients/python/README.md", "docs/FIXTURE.md"}, "yaml": {"docs/FIXTURE.md"}}  # fmt: skip
    others = {(block.language, block.document) for document in DOCUMENTS for block in blocks(document)}
    others -= {(block.language, block.document) for block in shell()}
    assert others == {(language, document) for language, documents in known.items() for document in documents}


def test_fixture_shows_the_first_example_of_the_python_package() -> None:
    (shown,) = (block.lines for block in blocks("docs/FIXTURE.md") if block.language == "python")
    tested = next(block.lines for block in blocks("clients/python/README.md") if block.language == "python")
    assert shown == [line for line in tested if not line.startswith("#")]
