"""Documents far larger than the memory that we may have: imported or refused, never a crash."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from testing import effort
from testing.client import Client, Refused
from testing.command_line import check_one_clear_line, hfs
from testing.store_checks import check_no_orphans, check_store

pytestmark = pytest.mark.quiet

MILLION = 1_000_000
FILE_BYTES = 500 * MILLION if effort.IS_LONG else 30 * MILLION
ADDRESS_SPACE = (1 << 30) if effort.IS_LONG else (180 << 20)
WITHIN = 600

# Each thread may otherwise reserve 64 MiB of the address space without using it.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}

START = '{"metadata": {"schema_version": "1.0.0", "session_name": "large"}, "messages": ['


def repeated(file: TextIO, text: str) -> None:
    block = text * max(1, MILLION // len(text))
    file.writelines(block for _ in range(FILE_BYTES // len(block)))


def many_messages(file: TextIO) -> None:
    one = json.dumps({"role": "user", "content": "x" * 8000})
    file.write(START)
    repeated(file, one + ",")
    file.write(one + "]}")


def one_string(file: TextIO) -> None:
    file.write(START + '{"role": "user", "content": "')
    repeated(file, "x")
    file.write('"}]}')


def one_number(file: TextIO) -> None:
    file.write(START + '], "n": ')
    repeated(file, "9")
    file.write("}")


def one_key(file: TextIO) -> None:
    file.write('{"')
    repeated(file, "k")
    file.write('": 1, "messages": []}')


def one_unknown_list(file: TextIO) -> None:
    file.write(START + '], "more": [')
    repeated(file, "1,")
    file.write("1]}")


def one_state(file: TextIO) -> None:
    file.write(START + '], "checkpoints": [{"trigger": "t", "message_index": 0, "state": {"x": [')
    repeated(file, '"word", ')
    file.write('""]}}]}')


def brackets(file: TextIO) -> None:
    repeated(file, "[")


def blanks(file: TextIO) -> None:
    repeated(file, " ")


KINDS = [
    many_messages,
    one_string,
    one_number,
    one_key,
    one_unknown_list,
    one_state,
    brackets,
    blanks,
]


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="NO MEMORY LIMIT TESTED: no prlimit")
@pytest.mark.parametrize("write", KINDS)
def test_a_document_larger_than_memory_is_imported_or_refused(
    tmp_path: Path, home: Path, store_path: Path, write: Callable[[TextIO], None]
) -> None:
    done = import_within(ADDRESS_SPACE, tmp_path, home, store_path, write)
    if write is many_messages:
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="NO MEMORY LIMIT TESTED: no prlimit")
@pytest.mark.parametrize("write", [one_string, one_number, one_key])
def test_wherever_memory_ends_in_a_large_part(
    tmp_path: Path, home: Path, store_path: Path, write: Callable[[TextIO], None]
) -> None:
    """The parser takes memory for one part by doubling; each limit meets it elsewhere."""
    for limit in effort.chosen(range(ADDRESS_SPACE, 2 * ADDRESS_SPACE, 15 << 20), quick=4):
        import_within(limit, tmp_path, home, store_path, write)


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="NO MEMORY LIMIT TESTED: no prlimit")
@pytest.mark.parametrize("write", [many_messages, one_unknown_list])
def test_wherever_memory_ends_before_a_document_is_imported(
    tmp_path: Path, home: Path, store_path: Path, write: Callable[[TextIO], None]
) -> None:
    """The process has started, but there may be no room for its threads or its libraries."""
    for limit in effort.chosen(range(110 << 20, ADDRESS_SPACE, 3 << 20), quick=4):
        import_within(limit, tmp_path, home, store_path, write)


def import_within(
    limit: int, tmp_path: Path, home: Path, store_path: Path, write: Callable[[TextIO], None]
) -> subprocess.CompletedProcess[str]:
    """Imports what ``write`` writes in ``limit`` bytes of address space; fails if that crashes."""
    path = tmp_path / "large.json"
    with path.open("w", encoding="utf-8") as file:
        write(file)
    try:
        done = hfs(
            home,
            "--database",
            store_path,
            "import",
            path,
            before=["prlimit", f"--as={limit}"],
            environment=ENVIRONMENT,
            within=WITHIN,
        )
    finally:
        os.truncate(path, 0)
    assert done.returncode >= 0, f"crashed: {signal.Signals(-done.returncode).name}"
    if done.returncode:
        check_one_clear_line(done)
    else:
        # With a lower limit it may have been imported before, or have reserved numbers and failed.
        assert re.search(r"imported as session \d+|session \d+ is unchanged", done.stdout)
    if store_path.exists():
        check_store(store_path)
        check_no_orphans(store_path)
    return done


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="NO MEMORY LIMIT TESTED: no prlimit")
def test_a_request_that_does_not_fit_into_memory_is_answered(home: Path, store_path: Path) -> None:
    limit = "import os, sys; os.execvp('prlimit', ['prlimit', *sys.argv[1:]])"
    program = ("-c", limit, f"--as={420 << 20}", sys.executable, "-m", "hfs_server")
    client = Client(home, program=program, environment=ENVIRONMENT)
    try:
        client.initialize(databasePath=str(store_path))
        client.request("hfs/listSessions")
        with pytest.raises(Refused) as refused:
            client.request("hfs/import", {"content": "x" * (60 * MILLION)})
        assert refused.value.code == -32803
        assert client.request("hfs/listSessions")["sessions"] == []
        client.finish()
        client.check()
    finally:
        client.dispose()
