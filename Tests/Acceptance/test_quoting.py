"""What the command prints for shells and for YAML, whatever the names and passwords are: read back by what reads it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from cloud import binary

HOSTILE = [
    "a\nb",
    "x\ntouch pwned",
    "x\r\ntouch pwned\n#",
    "'; touch pwned; '",
    "$(touch pwned)",
    "`touch pwned`",
    "${HOME}; touch pwned",
    '"; touch pwned; "',
    "\\",
    "\\'; touch pwned; \\'",
    # To Swift's strings a quote with a combining character is no quote; to shells it is.
    "'\u0301; touch pwned; '\u0301",
    "\n\u0301touch pwned",
    "-n",
    "~",
    "*",
    " a  b\t",
    "!!",
    "é \U0001f600",
    "\u2028 \u0085 \ufeff \x7f",
    "\x1b[31m",
    "%s%n",
]
"""Names that mean something to a shell, to YAML or to a terminal."""


def pocketstack(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(binary()), *arguments], capture_output=True, cwd=cwd, timeout=60)
    text = [part.decode() for part in (done.stdout, done.stderr)]
    return subprocess.CompletedProcess(done.args, done.returncode, *text)


def configuration(directory: Path, text: str) -> Path:
    """A configuration whose region and whose user's password are a text."""
    path = directory / "config.json"
    users = [{"name": "demo", "password": text, "roles": {"demo": ["member"]}}]
    path.write_text(json.dumps({"region": text, "seed": {"users": users}}))
    return path


def sourced(shell: str, script: str, directory: Path) -> dict[str, str]:
    """The variables of a shell that has sourced a script, with a password on its standard input."""
    (directory / "openrc.sh").write_bytes(script.encode())
    done = subprocess.run(
        [shell, "-c", ". ./openrc.sh > /dev/null && env -0"], input=b"typed\n", capture_output=True, cwd=directory,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == b"", done.stderr
    return dict(entry.split("=", 1) for entry in done.stdout.decode().split("\0") if entry)


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("legacy", [(), ("--legacy",)])
def test_an_openrc_says_what_it_was_told_and_runs_nothing(shell: str, legacy: tuple[str, ...], tmp_path: Path) -> None:
    for text in HOSTILE:
        named = ("--user=" + text, "--project=" + text)
        printed = pocketstack("openrc", *legacy, *named, "--url=http://127.0.0.1:1/" + text, cwd=tmp_path)
        assert printed.returncode == 0, printed.stderr
        assert not any(c < " " and c != "\n" for c in printed.stdout.split("unset")[0]), "a comment steers terminals"
        variables = sourced(shell, printed.stdout, tmp_path)
        assert variables["OS_USERNAME"] == text
        assert variables["OS_TENANT_NAME" if legacy else "OS_PROJECT_NAME"] == text
        assert variables["OS_AUTH_URL"].startswith("http://127.0.0.1:1/" + text)
        assert variables["OS_PASSWORD"] == "typed"
        config = str(configuration(tmp_path, text))
        variables = sourced(shell, pocketstack("openrc", *legacy, "--config", config, cwd=tmp_path).stdout, tmp_path)
        assert (variables["OS_REGION_NAME"], variables["OS_PASSWORD"]) == (text, text)
        assert not (tmp_path / "pwned").exists(), text


def test_a_clouds_yaml_says_what_it_was_told(tmp_path: Path) -> None:
    for text in [*HOSTILE, "nul\0", "yes", "1", ": #", "- a"]:
        config = str(configuration(tmp_path, text))
        printed = pocketstack(
            "clouds-yaml", "--config", config, "--url=http://127.0.0.1:1/" + text.rstrip("\0"), cwd=tmp_path
        )
        assert printed.returncode == 0, printed.stderr
        cloud = yaml.safe_load(printed.stdout)["clouds"]["pocketstack"]
        assert (cloud["region_name"], cloud["auth"]["password"]) == (text, text)
        assert cloud["auth"]["auth_url"] == "http://127.0.0.1:1/" + text.rstrip("\0") + "/v3"


def test_exec_hands_on_what_it_was_told(tmp_path: Path) -> None:
    text = "'\u0301\n$(touch pwned)\\\""
    config = str(configuration(tmp_path, text))
    done = pocketstack("exec", "--config", config, "--project", text, "--", "env", "-0", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    variables = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)
    assert variables["OS_REGION_NAME"] == variables["OS_PASSWORD"] == variables["OS_PROJECT_NAME"] == text
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("command", [("openrc",), ("exec", "--", "true")])
def test_what_no_variable_can_hold_is_refused(command: tuple[str, ...], tmp_path: Path) -> None:
    config = str(configuration(tmp_path, "a\0b"))
    done = pocketstack(command[0], "--config", config, *command[1:], cwd=tmp_path)
    assert done.returncode == 78
    assert "OS_PASSWORD: a variable cannot hold the character NUL" in done.stderr


@pytest.mark.parametrize("option", ["--world", "--secret", "--url"])
def test_a_command_sends_no_line_of_another_request(option: str, tmp_path: Path) -> None:
    value = {"--url": "http://127.0.0.1:1/worlds/a\r\nX: y"}.get(option, "a\r\nX: y")
    done = pocketstack("world", "list", option, value, "--url", "http://127.0.0.1:1", cwd=tmp_path)
    assert done.returncode in (64, 69), done.stderr
