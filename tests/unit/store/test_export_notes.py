"""What a store remembers of exports, in a file beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hfs_server.store.export_notes import read_notes, write_notes
from hfs_server.store.shapes import ExportNote

NOTES = {"one.json": ExportNote("mark", 1, 2, "digest")}
KILLED = """
import os, sys
from pathlib import Path
from hfs_server.store.export_notes import write_notes
sys.addaudithook(lambda event, _: os._exit(9) if event == "os.rename" else None)
write_notes(Path(sys.argv[1]), "/somewhere", {})
"""


def test_what_a_killed_process_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    others = {"sessions.db", "sessions.db-exports-notes", f"sessions.db2-exports-{'0' * 16}"}
    for name in others:
        (tmp_path / name).touch()
    for _ in range(2):
        killed = subprocess.run([sys.executable, "-c", KILLED, path], check=False)
        assert killed.returncode == 9
    write_notes(path, "/exports", NOTES)
    assert {each.name for each in tmp_path.iterdir()} == {"sessions.db-exports", *others}
    assert read_notes(path, "/exports") == NOTES
