"""What the tests of a run have done, in files: several processes write them, and the tests marked `counts` read them.

The directory is $POCKETSTACK_RAN; conftest.py makes one for each run where none is named.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

VARIABLE = "POCKETSTACK_RAN"


def note(kind: str, what: Any) -> None:
    """Adds a line to what is known of a kind."""
    directory = os.environ.get(VARIABLE)
    if directory:
        # One short write at the end of the file: those of other processes stay whole.
        with open(Path(directory) / kind, "a") as file:
            file.write(json.dumps(what) + "\n")


def noted(kind: str) -> list[Any]:
    """All that was noted of a kind."""
    path = Path(os.environ[VARIABLE]) / kind
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
