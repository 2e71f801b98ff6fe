"""Rows of training data, each a session: where their messages are.

The rule not to break: of answers to choose from, the preferred one is the session's.
"""

from __future__ import annotations

from typing import Any

from hfs_server.importers.values import list_of, object_of, objects_of, text_of
from hfs_server.session import JsonObject

_LISTS = ("messages", "conversations", "conversation", "chosen_messages")
_ENVELOPES = ("body", "request", "input")
"""Where a row of a batch, of a log, or of preferences has the request."""

_PREFERRED = ("chosen", "preferred_output", "completion")
_REJECTED = ("rejected", "non_preferred_output", "rejected_messages")


def is_row(value: JsonObject) -> bool:
    """Whether messages are found in it."""
    return any(True for _ in objects_of(messages_of(value)))


def messages_of(row: JsonObject) -> list[Any]:
    """The messages of the row, in the order of the session."""
    answer = _as_list(next((row[key] for key in _PREFERRED if row.get(key)), None), "assistant")
    if len(answer) > 1 and _role(answer[0]) in ("user", "system"):
        return answer
    request = _request(row)
    for key in _LISTS:
        if isinstance(request.get(key), list):
            return [*request[key], *answer]
    if isinstance(row.get("instruction"), str):
        return [*_instruction(row), *answer]
    prompt = _as_list(row.get("prompt"), "user")
    return [*prompt, *answer] if prompt and answer else []


def model_of(row: JsonObject) -> str:
    """The model that the row was made for or with."""
    return text_of(row.get("model")) or text_of(_request(row).get("model"))


def rejected_in(row: JsonObject) -> int:
    """How many answers were rejected."""
    return sum(bool(row.get(key)) for key in _REJECTED)


def _request(row: JsonObject) -> JsonObject:
    inner = (object_of(row.get(key)) for key in _ENVELOPES)
    return next((found for found in inner if "messages" in found), row)


def _instruction(row: JsonObject) -> list[JsonObject]:
    """A row of Alpaca, with the turns before it."""
    made = _as_list(row.get("system"), "system")
    for turn in list_of(row.get("history")):
        question, answer, *_ = [*list_of(turn), None, None]
        made += [*_as_list(question, "user"), *_as_list(answer, "assistant")]
    prompt = "\n".join(filter(None, (text_of(row.get("instruction")), text_of(row.get("input")))))
    output = row.get("output")
    return [*made, *_as_list(prompt, "user"), *_as_list(text_of(output), "assistant")]


def _as_list(value: object, role: str) -> list[JsonObject]:
    if isinstance(value, str):
        return [{"role": role, "content": value}] if value else []
    return objects_of([value] if isinstance(value, dict) else value)


def _role(item: JsonObject) -> str:
    return text_of(item.get("role"))
