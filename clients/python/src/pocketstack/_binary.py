"""Finds the server's program, and is the command ``pocketstack``."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn


def binary() -> str:
    """The program's path: ``$POCKETSTACK_BIN``, else what the wheel carries, else what the shell finds."""
    named = os.environ.get("POCKETSTACK_BIN")
    if named:
        program = shutil.which(named)
        if program is None:
            raise FileNotFoundError(f"POCKETSTACK_BIN={named}: there is no such program")
        return program
    carried = Path(__file__).parent / "bin" / "pocketstack"
    if carried.exists():
        return str(carried)
    found = shutil.which("pocketstack")
    # The script of that name that pip installs leads here again.
    if found and not _is_script(found):
        return found
    raise FileNotFoundError("no pocketstack program: install the wheel, or set POCKETSTACK_BIN")


def _is_script(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def main() -> NoReturn:
    """Becomes the program, with the same arguments."""
    try:
        program = binary()
    except FileNotFoundError as error:
        sys.exit(str(error))
    os.execv(program, [program, *sys.argv[1:]])
