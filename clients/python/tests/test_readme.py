"""What the README shows works as pasted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def test_the_example_for_pytest_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(EXAMPLES[0])
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize("number", [1, 2, 3], ids=["faults", "clock", "leaks"])
def test_the_examples_for_markers_pass(pytester: pytest.Pytester, number: int) -> None:
    pytester.makepyfile(EXAMPLES[number])
    pytester.runpytest_subprocess("--strict-markers", "--pocketstack-leaks").assert_outcomes(passed=1)


def test_the_example_without_pytest_runs(pytester: pytest.Pytester) -> None:
    done = pytester.runpython(pytester.makepyfile(EXAMPLES[4]))
    assert done.ret == 0
    assert "/v3 clouds:" in done.outlines[0]
