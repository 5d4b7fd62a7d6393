"""What the markers and settings of a run of pytest mean, and how what means nothing is refused."""

from __future__ import annotations

import pytest

REFUSED = {
    'pocketstack("stopped")': "pocketstack('stopped'): 'stopped' is not what it takes: "
    "pocketstack(clock='stopped' or a rate, now, seed)",
    "pocketstack(sede=7)": "pocketstack(sede=7): sede is not what it takes: pocketstack(clock=*, now, seed)",
    'pocketstack(clock="sideways")': "pocketstack(clock='sideways'): expected 'stopped', or a rate such as 60",
    "pocketstack(clock=True)": "pocketstack(clock=True): expected 'stopped', or a rate such as 60",
    "pocketstack(clock=0)": "pocketstack(clock=0): expected 'stopped', or a rate such as 60",
    'pocketstack(now="2026-01-01T00:00:00Z")': "*: a clock begins there with clock='stopped', or a rate",
    'pocketstack(seed="7")': "pocketstack(seed='7'): expected a whole number of 0 or more",
    "pocketstack(seed=True)": "pocketstack(seed=True): expected a whole number of 0 or more",
    "fault()": "fault(): expected a kind, such as fault('error', status=503)",
    "fault(status=503)": "fault(status=503): expected a kind, such as fault('error', status=503)",
    'fault("error", 503)': "fault('error', 503): 503 is not what it takes: fault(kind, ?*options)",
    'fault("drop", kind="cut")': "fault('drop', kind='cut'): kind is not what it takes: fault(kind, ?*options)",
    'fault("drop", status=503)': "*A fault of the kind drop takes no status; it takes *",
    'fault("dorp")': "*dorp*",
    'allow_leaks("why")': "allow_leaks('why'): 'why' is not what it takes: allow_leaks",
}


def test_arguments_that_mean_nothing_are_refused(pytester: pytest.Pytester) -> None:
    lines = ["import pytest"]
    for number, marker in enumerate(REFUSED):
        lines += [f"@pytest.mark.{marker}", f"def test_{number}(pocketstack): pass"]
    pytester.makepyfile("\n".join([*lines, "def test_right(pocketstack): pass"]))
    done = pytester.runpytest_subprocess("--strict-markers")
    done.assert_outcomes(errors=len(REFUSED), passed=1)
    for said in REFUSED.values():
        # A "[" begins a set of letters there.
        done.stdout.fnmatch_lines_random([f"*{said}*"])


def test_a_marker_on_a_test_without_a_world_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.fault("drop")
        def test_wrong(pocketstack_session):
            pass

        @pytest.mark.pocketstack(seed=7)
        class TestSome:
            def test_without(self):
                pass

            @pytest.mark.usefixtures("pocketstack")
            def test_with(self):
                pass
        """
    )
    done = pytester.runpytest_subprocess("--strict-markers")
    done.assert_outcomes(errors=1, passed=2)
    done.stdout.fnmatch_lines(
        ["fault('drop'): the test does not use the fixture pocketstack, whose world this is about"]
    )


def test_markers_of_a_class_and_of_its_tests_add_up(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.pocketstack(clock="stopped", seed=7)
        @pytest.mark.fault("drop")
        class TestSome:
            @pytest.mark.pocketstack(clock=60)
            @pytest.mark.fault("cut")
            def test_one(self, pocketstack):
                assert pocketstack.clock.mode == "paced"
                assert {fault.kind for fault in pocketstack.faults} == {"drop", "cut"}

            def test_other(self, pocketstack):
                assert pocketstack.clock.mode == "stopped"
        """
    )
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=2)


@pytest.mark.parametrize("text", ["{", "[1]", "7"])
def test_a_configuration_that_is_none_is_a_mistake_of_usage(pytester: pytest.Pytester, text: str) -> None:
    pytester.makeini(f"[pytest]\npocketstack_config = {text}")
    done = pytester.runpytest_subprocess()
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: pocketstack_config*"])
