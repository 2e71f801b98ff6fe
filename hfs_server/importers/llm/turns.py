"""The rows of a session of llm as messages: each is a prompt and its response.

The rule not to break: results of tools stand in the row of the prompt that sent them back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hfs_server.importers.attachments import embedded, linked, with_text
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_text, json_value
from hfs_server.importers.values import (
    CountsReplacements,
    count_of,
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    tool_call,
    usage_of,
)
from hfs_server.session import JsonObject


def messages_of(rows: Sequence[JsonObject], draft: Draft) -> Iterator[JsonObject]:
    """The messages of all rows; a system prompt only where it changes."""
    last_system = ""
    for row in rows:
        time = time_of(row.get("datetime_utc")) or time_of(row.get("timestamp"))
        system = _joined(row, "system_fragments", "system")
        if system and system != last_system:
            yield message("system", system, time, synthetic=True)
        last_system = system or last_system
        yield from _results(row, time)
        yield from _prompt(row, time)
        yield from _response(row, time, draft)


def _prompt(row: JsonObject, time: str | None) -> Iterator[JsonObject]:
    text = text_of(row.get("prompt"))
    found = [_fragment(each) for each in objects_of(row.get("prompt_fragments"))]
    for file in objects_of(row.get("attachments")):
        place = text_of(file.get("path")) or text_of(file.get("url"))
        content = embedded(file.get("content"), file.get("type"))
        found.append(content or linked(place, file.get("type")))
    files = [file for file in found if file]
    if text.strip() or files:
        yield message("user", text, time, attachments=files, source_id=_id(row))


def _response(row: JsonObject, time: str | None, draft: Draft) -> Iterator[JsonObject]:
    text = text_of(row.get("response"))
    calls = [
        tool_call(call.get("tool_call_id"), call.get("name"), _value(call.get("arguments"), draft))
        for call in objects_of(row.get("tool_calls"))
    ]
    thinking = text_of(row.get("reasoning"))
    if text.strip() or calls or thinking:
        yield message(
            "assistant", text, time, model=text_of(row.get("model")), thinking=thinking,
            tool_calls=calls, usage=_usage(row, draft), source_id=_id(row),
        )  # fmt: skip


def _results(row: JsonObject, time: str | None) -> Iterator[JsonObject]:
    for result in objects_of(row.get("tool_results")):
        failure = text_of(result.get("exception"))
        yield message(
            "tool", json_text(result.get("output")) or failure, time,
            tool_call_id=text_of(result.get("tool_call_id")), tool_name=text_of(result.get("name")),
            is_error=bool(failure),
        )  # fmt: skip


def _usage(row: JsonObject, draft: Draft) -> dict[str, int | float]:
    """llm's counts; its input contains what the cache read."""
    details = object_of(_value(row.get("token_details"), draft))
    cached = count_of(object_of(details.get("prompt_tokens_details")).get("cached_tokens"))
    given = count_of(row.get("input_tokens"))
    return usage_of(
        input_tokens=None if given is None else max(0, given - (cached or 0)),
        output_tokens=row.get("output_tokens"),
        cache_read_tokens=cached,
        reasoning_tokens=object_of(details.get("completion_tokens_details")).get(
            "reasoning_tokens"
        ),
    )


def _fragment(fragment: JsonObject) -> JsonObject | None:
    """A text that the user put before a prompt, as a file."""
    name = text_of(fragment.get("source")) or "fragment"
    return with_text(fragment.get("content"), "text/plain", name)


def _joined(row: JsonObject, fragments: str, key: str) -> str:
    texts = [text_of(each.get("content")) for each in objects_of(row.get(fragments))]
    return "\n\n".join(filter(None, (*texts, text_of(row.get(key)))))


def _value(value: object, counts: CountsReplacements) -> object:
    """A value that may stand there as JSON."""
    if not isinstance(value, str):
        return value
    found = json_value(value, counts)
    return value if found is None else found


def _id(row: JsonObject) -> str:
    return text_of(row.get("id"))
