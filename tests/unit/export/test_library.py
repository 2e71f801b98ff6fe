"""The names that the terminal program imports."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import pytest
from pydantic import BaseModel

import hfs_server
from hfs_server.export import (
    EXPORT_SCHEMA_VERSION,
    ExportMetadata,
    InvalidDocument,
    SessionExport,
    export_to_json,
    export_to_markdown,
    import_from_json,
    migrate_export,
)
from hfs_server.importers.hfs_json.schema import FILE_NAME, schema_text
from hfs_server.session import LOWEST_SCHEMA_VERSION

MESSAGES = [
    {"role": "user", "content": "Hello", "created_at": "2026-02-01T10:00:00Z"},
    {"role": "assistant", "content": "Hi\n\n```\nopen", "created_at": None, "model": "m"},
]
CHECKPOINTS = [{"trigger": "run.ended", "message_index": 2, "state_json": '{"run_id": "r"}'}]

RELEASED_SCHEMAS = {
    "hfs-export-1.0.0.schema.json": (
        "0ce0a48a2328572c1044fd735331a90deb4f40262ea48107577ccc5d4cf1f0b8"
    ),
    "hfs-export-1.1.0.schema.json": (
        "d68ea6aa37725f7a3ddc64e6e1680c8426d106827780f13107b01cf9ca36890d"
    ),
}


class Snapshot(BaseModel):
    run_id: str = "run-1"
    started_at: datetime = datetime(2026, 2, 1, 10, tzinfo=UTC)


def test_json_comes_back_as_it_went_out():
    result = import_from_json(export_to_json("A name", MESSAGES, {"run_id": "r"}, CHECKPOINTS))
    assert result.session_name == "A name"
    assert result.messages == MESSAGES
    assert result.checkpoints == [
        {
            "trigger": "run.ended",
            "message_index": 2,
            "created_at": None,
            "state": {"run_id": "r"},
        }
    ]
    assert result.run_snapshot == {"run_id": "r"}
    assert (result.migrated, result.original_version) == (False, "1.1.0")


def test_the_document_is_laid_out_as_the_standard_library_would():
    text = export_to_json("ü\n", MESSAGES, Snapshot(), CHECKPOINTS)
    document = json.loads(text)
    assert text == json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    assert list(document) == ["metadata", "messages", "checkpoints", "run_snapshot"]
    assert document["metadata"]["schema_version"] == EXPORT_SCHEMA_VERSION
    plain = json.loads(export_to_json("n", MESSAGES[:1]))
    assert plain["metadata"]["schema_version"] == LOWEST_SCHEMA_VERSION
    assert document["run_snapshot"]["run_id"] == "run-1"


def test_an_empty_session_is_a_document_too():
    assert import_from_json(export_to_json("", [])).messages == []


def test_a_snapshot_that_json_cannot_hold_is_kept_as_text():
    document = json.loads(export_to_json("n", [], {"temperature": float("nan")}))
    assert document["run_snapshot"] == '{"temperature": NaN}'


def test_markdown_takes_its_trace_from_the_newest_state_where_no_snapshot_is_given():
    states = [
        {"trigger": "a", "message_index": 0, "state": {"usage": {"total_tokens": 111}}},
        {"trigger": "b", "message_index": 1, "state": {"usage": {"total_tokens": 222}}},
        {"trigger": "c", "message_index": 2, "state": {}},
    ]
    text = export_to_markdown("n", MESSAGES, None, states)
    assert "222" in text
    assert "111" not in text
    assert "### 2. Assistant" in text


@pytest.mark.parametrize("content", ["", "{", "[", "nonsense", "\ud83d", '{"a": 1}'])
def test_what_cannot_be_read_raises_a_value_error(content):
    with pytest.raises(ValueError):
        import_from_json(content)


def test_a_newer_version_says_to_upgrade():
    with pytest.raises(ValueError, match="Upgrade"):
        import_from_json('{"metadata": {"schema_version": "2.0.0"}, "messages": []}')


SECRET = "the-secret-of-a-session"
USER = {"role": "user", "content": SECRET}
CHECKPOINT = {"trigger": SECRET, "message_index": 0}
MALFORMED = [
    ("messages[0]", [None], None),
    ("messages[0]", [SECRET], None),
    ("messages[0]", [[USER]], None),
    ("messages[1].role", [USER, {"content": SECRET}], None),
    ("messages[1].role", [USER, {**USER, "role": 5}], None),
    ("messages[0].content", [{"role": "user"}], None),
    ("messages[0].content", [{"role": "user", "content": SECRET.encode()}], None),
    ("messages[0].content", [{"role": "user", "content": [SECRET]}], None),
    ("messages[2].created_at", [USER, USER, {**USER, "created_at": SECRET}], None),
    ("messages[0].created_at", [{**USER, "created_at": 5}], None),
    ("messages[0].model", [{**USER, "model": object()}], None),
    ("messages[0].model", [{**USER, "model": SECRET.encode() + b"\xff"}], None),
    ("messages[0]", [{**USER, "\ud800": 1}], None),
    ("messages[0][5]", [{**USER, 5: SECRET}], None),
    ("checkpoints[0]", [], [SECRET]),
    ("checkpoints[1].trigger", [], [CHECKPOINT, {"message_index": 0}]),
    ("checkpoints[0].message_index", [], [{**CHECKPOINT, "message_index": SECRET}]),
    ("checkpoints[0].message_index", [], [{**CHECKPOINT, "message_index": 2**63}]),
    ("checkpoints[0].message_index", [], [{**CHECKPOINT, "message_index": 1.5}]),
    ("checkpoints[0].state", [], [{**CHECKPOINT, "state": {"a": object()}}]),
]


@pytest.mark.parametrize("export", [export_to_json, export_to_markdown])
@pytest.mark.parametrize(("place", "messages", "checkpoints"), MALFORMED)
def test_what_is_malformed_is_rejected_by_its_place_and_not_quoted(
    export, place, messages, checkpoints
):
    with pytest.raises(InvalidDocument) as caught:
        export("n", messages, None, checkpoints)
    assert caught.value.data == {"path": place}
    assert f": {place}" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "pydantic" not in str(caught.value)


@pytest.mark.parametrize("export", [export_to_json, export_to_markdown])
def test_a_snapshot_that_cannot_be_written_is_named(export):
    endless = [SECRET]
    endless.append(endless)
    for snapshot in (object(), {"a": object()}, endless, b"\xff"):
        with pytest.raises(InvalidDocument, match="run_snapshot") as caught:
            export("n", [USER], snapshot)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "name", "message", "checkpoint"),
    [
        ("session_name", "\ud800", USER, CHECKPOINT),
        ("messages[0].content", "n", {"role": "user", "content": f"{SECRET}\ud800"}, CHECKPOINT),
        ("checkpoints[0].trigger", "n", USER, {**CHECKPOINT, "trigger": "\udc00"}),
    ],
)
def test_a_lone_surrogate_is_rejected_by_its_place_in_json_and_replaced_in_markdown(
    place, name, message, checkpoint
):
    with pytest.raises(InvalidDocument) as caught:
        export_to_json(name, [message], None, [checkpoint])
    assert caught.value.data == {"path": place}
    assert SECRET not in str(caught.value)
    export_to_markdown(name, [message], None, [checkpoint]).encode()


@pytest.mark.parametrize("export", [export_to_json, export_to_markdown])
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((None, []), "session_name"),
        ((b"n", []), "session_name"),
        (("n", None), "messages"),
        (("n", SECRET), "messages"),
        (("n", SECRET.encode()), "messages"),
        (("n", USER), "messages"),
        (("n", 5), "messages"),
        (("n", [], None, SECRET), "checkpoints"),
        (("n", [], None, CHECKPOINT), "checkpoints"),
        (("n", [], None, 5), "checkpoints"),
    ],
)
def test_an_argument_of_another_type_is_a_type_error_in_words(export, arguments, named):
    with pytest.raises(TypeError, match=f"^{named}: expected .*[.]$") as caught:
        export(*arguments)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("content", [None, SECRET.encode(), bytearray(b"{}"), 5, {"messages": []}])
def test_a_document_that_is_no_text_is_a_type_error_in_words(content):
    with pytest.raises(TypeError, match=r"^json_content: expected .* str") as caught:
        import_from_json(content)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("data", [None, [], SECRET, b"{}"])
def test_a_document_to_migrate_is_a_dict(data):
    with pytest.raises(TypeError, match=r"^data: expected .* dict"):
        migrate_export(data)


def test_values_that_json_lacks_are_kept_as_json_can_hold_them():
    checkpoint = datetime(2026, 2, 1, 10, tzinfo=UTC)
    more = {"at": checkpoint, "pair": (1, 2), "share": float("nan"), "large": 2**70}
    result = import_from_json(
        export_to_json("n", [{**USER, **more}], None, [{**CHECKPOINT, **more}])
    )
    for part in (*result.messages, *result.checkpoints):
        assert (part["at"], part["pair"]) == ("2026-02-01T10:00:00Z", [1, 2])
        assert (part["share"], part["large"]) == ("NaN", str(2**70))


def test_messages_may_be_any_mappings_and_come_from_any_sequence():
    assert import_from_json(export_to_json("n", (MappingProxyType(USER),))).messages == [
        {**USER, "created_at": None}
    ]


def test_the_example_in_the_readme_passes_the_strictest_checks(tmp_path):
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    (tmp_path / "example.py").write_text(example, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "example.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (Path(hfs_server.__file__).parent / "py.typed").is_file()


def nested(levels):
    return [nested(levels - 1)] if levels > 1 else []


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**63, nested(98), nested(300), "\ud800", {"\ud800": 1}]
)
@pytest.mark.parametrize("place", ["message", "checkpoint", "state", "snapshot"])
def test_what_is_exported_can_be_imported_or_is_rejected_on_the_way_out(value, place):
    message = {"role": "user", "content": "x", **({"x": value} if place == "message" else {})}
    checkpoint = {"trigger": "t", "message_index": 0, "state": value if place == "state" else {}}
    if place == "checkpoint":
        checkpoint["x"] = value
    try:
        written = export_to_json(
            "n", [message], value if place == "snapshot" else None, [checkpoint]
        )
    except ValueError:
        return
    found = import_from_json(written)
    kept = {
        "message": lambda: found.messages[0]["x"],
        "checkpoint": lambda: found.checkpoints[0]["x"],
        "state": lambda: found.checkpoints[0]["state"],
        "snapshot": lambda: found.run_snapshot,
    }
    assert isinstance(kept[place](), str)


def test_the_models_hold_a_document():
    document = SessionExport.model_validate_json(export_to_json("n", MESSAGES))
    assert isinstance(document.metadata, ExportMetadata)
    assert document.messages[1].model == "m"
    assert document.messages[0].model_fields_set == {"role", "content", "created_at"}


def test_a_released_schema_never_changes():
    schemas = Path(__file__).parents[3] / "schemas"
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in schemas.iterdir()}
    assert found == RELEASED_SCHEMAS


def test_the_published_schema_is_the_one_of_the_models():
    published = Path(__file__).parents[3] / "schemas" / FILE_NAME
    assert published.read_text(encoding="utf-8") == schema_text(), (
        "The document's shape changed. A released version keeps its shape: give the new one a "
        "new EXPORT_SCHEMA_VERSION and a migration step, then run make schema."
    )
