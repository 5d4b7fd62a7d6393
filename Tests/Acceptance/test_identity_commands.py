"""Whether the identity tests have run all the commands that the client has; conftest.py runs this after them."""

from __future__ import annotations

import pytest

import records
from openstack_client import Starter

EXCEPTIONS: dict[str, dict[str, str]] = {
    "2": {},
    "3": {
        "federation protocol set": "the client ends with status 1 once it has done it, see test_identity_federation.py"
    },
}
"""Commands that no test can see end well, each with its reason."""


@pytest.mark.counts("test_identity_*.py")
@pytest.mark.usefixtures("run_before")
@pytest.mark.parametrize(("version", "least"), [("3", 100), ("2", 30)])
def test_every_command_has_been_run(starter: Starter, version: str, least: int) -> None:
    group = f"identity.v{version}"
    assert len(starter.names[group]) >= least
    assert starter.names[group] - set(records.noted(group)) == EXCEPTIONS[version].keys()
