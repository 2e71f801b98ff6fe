"""The objects of a JSON Lines file, of which damaged lines are counted and skipped.

The rule not to break: one bad line never costs another one.
"""

from __future__ import annotations

from collections.abc import Iterator

from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_value
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import JsonObject

_PROGRESS_BYTES = 1 << 18
"""How often the progress is reported, which also is when a cancelled import ends."""
_MOST_LINES_NOTED = 1_000


def read_lines(file: SourceFile, draft: Draft) -> Iterator[tuple[int, JsonObject]]:
    """The number of each line, from 1, and its object.

    Lines that are no JSON object are noted in the draft, and so are lone surrogates, which are
    replaced.
    """
    done = reported = 0
    with file.open() as lines:
        for number, line in enumerate(lines, start=1):
            draft.bytes_read = done = done + len(line)
            if file.on_read is not None and done - reported >= _PROGRESS_BYTES:
                reported = done
                file.on_read(done)
            value = json_value(line, draft)
            if isinstance(value, dict):
                yield number, value
            elif not line.strip():
                continue
            elif len(draft.unreadable_lines) < _MOST_LINES_NOTED:
                draft.unreadable_lines.append(number)
            else:
                draft.more_unreadable_lines += 1
