"""Turns Tempest's subunit stream into one verdict for each test that was asked for."""

from __future__ import annotations

import collections
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import subunit
from testtools import StreamToDict

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
STATES = {"success": PASSED, "xfail": PASSED, "skip": SKIPPED}


@dataclass(frozen=True)
class Verdict:
    state: str
    why: str = ""


def read(stream: Path, asked: list[str]) -> dict[str, Verdict]:
    """A class that stops in its set-up reports itself, not its tests: its verdict is given to each of them."""
    seen: dict[str, Verdict] = {}
    classes: dict[str, Verdict] = {}

    def take(test: dict[str, Any]) -> None:
        name, status = test["id"], test["status"]
        if name is None or status == "exists":
            return
        verdict = Verdict(STATES.get(status, FAILED), _why(test["details"]))
        set_up = re.fullmatch(r"setUpClass \((.*)\)", name)
        if set_up:
            classes[set_up[1]] = verdict
        elif _base(name) not in seen or verdict.state == FAILED:
            seen[_base(name)] = verdict

    result = StreamToDict(take)
    result.startTestRun()
    with open(stream, "rb") as file:
        subunit.ByteStreamToStreamResult(file, non_subunit_name="stdout").run(result)
    result.stopTestRun()
    lost = Verdict(FAILED, "no result: the run ended before it")
    return {test: seen.get(_base(test)) or classes.get(_class(test)) or lost for test in asked}


def report(verdicts: dict[str, Verdict], out: Path, known: dict[str, str]) -> None:
    """Prints the failures, the reasons of skips, and the counts; writes a list a state into `out`.

    `known` has the reasons of tests that are expected not to pass; they stand beside what the run says.
    """
    for state in (PASSED, FAILED, SKIPPED):
        chosen = sorted((test, verdict.why) for test, verdict in verdicts.items() if verdict.state == state)
        lines = [test if state == PASSED else f"{test}\t{why}" for test, why in chosen]
        (out / f"{state}.txt").write_text("".join(f"{line}\n" for line in lines))
    for test, verdict in sorted(verdicts.items()):
        if verdict.state == FAILED:
            print(f"FAILED {test}\n       {verdict.why}")
            if reason := known.get(_base(test)):
                print(f"       known: {reason}")
    reasons = collections.Counter(verdict.why for verdict in verdicts.values() if verdict.state == SKIPPED)
    for why, count in reasons.most_common():
        print(f"SKIPPED {count} x {why}")
    counts = collections.Counter(verdict.state for verdict in verdicts.values())
    print(f"tempest: {len(known)} more tests are known not to pass, with their reasons in not-passing.tsv")
    print(f"{counts[PASSED]} passed, {counts[FAILED]} failed, {counts[SKIPPED]} skipped")


def _base(name: str) -> str:
    return name.split("[", 1)[0]


def _class(name: str) -> str:
    return _base(name).rsplit(".", 1)[0]


def _why(details: dict[str, Any]) -> str:
    """The reason of a skip, or the last exception of a traceback in one line."""
    for name, content in details.items():
        if name.startswith("reason"):
            return " ".join(content.as_text().split())
    for name, content in details.items():
        if name.startswith("traceback"):
            return _exception(content.as_text())
    return ""


def _exception(traceback: str) -> str:
    """What was raised last: the first line after the frames, and up to two lines of details."""
    frames = traceback.rsplit("Traceback (most recent call last):", 1)[-1].splitlines()
    raised = [line.strip() for line in frames if line and not line.startswith((" ", "\t"))]
    return " ".join(raised[:3])[:500]
