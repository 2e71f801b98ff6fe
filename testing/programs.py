"""hfs-server as tests start it: unchanged, or with a constant or two of it changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PLAIN = ("-m", "hfs_server")
"""The server as everybody starts it."""


def changed(*statements: str) -> tuple[str, str]:
    """The server after these statements, which change a constant or two."""
    lines = [*statements, "from hfs_server.cli.commands import main", "raise SystemExit(main())"]
    return "-c", "\n".join(lines)


_NO_LIMITS = (
    "from hfs_server.lsp import serve",
    "from hfs_server.store.sqlite import committing, connections",
    "serve.STOP_SECONDS = serve.LATEST_SECONDS = connections.BUSY_SECONDS = 600",
)

PATIENT = changed(*_NO_LIMITS)
"""A server that waits any time for a locked store, and for its own cleaning up when it ends.

A slow machine must not cut short what such tests look at.
"""

PAUSING = changed(*_NO_LIMITS, "committing.PAUSE_SECONDS = 600")
"""Such a server, which stops after it has committed one slice of a large session."""

RESTING = changed(
    "import asyncio, os, types",
    "from hfs_server.store.sqlite import committing",
    "async def rest(_):",
    "    while not os.path.exists(os.environ['GO_ON']): await asyncio.sleep(0.02)",
    "committing.asyncio = types.SimpleNamespace(sleep=rest)",
)
"""A server that stops there until the file exists that ``GO_ON`` in the environment names."""

_NOTE_FILES = (
    "import os, sys",
    "log = os.open(os.environ['OPENED'], os.O_WRONLY | os.O_CREAT | os.O_APPEND)",
    "def note(event, arguments):",
    "    if event in ('open', 'sqlite3.connect'):",
    "        os.write(log, ascii(arguments[0]).encode() + bytes([10]))",
    "sys.addaudithook(note)",
)
OPENING = changed(*_NOTE_FILES)
"""A server that writes the names of all files that it opens to the file ``OPENED`` names."""

_OFTEN = (
    "import hfs_server.keeping as keeping",
    "from hfs_server.keeping import folder_watch, resting, share_loop",
    "share_loop.SHARE_SECONDS = 0.2",
    "keeping.LOOK_SECONDS = keeping.TICK_SECONDS = resting.REST_SECONDS = 0.2",
    "folder_watch.STEP_MILLISECONDS = 50",
    "folder_watch.RETRY_SECONDS = 1",
    "folder_watch._READY_MILLISECONDS = folder_watch._POLL_MILLISECONDS = 200",
)

IMPATIENT = changed(*_OFTEN)
"""A server that keeps sessions and looks at files more often."""

IMPATIENT_OPENING = changed(*_OFTEN, *_NOTE_FILES)
"""Such a server, which writes the names of all files that it opens."""

HASTY = changed(*_OFTEN, "resting.HALF_LINE_SECONDS = 0.5")
"""Such a server, for which half a line stays half a line soon."""

HURRIED = changed(
    *_OFTEN, "from hfs_server.store.sqlite import connections", "connections.BUSY_SECONDS = 0.2"
)
"""Such a server, which does not wait long for a locked store."""

STEADY = changed(
    *_OFTEN, "from hfs_server.store.sqlite import connections", "connections.BUSY_SECONDS = 600"
)
"""Such a server, which waits any time for a locked store."""

IMPATIENT_PAUSING = changed(
    *_OFTEN, "from hfs_server.store.sqlite import committing", "committing.PAUSE_SECONDS = 600"
)
"""Such a server, which stops after it has committed one slice of a large session."""

FEW_WATCHES = changed(
    "import ctypes, os",
    "me, group = os.getuid(), os.getgid()",
    "assert ctypes.CDLL(None).unshare(0x10000000) == 0",  # CLONE_NEWUSER
    "open('/proc/self/uid_map', 'w').write(f'0 {me} 1')",
    "open('/proc/sys/user/max_inotify_watches', 'w').write('10')",
    *_OFTEN,
)
"""Such a server, which the system lets watch ten folders."""

_OF_TOOLS = ("CLAUDE_", "CODEX_", "COPILOT_", "CURSOR_", "GEMINI_", "OPENCODE_", "XDG_", "APPDATA")


def environment_for(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment without the settings of the person who runs the tests."""
    strange = ("HFS_", "PYTHON", "LC_", *_OF_TOOLS)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), **(extra or {})}
