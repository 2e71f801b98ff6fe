"""What schema 1.1.0 added to messages and metadata: its shapes, and values that do not fit them.

Loaded only for sessions that have any of it. The rule not to break: a value that does not fit is
kept as it is, under ``unknown``.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError
from pydantic_core import SchemaValidator, core_schema

from hfs_server.session import MESSAGE_FACTS, UNKNOWN, JsonObject, Refitted, is_nested_at_most

_ORDER = ("role", "content", "created_at", *MESSAGE_FACTS)
_DEEPEST = 95
"""How deep a moved value may be nested; a document can hold no more below ``unknown``."""


def _absent() -> None:
    """The value of a key that is missing; null is not one of its values."""


def _optional() -> Any:
    return Field(default_factory=_absent)


Count = Annotated[int, Field(ge=0, lt=2**63)]
Texts = Annotated[list[str], FailFast()]


class Part(BaseModel):
    """An object of an export document."""

    model_config = ConfigDict(extra="allow", strict=True, use_attribute_docstrings=True)


class Source(Part):
    """Where a session comes from."""

    tool: str
    """The id of the tool that wrote it, such as ``claude-code``."""
    tool_version: str = _optional()
    """The version of the tool."""
    session_id: str = _optional()
    """The session's id in its tool."""
    location: str = _optional()
    """The file that it was read from."""


class Git(Part):
    """The state of the Git repository that was worked on."""

    branch: str = _optional()
    """The branch that was checked out."""
    commit: str = _optional()
    """The id of the commit that was checked out."""
    remote: str = _optional()
    """The address of the remote repository."""


class ToolCall(Part):
    """A call of a tool by the assistant."""

    id: str
    """What the ``tool_call_id`` of its result names."""
    name: str
    """The name of the tool."""
    input: Any
    """The arguments, usually an object."""


class Usage(Part):
    """What a message cost."""

    input_tokens: Count = _optional()
    """Tokens of the prompt."""
    output_tokens: Count = _optional()
    """Tokens of the answer."""
    cache_read_tokens: Count = _optional()
    """Tokens of the prompt that were read from a cache."""
    cache_write_tokens: Count = _optional()
    """Tokens of the prompt that were written to a cache."""
    reasoning_tokens: Count = _optional()
    """Tokens of thinking."""
    cost_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] = _optional()
    """The price in US dollars."""


class Attachment(Part):
    """A file that a message has."""

    name: str
    """The name of the file."""
    media_type: str
    """Its media type, such as ``image/png``."""
    size: Count
    """The number of its bytes."""
    sha256: str
    """The SHA-256 of its bytes, in hexadecimal."""
    text: str = _optional()
    """Its content, if that is text."""
    data: str = _optional()
    """Its bytes in Base64."""
    uri: str = _optional()
    """Where it is."""


class MetadataFacts(Part):
    """The keys of the metadata that schema 1.1.0 added."""

    session_id: str = _optional()
    """The session's identity, which is the same on every machine."""
    source: Source = _optional()
    """The tool that the session comes from."""
    working_directory: str = _optional()
    """The folder in which the work was done."""
    git: Git = _optional()
    """The state of its repository."""
    models: Texts = _optional()
    """The models that wrote messages, in the order of their first use."""
    parent_session_id: str = _optional()
    """The identity of the session that started this one, or that it was forked from."""
    summary: str = _optional()
    """What the session was about."""
    tags: Texts = _optional()
    """Words that the user gave it."""
    unknown: JsonObject = _optional()
    """Values of a 1.0.0 document under these names that have another shape."""


class MessageFacts(Part):
    """The keys of a message that schema 1.1.0 added."""

    model: str = _optional()
    """The model that wrote it."""
    thinking: str = _optional()
    """What the model thought before it answered."""
    tool_calls: Annotated[list[ToolCall], FailFast()] = _optional()
    """The tools that it called."""
    tool_call_id: str = _optional()
    """The call whose result this message of the role ``tool`` is."""
    tool_name: str = _optional()
    """The tool whose result it is."""
    is_error: bool = _optional()
    """Whether the tool failed."""
    usage: Usage = _optional()
    """The tokens that it used."""
    attachments: Annotated[list[Attachment], FailFast()] = _optional()
    """Its files and images."""
    synthetic: bool = _optional()
    """Whether a program wrote it in the user's name, such as injected context."""
    agent: str = _optional()
    """Which of several agents wrote it."""
    source_id: str = _optional()
    """Its id in its tool."""
    unknown: JsonObject = _optional()
    """Values of a 1.0.0 document under these names that have another shape."""


def misfits(part: JsonObject, facts: type[MessageFacts] | type[MetadataFacts]) -> set[str]:
    """The names of schema 1.1.0 under which the part has values of another shape."""
    if _VALIDATORS[facts].isinstance_python(part, strict=True):
        return set()
    try:
        facts.model_validate({name: part[name] for name in facts.model_fields if name in part})
    except ValidationError as error:
        return {str(problem["loc"][0]) for problem in error.errors(include_url=False)}
    return set()


def _without_objects(schema: Any) -> Any:
    """The schema of a model as that of a dict with the same fields and any other keys."""
    match schema["type"]:
        case "model":
            return _without_objects(schema["schema"])
        case "model-fields":
            return core_schema.typed_dict_schema(
                {name: _as_key(field["schema"]) for name, field in schema["fields"].items()}
            )
        case "list":
            return {**schema, "items_schema": _without_objects(schema["items_schema"])}
        case _:
            return schema


def _as_key(schema: Any) -> core_schema.TypedDictField:
    is_optional = schema["type"] == "default"
    shape = _without_objects(schema["schema"] if is_optional else schema)
    return core_schema.typed_dict_field(shape, required=not is_optional)


# They take a quarter of the time of the models, and nearly all values fit (benchmark row 36).
_VALIDATORS = {
    facts: SchemaValidator(_without_objects(facts.__pydantic_core_schema__))
    for facts in (MessageFacts, MetadataFacts)
}


def refitted(
    part: JsonObject, facts: type[MessageFacts] | type[MetadataFacts] = MessageFacts
) -> JsonObject:
    """The part with values that do not fit moved to ``unknown``; itself if all fit.

    A key ``unknown`` that it has already is kept: an object gets the moved values too, unless it
    has one of their names, and anything else is moved as well.
    """
    names = misfits(part, facts)
    if not names:
        return part
    moved = {name: _shallow(value) for name, value in part.items() if name in names}
    kept = {name: value for name, value in part.items() if name not in names}
    earlier = kept.pop(UNKNOWN, {})
    if not moved.keys().isdisjoint(earlier):
        moved, earlier = {UNKNOWN: _shallow(earlier), **moved}, {}
    return Refitted({**kept, UNKNOWN: {**earlier, **moved}}, part)


def in_order(message: JsonObject) -> JsonObject:
    """The message with known keys first, in the order of the schema."""
    ordered = {**{name: message[name] for name in _ORDER if name in message}, **message}
    return Refitted(ordered, message.before) if isinstance(message, Refitted) else ordered


def _shallow(value: Any) -> Any:
    """The value, or its JSON as text if a document could not hold it one level deeper."""
    is_shallow = is_nested_at_most(value, _DEEPEST)
    return value if is_shallow else json.dumps(value, ensure_ascii=False)
