"""Functions that run in another process, whose crash fails one test and not the whole run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from testing.waiting import PATIENCE_SECONDS

Result = TypeVar("Result")

_process: ProcessPoolExecutor | None = None


def isolated(function: Callable[..., Result], *arguments: Any) -> Result:
    """What a module's function returns in another process.

    SQLite maps a file into memory; where the file system fails, that ends the process.
    """
    global _process
    _process = _process or ProcessPoolExecutor(1, get_context("spawn"))
    try:
        return _process.submit(function, *arguments).result(5 * PATIENCE_SECONDS)
    except BrokenProcessPool:
        _process = None
        raise AssertionError(f"{function.__name__}{arguments} has crashed") from None
