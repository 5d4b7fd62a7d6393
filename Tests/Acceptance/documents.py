"""The shell blocks of the documents, and which of their lines are not run here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cloud import ROOT

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/FIXTURE.md", "clients/python/README.md")
"""Whose shell blocks are run: each document's from the first to the last against one cloud, in one directory."""

NOT_RUN = {
    "make run": "builds the program; that it serves is what all tests show, and here it does",
    "make test": "this test is a part of it",
    "docker compose": "needs a container engine; test_containers.py compares the files with the program",
}
"""What a line may begin with that is not run, each with the reason."""


@dataclass(frozen=True)
class Block:
    """A block in three backquotes."""

    document: str
    line: int
    language: str
    text: str

    @property
    def commands(self) -> str:
        """What of it is run."""
        return "".join(line for line in self.text.splitlines(keepends=True) if not line.startswith(tuple(NOT_RUN)))


def blocks(document: str) -> list[Block]:
    """All blocks of a document in their order."""
    text = (ROOT / document).read_text()
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for found in re.finditer(r"^```(.*)\n((?:.*\n)*?)```$", text, re.MULTILINE)
    ]


def shell(document: str) -> list[Block]:
    """Those that a reader pastes into a shell."""
    return [block for block in blocks(document) if block.language in ("", "sh", "bash", "shell", "console")]


def directory(document: str) -> Path:
    """Where a reader stands."""
    return (ROOT / document).parent
