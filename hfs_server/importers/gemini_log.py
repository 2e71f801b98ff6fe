"""The records of a Gemini CLI log, in which later lines replace and take back earlier ones.

The rule not to break: a log of any size is read with the ids of its messages in memory, and with
those messages that a later line replaces.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import object_of, objects_of, text_of
from hfs_server.session import JsonObject


class GeminiLog:
    """The messages of a log, each once, where its id stood first, as it was written last."""

    def __init__(self, file: SourceFile, draft: Draft) -> None:
        self._file = file
        self._draft = draft
        self.facts: JsonObject = {}
        """What the log says of the session; complete from the start."""
        self.has_records = False
        self._last: dict[str, int] = {}
        self._alive: list[str] = []
        self._taken_back: set[str] = set()
        self._has_bare = False
        """Whether messages have lines of their own; else they stand only in updates."""
        self._scan()

    @property
    def taken_back(self) -> int:
        """How many messages the user took back."""
        return len(self._taken_back)

    def messages(self) -> Iterator[JsonObject]:
        """The records of messages, in order."""
        waiting: OrderedDict[str, JsonObject] = OrderedDict()
        for number, record in read_lines(self._file, self._draft):
            for key, item in self._items(number, record):
                if key in self._last and key not in self._taken_back:
                    waiting[key] = item
            while waiting and self._last[next(iter(waiting))] <= number:
                yield waiting.popitem(last=False)[1]
        yield from waiting.values()

    def _scan(self) -> None:
        """Finds where each message is written last, and which are taken back."""
        quiet = SourceFile(self._file.open_original, self._file.name, self._file.path)
        updates: dict[str, int] = {}
        for number, record in read_lines(quiet, Draft(self._draft.tool, quiet)):
            self.has_records |= bool(record.keys() & {"$set", "sessionId"})
            if _is_message(record):
                self._has_bare = True
                self._note(_key(number, record), number)
                continue
            self.facts |= {
                key: value for key, value in _update(record).items() if key != "messages"
            }
            updates |= {key: number for key, _ in self._items(number, record)}
            self._take_back(record.get("$rewindTo"))
        for key, number in updates.items():
            if not self._has_bare:
                self._note(key, number)
            elif key in self._last:
                self._last[key] = max(number, self._last[key])
        self.has_records |= bool(self._last)

    def _note(self, key: str, number: int) -> None:
        if key not in self._last or key in self._taken_back:
            self._alive.append(key)
            self._taken_back.discard(key)
        self._last[key] = number

    def _take_back(self, target: object) -> None:
        if not isinstance(target, str) or target not in self._last or target in self._taken_back:
            return
        while self._alive:
            key = self._alive.pop()
            self._taken_back.add(key)
            if key == target:
                return

    def _items(self, number: int, record: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        if _is_message(record):
            yield _key(number, record), record
            return
        for place, item in enumerate(objects_of(_update(record).get("messages"))):
            yield text_of(item.get("id")) or f"{number}.{place}", item


def _is_message(record: JsonObject) -> bool:
    return isinstance(record.get("type"), str)


def _key(number: int, record: JsonObject) -> str:
    return text_of(record.get("id")) or str(number)


def _update(record: JsonObject) -> JsonObject:
    return object_of(record["$set"]) if "$set" in record else record
