"""The judges themselves: one that crashes, and a promise that no try keeps."""

from __future__ import annotations

import os
import signal

import pytest

from tests.torture import harness
from tests.torture.control import TRIES, Measured, check_promise


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_judge_that_crashes_fails_one_test_and_not_the_next() -> None:
    with pytest.raises(AssertionError, match="crashed"):
        harness.apart(signal.raise_signal, signal.SIGBUS)
    assert harness.apart(os.getpid) != os.getpid()


def test_what_a_judge_finds_is_the_test_s_failure() -> None:
    with pytest.raises(ZeroDivisionError):
        harness.apart(divmod, 1, 0)


def measured(took: float, late: float) -> Measured:
    found = Measured()
    found.took, found.late = took, late
    return found


def test_a_promise_is_kept_by_one_try_and_by_what_the_machine_adds() -> None:
    tries = iter([measured(9, 0.01), measured(1.9, 0)])
    check_promise(2, lambda: next(tries))
    check_promise(2, lambda: measured(4, 0.5))


def test_a_promise_that_no_try_keeps_is_broken() -> None:
    tries = iter([measured(2.5, 0.01)] * TRIES)
    with pytest.raises(AssertionError, match="are promised"):
        check_promise(2, lambda: next(tries))
