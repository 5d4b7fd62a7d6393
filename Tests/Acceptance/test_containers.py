"""The files for containers agree with one another and with the program. No engine reads them here."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import yaml

from cloud import ROOT, binary


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line and not line.startswith("#")]


def last(name: str) -> str:
    return [arguments for instruction, arguments in instructions() if instruction == name][-1]


def compose() -> dict[str, Any]:
    document = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert set(document) == {"services", "volumes"}
    return document["services"]["pocketstack"]


def test_the_dockerfile_is_made_of_known_instructions() -> None:
    known = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert {instruction for instruction, _ in instructions()} == known
    assert [instruction for instruction, _ in instructions()].count("FROM") == 2
    assert last("USER") == "nonroot"


def test_the_dockerfile_starts_what_the_program_has() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["pocketstack"]
    health = json.loads(last("HEALTHCHECK").split(" CMD ")[1])
    for command in (json.loads(last("CMD")), health[1:]):
        options = [word for word in command[1:] if word.startswith("--")]
        shown = subprocess.run([str(binary()), command[0], "--help"], capture_output=True, text=True, check=True).stdout
        assert all(f"{option} " in shown for option in options), shown


def test_compose_agrees_with_the_dockerfile() -> None:
    service = compose()
    assert service["ports"] == [f"127.0.0.1:{last('EXPOSE')}:{last('EXPOSE')}"]
    assert service["volumes"] == [f"data:{last('VOLUME')}"]
    assert service["healthcheck"]["test"] == ["CMD", *json.loads(last("HEALTHCHECK").split(" CMD ")[1])]


def test_the_build_finds_all_that_the_package_names() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    named = set(re.findall(r'path: "([^"/]+)', (ROOT / "Package.swift").read_text())) | {"Sources", "Tools", "Makefile"}
    assert not named & set(ignored)


def test_the_workflow_starts_the_same_cloud() -> None:
    workflow = yaml.safe_load((ROOT / "docs/examples/github-actions.yml").read_text())
    job = workflow["jobs"]["test"]
    assert job["env"]["OS_AUTH_URL"] == f"http://127.0.0.1:{last('EXPOSE')}/v3"
    assert any("pocketstack/compose.yaml up --build --wait" in step.get("run", "") for step in job["steps"])
