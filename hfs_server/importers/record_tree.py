"""Logs in which each record names the record before it, so that they form a tree.

The rule not to break: only ids are held in memory, and a record without one is never left out.
"""

from __future__ import annotations

from collections.abc import Callable

from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import text_of
from hfs_server.session import JsonObject


class RecordTree:
    """The path from the last record to the root, found by reading the log once."""

    def __init__(
        self, file: SourceFile, key: str, parent_key: str, is_prompt: Callable[[JsonObject], bool]
    ) -> None:
        self._key = key
        self._parents: dict[str, str] = {}
        self._prompts: set[str] = set()
        last = ""
        quiet = file.again()
        for _, record in read_lines(quiet, Draft("", quiet)):
            name = text_of(record.get(key))
            if name and parent_key in record:
                self._parents.setdefault(name, text_of(record.get(parent_key)))
                last = name
                if is_prompt(record):
                    self._prompts.add(name)
        self._path = self._path_to(last)

    def is_on_path(self, record: JsonObject) -> bool:
        """Whether the record belongs to the session as it stands."""
        name = text_of(record.get(self._key))
        return name not in self._parents or name in self._path

    @property
    def warnings(self) -> list[str]:
        """A sentence for the user about what is left out."""
        count = len(self._parents) - len(self._path)
        if not count:
            return []
        prompts = len(self._prompts - self._path)
        records = "1 record" if count == 1 else f"{count:,} records"
        typed = "1 prompt" if prompts == 1 else f"{prompts:,} prompts"
        return [f"{records} on other branches, with {typed}, are kept only in the original."]

    def _path_to(self, last: str) -> set[str]:
        path: set[str] = set()
        while last in self._parents and last not in path:
            path.add(last)
            last = self._parents[last]
        return path
