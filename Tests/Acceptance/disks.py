"""Small disks that can be filled; it takes root to make one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BALLAST = "ballast"


@contextmanager
def small_disk(directory: Path, megabytes: int = 24) -> Iterator[Path]:
    """A disk of its own in memory, at a directory that is made."""
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a disk cannot be made here")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def fill(disk: Path) -> None:
    """Takes all the room that there is, as somebody else on the machine would."""
    with open(disk / BALLAST, "ab", buffering=0) as ballast, pytest.raises(OSError, match="No space"):
        while True:
            ballast.write(bytes(4096))


def make_room(disk: Path) -> None:
    """Gives it back."""
    (disk / BALLAST).unlink()


def remount(disk: Path, option: str) -> None:
    """Changes how the disk is mounted, such as `ro`."""
    subprocess.run(["mount", "-o", f"remount,{option}", str(disk)], check=True)
