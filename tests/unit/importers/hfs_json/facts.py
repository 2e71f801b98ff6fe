"""Values under the names of schema 1.1.0, and documents that have them."""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import strategies as st

from hfs_server.exporters import SessionOverview
from hfs_server.exporters.hfs_json import JsonWriter
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.session import MESSAGE_FACTS, METADATA_FACTS, UNKNOWN

Document = dict[str, Any]

CALL = {"id": "c", "name": "Bash", "input": {"command": "ls"}}
IMAGE = {"name": "a.png", "media_type": "image/png", "size": 3, "sha256": "00", "data": "AQID"}
FITTING: dict[str, dict[str, list[Any]]] = {
    "metadata": {
        "session_id": ["claude-code:1", ""],
        "source": [{"tool": "codex"}, {"tool": "x", "tool_version": "1", "more": [None]}],
        "working_directory": ["/home/me", "C:\\me"],
        "git": [{}, {"branch": "main", "commit": "f00d", "remote": "r"}],
        "models": [[], ["a", "b"]],
        "parent_session_id": ["codex:2"],
        "summary": ["What it was about.\n🙂"],
        "tags": [[], ["a"]],
        UNKNOWN: [{}, {"tags": 5, "more": None}],
    },
    "message": {
        "model": ["gpt-5", ""],
        "thinking": ["Hm."],
        "tool_calls": [[], [CALL], [{**CALL, "input": None, "type": "function"}]],
        "tool_call_id": ["c"],
        "tool_name": ["Bash"],
        "is_error": [True, False],
        "usage": [{}, {"input_tokens": 0, "cost_usd": 1}, {"cost_usd": 0.5, "more": "kept"}],
        "attachments": [[], [IMAGE], [{**IMAGE, "uri": "file:///a.png"}]],
        "synthetic": [True, False],
        "agent": ["explorer"],
        "source_id": ["m1"],
        UNKNOWN: [{}, {"model": 5}],
    },
}
MISFITS: dict[str, dict[str, list[Any]]] = {
    "metadata": {
        **{name: [None, 5, ["x"], {"x": 1}] for name in METADATA_FACTS},
        "source": ["codex", {}, {"tool": 5}, {"tool": "x", "location": None}, []],
        "git": ["main", {"branch": None}, {"commit": 5}],
        "models": ["gpt", [5], [None], {}],
        "tags": ["a", ["a", 5], {}],
        UNKNOWN: [None, "x", [1], True],
    },
    "message": {
        **{name: [None, 5, ["x"], {"x": 1}] for name in MESSAGE_FACTS},
        "tool_calls": ["x", [5], [{"id": "c", "name": "n"}], [{**CALL, "id": 5}], [CALL, None], {}],
        "is_error": ["true", 1, None],
        "synthetic": [0, "no"],
        "usage": [{"input_tokens": -1}, {"output_tokens": True}, {"cost_usd": "1"}, 5, []],
        "attachments": [[{**IMAGE, "size": -1}], [{"name": "a"}], [{**IMAGE, "uri": None}], {}],
        UNKNOWN: [None, "x", [1], 0.5],
    },
}
NAMES = {"metadata": [*METADATA_FACTS, UNKNOWN], "message": [*MESSAGE_FACTS, UNKNOWN]}


def document(
    version: str, metadata: Document | None = None, *messages: Document, **members: Any
) -> Document:
    """A document with these keys in its metadata and in its messages."""
    about = {"schema_version": version, "session_name": "n", "session_created_at": None}
    about |= {"session_updated_at": None, **(metadata or {})}
    plain = {"role": "user", "content": "", "created_at": None}
    said = [{**plain, **message} for message in messages]
    return {"metadata": about, "messages": said, "checkpoints": [], "run_snapshot": None, **members}


def exported(given: Document | bytes) -> bytes:
    """An export of the document, without what it says about the export itself."""
    data = given if isinstance(given, bytes) else json.dumps(given).encode()
    reader = DocumentReader(io.BytesIO(data))
    messages: list[Any] = []
    checkpoints: list[Any] = []
    for batch in reader.batches():
        messages += batch.messages
        checkpoints += batch.checkpoints
    session = SessionOverview(reader.header, len(messages), checkpoints, None)
    writer = JsonWriter(session, "2026-02-01T10:30:00Z")
    pieces = [writer.head(), writer.messages(messages), writer.checkpoints(checkpoints)]
    written: Document = json.loads(b"".join([*pieces, writer.tail()]))
    del written["metadata"]["exported_at"], written["metadata"]["hfs_version"]
    return text_of(written)


def text_of(given: Document) -> bytes:
    """The document as a text, in which the order of the keys counts, and 1, 1.0 and true differ."""
    return json.dumps(given).encode()


any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(0, 9)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*MESSAGE_FACTS, "x", UNKNOWN]), inner, max_size=3)
    ),
    max_leaves=6,
)


def parts(kind: str, *tables: dict[str, dict[str, list[Any]]]) -> st.SearchStrategy[Document]:
    """Objects with values of these tables, else with any, and other keys between, in any order."""
    keys = st.sampled_from([*NAMES[kind], "x", "y"])

    def value(key: str) -> st.SearchStrategy[tuple[str, Any]]:
        known = [item for table in tables for item in table[kind].get(key, ())]
        values = st.sampled_from(known) if known else any_json
        return st.tuples(st.just(key), values if tables else any_json)

    pairs = st.lists(keys.flatmap(value), max_size=5, unique_by=lambda pair: pair[0])
    return pairs.map(dict)
