"""The turns of llm's newest tables as rows like those of its older ones.

A turn has no text: it names the messages at the ends of what it was given and of what it made, in
a tree that all threads share. The rule not to break: what a turn was given begins after the last
reply before it, so that no message stands in two rows of a thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from hfs_server.importers.databases import ToolDatabase
from hfs_server.importers.json_text import json_value
from hfs_server.importers.llm.attachments import stored_attachments
from hfs_server.importers.values import CountsReplacements, object_of, objects_of, text_of
from hfs_server.session import JsonObject

THREAD_TABLES = frozenset(("threads", "turns", "messages", "parts"))

_MESSAGE = "SELECT hash, parent_hash, role FROM messages WHERE hash = ?"
_PARTS = "SELECT type, text, payload FROM parts WHERE message_hash = ? ORDER BY position"
_FRAGMENTS = (
    "SELECT f.*, t.kind FROM turn_fragments t JOIN fragments f ON f.id = t.fragment_id "
    'WHERE t.turn_id = ? ORDER BY t."order"'
)
_ROLES = {"system": 0, "assistant": 2}
"""Where the messages of a role stand in an exchange; all others were given to the model."""
_GIVEN = {"text", "attachment", "tool_result"}
_MADE = {"text", "reasoning", "attachment", "tool_call", "tool_result"}


class Exchange(NamedTuple):
    """What a model was given, and what it made of it, as hashes of messages."""

    system: list[str]
    given: list[str]
    made: list[str]


class Turns:
    """The turns of a database."""

    def __init__(self, database: ToolDatabase, counts: CountsReplacements) -> None:
        self._database = database
        self._counts = counts
        self._has_fragments = database.has_table("turn_fragments")

    def rows(self, numbers: Sequence[int], is_continued: bool) -> Iterator[JsonObject]:
        """The rows of a thread's turns, before them what was said before the first of them.

        ``is_continued`` says that this is read as other rows or as another session.
        """
        has_history = not is_continued
        last: object = "" if is_continued else None
        for number in numbers:
            for turn in self._database.rows("SELECT * FROM turns WHERE rowid = ?", number):
                parent = turn.pop("parent_message_hash", None)
                tip = turn.pop("tip_message_hash", None)
                messages = self._messages(parent, last)
                *before, exchange = _exchanges(messages)
                exchange.made.extend(text_of(each["hash"]) for each in self._messages(tip, parent))
                if has_history or (messages and messages[0]["parent_hash"] == last):
                    # No turn names these, as where one ended without a reply.
                    yield from (self._history(each) for each in before)
                row = {**turn, **self._row(exchange), **self._fragments(turn.get("id"))}
                if not exchange.made:
                    row["other_parts"].append({"type": "missing message"})
                yield row
                last, has_history = tip or parent, False

    def _messages(self, tip: object, stop: object) -> list[JsonObject]:
        """The messages from the one after ``stop``, or from the first one, to ``tip``."""
        return [*takewhile(lambda found: found["hash"] != stop, self._above(tip))][::-1]

    def _above(self, tip: object) -> Iterator[JsonObject]:
        seen: set[object] = set()
        while tip and tip not in seen:
            seen.add(tip)
            found = next(self._database.rows(_MESSAGE, tip), None)
            if found is None:
                return
            yield found
            tip = found["parent_hash"]

    def _history(self, exchange: Exchange) -> JsonObject:
        return {"id": None, "model": None, "datetime_utc": None, **self._row(exchange)}

    def _row(self, exchange: Exchange) -> JsonObject:
        """What llm writes of an exchange, and what it leaves out of it."""
        system, given, made = (list(self._parts(hashes)) for hashes in exchange)
        results = [{**part, "server_executed": False} for part in _of(given, "tool_result")]
        results += [{**part, "server_executed": True} for part in _of(made, "tool_result")]
        return {
            "prompt": _text(given, "text"),
            "system": _text(system, "text") or None,
            "response": _text(made, "text"),
            "reasoning": _text(made, "reasoning") or None,
            "attachments": _files(given),
            "response_attachments": _files(made),
            "tool_calls": _of(made, "tool_call"),
            "tool_results": results,
            "other_parts": [
                *(part for part in given if part["type"] not in _GIVEN),
                *(part for part in made if part["type"] not in _MADE),
            ],
        }

    def _parts(self, hashes: Sequence[str]) -> Iterator[JsonObject]:
        for key in hashes:
            for row in self._database.rows(_PARTS, key):
                stored = json_value(text_of(row["payload"]) or "{}", self._counts)
                kind = text_of(row["type"]) if isinstance(stored, dict) else "damaged part"
                part = object_of(stored)
                text = text_of(row["text"]) or self._resolved(part.pop("text_ref", None))
                references = [part.pop("attachment", None), *objects_of(part.get("attachments"))]
                files = [
                    file
                    for reference in objects_of(references)
                    for file in stored_attachments(self._database, text_of(reference.get("id")))
                ]
                yield {**part, "type": kind, "text": text, "attachments": files}

    def _resolved(self, pieces: object) -> str:
        """A text of which some pieces are stored as fragments."""
        texts = []
        for piece in objects_of(pieces):
            sql = "SELECT content FROM fragments WHERE id = ?"
            found = next(self._database.rows(sql, _number(piece.get("fragment"))), {})
            texts.append(text_of(piece.get("literal")) or text_of(found.get("content")))
        return "".join(texts)

    def _fragments(self, turn: object) -> JsonObject:
        if not self._has_fragments:
            return {}
        found: dict[str, list[JsonObject]] = {}
        for row in self._database.rows(_FRAGMENTS, turn):
            found.setdefault(f"{row.pop('kind', None)}_fragments", []).append(row)
        return dict(found)


def _exchanges(messages: Sequence[JsonObject]) -> list[Exchange]:
    """Messages as exchanges; the last one has no reply yet."""
    found = [Exchange([], [], [])]
    for each in messages:
        place = _ROLES.get(text_of(each["role"]), 1)
        if found[-1].made and place != _ROLES["assistant"]:
            found.append(Exchange([], [], []))
        found[-1][place].append(text_of(each["hash"]))
    return [*found, Exchange([], [], [])] if found[-1].made else found


def _of(parts: Sequence[JsonObject], kind: str) -> list[JsonObject]:
    return [part for part in parts if part["type"] == kind]


def _text(parts: Sequence[JsonObject], kind: str) -> str:
    return "".join(part["text"] for part in _of(parts, kind))


def _files(parts: Sequence[JsonObject]) -> list[JsonObject]:
    return [file for part in _of(parts, "attachment") for file in part["attachments"]]


def _number(value: object) -> int | None:
    """A row number that SQLite can look for."""
    return value if isinstance(value, int) and abs(value) < 2**63 else None
