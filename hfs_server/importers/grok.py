"""Sessions of Grok, from the file ``prod-grok-backend.json`` of an export of one's data.

Source: the export itself, a list of sessions with their responses beside them, whose shape other
importers describe; xAI documents nothing.

The rule not to break: whoever is not the human is the assistant, for a sender may be a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.attachments import linked
from hfs_server.importers.branches import active_branch
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_text import read_document
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    list_of,
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
)
from hfs_server.session import JsonObject

_HUMAN = ("human", "user")


class Grok:
    """The importer of Grok's exports."""

    tool = "grok"
    label = "Grok"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: Grok keeps no sessions on this machine."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """Sessions that have their responses beside them, in a list or alone."""
        found = [file.record, *objects_of(file.record.get("conversations"))]
        return "responses" if any(_is_session(item) for item in found) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The sessions, one at a time. Raises InvalidDocument if there is none."""
        whole = Draft(self.tool, file)
        content = read_document(file, whole)
        found = object_of(content)
        listed = objects_of(found.get("conversations")) or objects_of(content) or [found]
        sessions = [item for item in listed if _is_session(item)]
        if not sessions:
            raise InvalidDocument("The file has no session of Grok: its responses are missing.")
        for item in sessions:
            yield _session(file, item, whole)


def _is_session(value: JsonObject) -> bool:
    return isinstance(value.get("conversation"), dict) and isinstance(value.get("responses"), list)


def _session(file: SourceFile, item: JsonObject, whole: Draft) -> ForeignSession:
    about = object_of(item.get("conversation"))
    draft = Draft("grok", file)
    draft.session_id = text_of(about.get("id")) or text_of(about.get("conversation_id")) or None
    draft.title = text_of(about.get("title")).strip() or None
    draft.summary = text_of(about.get("summary")).strip() or None
    draft.created_at = _time(about.get("create_time"))
    draft.updated_at = _time(about.get("modify_time"))
    draft.warnings += whole.warnings
    responses = [_inner(response) for response in objects_of(item["responses"])]
    return ForeignSession(draft, _messages(responses, about, draft))


def _messages(found: list[JsonObject], about: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    ids = [_id(item) for item in found]
    parents = [text_of(item.get("parent_response_id")) for item in found]
    leaf = text_of(about.get("leaf_response_id"))
    for item in active_branch(found, ids, parents, leaf, draft):
        yield from _message(item)


def _message(item: JsonObject) -> Iterator[JsonObject]:
    is_user = text_of(item.get("sender")).lower() in _HUMAN
    created_at = _time(item.get("create_time"))
    text = text_of(item.get("message")) or text_of(item.get("query"))
    thinking = "" if is_user else "\n\n".join(filter(str.strip, _thoughts(item)))
    attachments = _attachments(item)
    if text.strip() or thinking or attachments:
        yield message(
            "user" if is_user else "assistant",
            text,
            created_at,
            model="" if is_user else text_of(item.get("model")),
            thinking=thinking,
            attachments=attachments,
            source_id=_id(item),
        )
    if error := text_of(item.get("error")):
        yield message("system", error, created_at, synthetic=True, is_error=True)


def _thoughts(item: JsonObject) -> Iterator[str]:
    yield text_of(item.get("thinking_trace"))
    for trace in objects_of(item.get("agent_thinking_traces")):
        yield text_of(trace.get("thinking_trace"))


def _attachments(item: JsonObject) -> list[JsonObject]:
    """Images that were made, and files of the user, which the export has beside it."""
    images = (linked(url) for url in list_of(item.get("generated_image_urls")))
    files = (_file(file) for file in list_of(item.get("file_attachments")))
    return [found for found in (*images, *files) if found]


def _file(file: object) -> JsonObject | None:
    about = object_of(file)
    place = text_of(file) or text_of(about.get("file_uri")) or text_of(about.get("id"))
    media_type, name = about.get("file_mime_type"), about.get("file_name")
    return linked(place or name, media_type, name)


def _inner(response: JsonObject) -> JsonObject:
    return object_of(response["response"]) if "response" in response else response


def _time(value: object) -> str | None:
    """A time as text, or as a database writes it: ``{"$date": {"$numberLong": "…"}}``."""
    inner = object_of(value).get("$date", value)
    number = text_of(object_of(inner).get("$numberLong"))
    if number.isascii() and number.isdigit() and len(number) < 20:
        return time_of(int(number))
    return time_of(inner)


def _id(item: JsonObject) -> str:
    return text_of(item.get("_id")) or text_of(item.get("response_id"))
