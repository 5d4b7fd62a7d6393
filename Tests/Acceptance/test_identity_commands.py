"""Whether the identity tests have run all the commands that the client has; conftest.py runs this after them."""

from __future__ import annotations

from pathlib import Path

import pytest

from openstack_client import Starter

EXCEPTIONS: dict[str, dict[str, str]] = {
    "2": {},
    "3": {
        "federation protocol set": "the client ends with status 1 once it has done it, see test_identity_federation.py"
    },
}
"""Commands that no test can see end well, each with its reason."""


@pytest.mark.parametrize(("version", "least"), [("3", 100), ("2", 30)])
def test_every_command_has_been_run(request: pytest.FixtureRequest, starter: Starter, version: str, least: int) -> None:
    files = {path.name for path in Path(__file__).parent.glob("test_identity_*.py")}
    chosen = request.config.option.keyword or any("::" in argument for argument in request.config.args)
    if chosen or not files <= {item.path.name for item in request.session.items}:
        pytest.skip("only some of the identity tests were run")
    group = f"identity.v{version}"
    assert len(starter.names[group]) >= least
    assert starter.names[group] - starter.succeeded[group] == EXCEPTIONS[version].keys()
