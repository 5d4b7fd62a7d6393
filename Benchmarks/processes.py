"""What a process has cost so far, read from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads, living and ended."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / TICK


def resident_megabytes(pid: int) -> float:
    return _megabytes(pid, "status", "VmRSS:")


def proportional_megabytes(pid: int) -> float:
    """What is resident, but a page that is mapped at several addresses counts once."""
    return _megabytes(pid, "smaps_rollup", "Pss:")


def _megabytes(pid: int, file: str, field: str) -> float:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no {field} of {pid}")


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@dataclass
class Stopwatch:
    """CPU time of one process from here on."""

    pid: int

    def __post_init__(self) -> None:
        self.begun = cpu_seconds(self.pid)

    def seconds(self) -> float:
        return cpu_seconds(self.pid) - self.begun
