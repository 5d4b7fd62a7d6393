"""Whether the tests have run all the commands that `nova` has, in three versions; conftest.py runs this after them."""

from __future__ import annotations

import shlex

import pytest

import nova_client
import records
from cases_nova_commands import NAMES, OLD, REFUSED
from cloud import NOVA
from nova_client import Nova


def test_what_is_not_here_is_refused_in_words(nova: Nova) -> None:
    """Old clients speak 2.35, the last version in which Nova stood in for other services."""
    nova.boot("one")
    wrong = []
    for refused in REFUSED:
        if nova.version in refused.versions:
            version = ["--os-compute-api-version", "2.35"] if nova.version in OLD else []
            printed = nova.refused(*version, *shlex.split(refused.command))
            if refused.says not in printed:
                wrong.append(f"{refused.command}: {printed}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.counts("test_compute_*.py", "test_tutorial_nova.py")
@pytest.mark.usefixtures("run_before")
@pytest.mark.parametrize(("version", "count"), [("18.13.1", 126), ("7.1.2", 191), ("6.0.2", 200)])
def test_every_command_has_been_run(nova_starters: dict[str, nova_client.Starter], version: str, count: int) -> None:
    names = nova_starters[version].names()
    assert len(names) == count
    ended_well = {next(word for word in command if word in names) for command in records.noted(f"nova-{version}")}
    assert names - ended_well == NAMES[version]


def test_every_client_is_counted() -> None:
    assert NAMES.keys() == NOVA.keys()
