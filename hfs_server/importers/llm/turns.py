"""The rows of a session of llm as messages: each is a prompt and its response.

The rule not to break: results of tools stand in the row of the prompt that sent them back, but
those of a provider's own tools in the row of the calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hfs_server.importers.attachments import described, embedded, linked, with_text
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_text, json_value
from hfs_server.importers.values import (
    CountsReplacements,
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    tool_call,
    uncached,
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
        yield from _results(row, time, by_provider=False)
        yield from _prompt(row, time)
        yield from _response(row, time, draft)
        yield from _results(row, time, by_provider=True)
        draft.unknown_records.update(
            text_of(part.get("type")) or "part" for part in objects_of(row.get("other_parts"))
        )
    if left_out := sum(_is_left_out(file) for row in rows for file in _all_files(row)):
        what = "1 attachment was" if left_out == 1 else f"{left_out:,} attachments were"
        draft.warnings.append(
            f"The content of {what} left out by `llm logs --json`. Import `logs.db` to have it."
        )


def _prompt(row: JsonObject, time: str | None) -> Iterator[JsonObject]:
    text = text_of(row.get("prompt"))
    files = []
    for each in objects_of(row.get("prompt_fragments")):
        if file := _fragment(each):
            files.append(file)
            # Newer versions log a prompt with the fragments before it.
            if text.startswith(file["text"]):
                text = text[len(file["text"]) :].removeprefix("\n")
    files += _files(row, "attachments")
    if text.strip() or files:
        yield message("user", text, time, attachments=files, source_id=_id(row))


def _response(row: JsonObject, time: str | None, draft: Draft) -> Iterator[JsonObject]:
    text = text_of(row.get("response"))
    calls = [
        tool_call(call.get("tool_call_id"), call.get("name"), _value(call.get("arguments"), draft))
        for call in objects_of(row.get("tool_calls"))
    ]
    thinking = text_of(row.get("reasoning"))
    files = _files(row, "response_attachments")
    if text.strip() or calls or thinking or files:
        yield message(
            "assistant", text, time, model=text_of(row.get("model")), thinking=thinking,
            tool_calls=calls, usage=_usage(row, draft), attachments=files, source_id=_id(row),
        )  # fmt: skip


def _results(row: JsonObject, time: str | None, by_provider: bool) -> Iterator[JsonObject]:
    for result in objects_of(row.get("tool_results")):
        if (result.get("server_executed") is True) is not by_provider:
            continue
        failure = text_of(result.get("exception"))
        yield message(
            "tool", json_text(result.get("output")) or failure, time,
            tool_call_id=text_of(result.get("tool_call_id")), tool_name=text_of(result.get("name")),
            is_error=bool(failure), attachments=_files(result, "attachments"),
        )  # fmt: skip


def _usage(row: JsonObject, draft: Draft) -> dict[str, int | float]:
    """llm's counts; its input contains what the cache read."""
    details = object_of(_value(row.get("token_details"), draft))
    cached = object_of(details.get("prompt_tokens_details")).get("cached_tokens")
    return usage_of(
        input_tokens=uncached(row.get("input_tokens"), cached),
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


def _files(owner: JsonObject, key: str) -> list[JsonObject]:
    found = []
    for file in objects_of(owner.get(key)):
        place = text_of(file.get("path")) or text_of(file.get("url"))
        kind = file.get("type")
        content = embedded(file.get("content"), kind) or linked(place, kind)
        if content is None and _is_left_out(file):
            content = described(kind, file.get("content_length"), file.get("id"))
        if content:
            found.append(content)
    return found


def _all_files(row: JsonObject) -> Iterator[JsonObject]:
    for owner in (row, *objects_of(row.get("tool_results"))):
        yield from objects_of(owner.get("attachments"))


def _is_left_out(file: JsonObject) -> bool:
    """Whether its content is only in the database: there is a note that it has one."""
    return file.get("content") is True and not (file.get("path") or file.get("url"))


def _joined(row: JsonObject, fragments: str, key: str) -> str:
    """The parts of a system prompt, which newer versions also log as a whole."""
    whole = text_of(row.get(key))
    texts = [text_of(each.get("content")) for each in objects_of(row.get(fragments))]
    return "\n\n".join(filter(None, (*(t for t in texts if t.strip() not in whole), whole)))


def _value(value: object, counts: CountsReplacements) -> object:
    """A value that may stand there as JSON."""
    if not isinstance(value, str):
        return value
    found = json_value(value, counts)
    return value if found is None else found


def _id(row: JsonObject) -> str:
    return text_of(row.get("id"))
