"""The records of a Gemini CLI log, in which later lines replace and take back earlier ones.

Messages have lines of their own, and stand in lists of the whole history (``$set.messages``), which
Gemini CLI writes when that changes. The rule not to break: a log of any size is read with the ids
and digests of its messages in memory, and with those messages that a later line replaces.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator

from hfs_server.importers.foreign import Draft
from hfs_server.importers.gemini_parts import parts_of, text_in
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
        self._digests: dict[str, int] = {}
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
        quiet = self._file.again()
        for number, record in read_lines(quiet, Draft(self._draft.tool, quiet)):
            self.has_records |= bool(record.keys() & {"$set", "sessionId"})
            if _is_message(record):
                self._note(_key(number, record), number, record)
                continue
            self.facts |= {
                key: value for key, value in _update(record).items() if key != "messages"
            }
            for key, item in self._without_repeated(dict(self._items(number, record))):
                self._note(key, number, item)
            self._take_back(record.get("$rewindTo"))
        self.has_records |= bool(self._last)

    def _without_repeated(self, listed: dict[str, JsonObject]) -> Iterator[tuple[str, JsonObject]]:
        """The messages of a list but those that repeat one of the log under another id."""
        if listed.keys() <= self._last.keys():
            yield from listed.items()
            return
        unlisted = Counter(self._digests[key] for key in self._alive if key not in listed)
        for key, item in listed.items():
            digest = _digest(item)
            if key not in self._last and unlisted[digest]:
                unlisted[digest] -= 1
            else:
                yield key, item

    def _note(self, key: str, number: int, item: JsonObject) -> None:
        if key not in self._last or key in self._taken_back:
            self._alive.append(key)
            self._taken_back.discard(key)
        self._last[key] = number
        self._digests[key] = _digest(item)

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
            if not _is_response(item):
                yield text_of(item.get("id")) or f"{number}.{place}", item


def _is_message(record: JsonObject) -> bool:
    return isinstance(record.get("type"), str)


def _is_response(item: JsonObject) -> bool:
    """Whether a message of a history only returns results, which stand with their calls."""
    content = item.get("content")
    is_response = any("functionResponse" in part for part in parts_of(content))
    return is_response and not text_in(content).strip()


def _key(number: int, record: JsonObject) -> str:
    return text_of(record.get("id")) or str(number)


def _digest(item: JsonObject) -> int:
    """What distinguishes a message besides its id: its type, its text and its calls."""
    calls = (text_of(call.get("id")) for call in objects_of(item.get("toolCalls")))
    return hash((text_of(item.get("type")), text_in(item.get("content")).strip(), *calls))


def _update(record: JsonObject) -> JsonObject:
    return object_of(record["$set"]) if "$set" in record else record
