"""The package on every Python that is installed here: the tests of `plain`, which need only pytest and pytest-xdist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pocketstack

HERE = Path(__file__).parent
PYTEST = HERE.parents[2] / ".venv-pythons"
"""pytest and pytest-xdist as files that any Python reads; Tests/Acceptance/venvs.sh makes it."""
OLDEST = (3, 9)


def candidates() -> Iterator[str]:
    """What the shell finds, and what pyenv keeps."""
    for minor in range(OLDEST[1], 30):
        yield from filter(None, [shutil.which(f"python3.{minor}")])
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(root.glob("versions/*/bin/python3")))


def pythons() -> dict[str, str]:
    """One program for each version but this one's, which runs these tests anyway."""
    found: dict[tuple[int, ...], str] = {}
    for path in candidates():
        done = subprocess.run([path, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True)
        version = tuple(map(int, done.stdout.split()))
        if done.returncode == 0 and version >= OLDEST and version != sys.version_info[:2]:
            found.setdefault(version, path)
    return {f"{version[0]}.{version[1]}": path for version, path in sorted(found.items())}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is installed for this Python, alone in a directory."""
    made = tmp_path_factory.mktemp("installed")
    package = Path(pocketstack.__file__).parent
    for part in (package, *package.parent.glob("pocketstack-*.dist-info")):
        (made / part.name).symlink_to(part, target_is_directory=True)
    return made


def test_at_least_the_oldest_is_promised() -> None:
    project = (HERE.parent / "pyproject.toml").read_text()
    assert re.search(r'requires-python = ">=([0-9.]+)"', project)[1] == ".".join(map(str, OLDEST))


# Runs without xdist are those of this Python alone.
@pytest.mark.parametrize("python", pythons().values(), ids=pythons().keys())
def test_it_works_with(python: str, installed: Path, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    env |= {"PYTHONPATH": f"{installed}:{PYTEST}", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}
    arguments = [
        "-q",
        "-n",
        "2",
        "-p",
        "no:cacheprovider",
        f"--basetemp={tmp_path / 'run'}",
        "plain",
        "-k",
        "not alone",
    ]
    done = subprocess.run([python, "-m", "pytest", *arguments], env=env, cwd=HERE, capture_output=True, text=True)
    print(done.stdout[-200:])
    assert done.returncode == 0, done.stdout + done.stderr
