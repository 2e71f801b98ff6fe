"""The helpers themselves: a check that crashes its process, and a promise that no try keeps."""

from __future__ import annotations

import os
import signal

import pytest

from testing.isolation import isolated
from testing.timing import TRIES, Measured, check_promise


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_check_that_crashes_fails_one_test_and_not_the_next() -> None:
    with pytest.raises(AssertionError, match="crashed"):
        isolated(signal.raise_signal, signal.SIGBUS)
    assert isolated(os.getpid) != os.getpid()


def test_an_error_in_another_process_is_raised_in_the_test() -> None:
    with pytest.raises(ZeroDivisionError):
        isolated(divmod, 1, 0)


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
