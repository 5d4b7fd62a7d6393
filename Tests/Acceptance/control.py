"""The program's own commands for a running cloud, as docs/FIXTURE.md shows them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cloud import Cloud, binary


@contextmanager
def configured(directory: Path, **fixture: Any) -> Iterator[Cloud]:
    """A cloud in memory whose configuration says something of fixtures."""
    config = directory / "config.json"
    config.write_text(json.dumps({"fixture": fixture}))
    with Cloud(("--memory", "--config", str(config)), directory / "cloud") as cloud:
        yield cloud


def pocketstack(cloud: Cloud, *arguments: str, fails: int = 0) -> str:
    """What a command prints, or what it complains of where it has to fail with a status."""
    environment = os.environ | {"POCKETSTACK_URL": cloud.base}
    done = subprocess.run(
        [str(binary()), *arguments], env=environment, cwd=cloud.directory, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == fails, f"{arguments}: {done.stdout}{done.stderr}"
    return (done.stderr if fails else done.stdout).strip()


def answer(cloud: Cloud, *arguments: str) -> Any:
    """What the server answered to a command, as JSON."""
    return json.loads(pocketstack(cloud, *arguments, "--json"))
