"""Sessions of llm in its newest tables: threads, turns, and a tree of messages."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from hfs_server.errors import HfsError
from hfs_server.importers.llm import Llm
from tests.unit.importers.files import file_with
from tests.unit.importers.reading import Found, JsonObject, sessions_in
from tests.unit.importers.test_llm import EXTRAS, FIRST, RESPONSES, ROWS, SECOND, check_originals
from tests.unit.importers.tool_databases import database

THREADS = """
CREATE TABLE [messages] ([hash] TEXT PRIMARY KEY, [parent_hash] TEXT, [role] TEXT,
  [provider_metadata] TEXT);
CREATE TABLE [parts] ([id] INTEGER PRIMARY KEY, [message_hash] TEXT, [position] INTEGER,
  [type] TEXT, [tool_name] TEXT, [text] TEXT, [payload] TEXT);
CREATE TABLE [threads] ([id] TEXT PRIMARY KEY, [name] TEXT, [tip_message_hash] TEXT,
  [forked_from] TEXT, [datetime_utc] TEXT);
CREATE TABLE [turns] ([id] TEXT PRIMARY KEY, [thread_id] TEXT, [parent_message_hash] TEXT,
  [tip_message_hash] TEXT, [model] TEXT, [input_tokens] INTEGER, [output_tokens] INTEGER,
  [token_details] TEXT, [datetime_utc] TEXT);
CREATE TABLE [turn_fragments] ([turn_id] TEXT, [fragment_id] INTEGER, [order] INTEGER,
  [kind] TEXT);
"""
THIRD = "2026-08-01T10:00:09+00:00"
Part = tuple[str, str | None, JsonObject | None]


def text(content: str, kind: str = "text") -> Part:
    return kind, content, None


def chain(first: str, *messages: tuple[str, list[Part]], after: str | None = None) -> list[Any]:
    """Rows of messages, each the parent of the next one; their hashes are numbers after a name."""
    rows: list[Any] = []
    for number, (role, parts) in enumerate(messages):
        key = f"{first}{number}"
        rows.append(("messages", (key, after, role, None)))
        rows += [
            ("parts", (None, key, place, kind, None, content, json.dumps(more) if more else None))
            for place, (kind, content, more) in enumerate(parts)
        ]
        after = key
    return rows


def turn(number: int, thread: str, parent: str | None, tip: str | None, time: str = THIRD) -> Any:
    return "turns", (f"t{number}", thread, parent, tip, "gpt-6", 10, 5, None, time)


def thread(key: str, name: str, tip: str, forked_from: str | None = None) -> Any:
    return "threads", (key, name, tip, forked_from, THIRD)


CALL = {"name": "ls", "arguments": {"path": "."}, "tool_call_id": "c1"}
RESULT = {"name": "ls", "output": "a.py", "tool_call_id": "c1", "attachments": [{"id": "a1"}]}
TOOLS = [
    ("attachments", ("a1", "image/png", None, None, b"png")),
    *chain(
        "m",
        ("system", [text("Be brief.")]),
        ("user", [text("list all"), ("attachment", None, {"attachment": {"id": "a1"}})]),
        ("assistant", [text("I look.", "reasoning"), ("tool_call", None, CALL)]),
        ("tool", [("tool_result", None, RESULT)]),
        ("assistant", [text("One "), text("file.")]),
    ),
    thread("th1", "List files", "m4"),
    turn(1, "th1", "m1", "m2"),
    turn(2, "th1", "m3", "m4"),
]


def found_in(folder: Path, rows: list[Any], script: str = RESPONSES + EXTRAS) -> list[Found]:
    path = database(folder / "logs.db", script + THREADS, rows)
    return sessions_in(Llm(), path.read_bytes(), "logs.db")


def test_the_turns_of_a_thread_are_a_session(tmp_path: Path) -> None:
    (found,) = found_in(tmp_path, TOOLS)
    assert found.shown() == [
        ("system*", "Be brief."), ("user", "list all"), ("assistant", ""), ("tool", "a.py"),
        ("assistant", "One file."),
    ]  # fmt: skip
    assert (found.name, found.facts["session_id"]) == ("List files", "llm:th1")
    assert (found.facts["models"], found.warnings) == (["gpt-6"], [])
    _, prompt, reply, result, _ = found.messages
    assert (reply["thinking"], reply["usage"]) == (
        "I look.", {"input_tokens": 10, "output_tokens": 5},
    )  # fmt: skip
    assert reply["tool_calls"] == [{"id": "c1", "name": "ls", "input": {"path": "."}}]
    assert [file["size"] for file in (*prompt["attachments"], *result["attachments"])] == [3, 3]
    assert reply["created_at"] == "2026-08-01T10:00:09Z"


def test_a_turn_without_an_end_repeats_nothing_and_loses_nothing(tmp_path: Path) -> None:
    said = [
        (role, [text(f"{name}{number}")])
        for number in range(4)
        for role, name in (("user", "q"), ("assistant", "r"))
    ]
    turns = [turn(n, "th", f"m{2 * n}", f"m{2 * n + 1}" if n != 1 else None) for n in range(4)]
    rows = [*chain("m", *said), thread("th", "Questions", "m7"), *turns]
    (found,) = found_in(tmp_path, rows)
    assert [content for _, content in found.shown()] == [
        "q0", "r0", "q1", "r1", "q2", "r2", "q3", "r3",
    ]  # fmt: skip


def test_a_database_of_a_version_without_the_older_tables_is_read(tmp_path: Path) -> None:
    script = "CREATE TABLE [_llm_migrations] ([name] TEXT PRIMARY KEY, [applied_at] TEXT);"
    script += EXTRAS
    rows = chain("m", ("user", [text("hi")]), ("assistant", [text("Hello!")]))
    (found,) = found_in(
        tmp_path, [*rows, thread("th", "Hi", "m1"), turn(1, "th", "m0", "m1")], script
    )
    assert (found.name, found.shown()) == ("Hi", [("user", "hi"), ("assistant", "Hello!")])


def test_older_conversations_stay_beside_threads_and_go_on_in_them(tmp_path: Path) -> None:
    again = chain(
        "n", ("user", [text("hi")]), ("assistant", [text("Hello!")]), ("user", [text("more")]),
        ("assistant", [text("More.")]),
    )  # fmt: skip
    rows = [*ROWS, *again, thread("c1", "hi", "n3"), turn(9, "c1", "n2", "n3"), *TOOLS]
    old, continued, new = found_in(tmp_path, rows)
    assert old.facts["session_id"] == "llm:c2"
    assert (continued.name, continued.facts["session_id"]) == ("Hello", "llm:c1")
    assert [content for _, content in continued.shown()] == ["hi", "Hello!", "more", "More."]
    assert new.name == "List files"


def test_a_response_that_is_also_a_turn_is_read_once(tmp_path: Path) -> None:
    both = chain("n", ("user", [text("hi")]), ("assistant", [text("Hello!")]))
    turned = ("turns", ("r3", "c1", "n0", "n1", "m", 1, 1, None, SECOND))
    found = found_in(tmp_path, [*ROWS, *both, thread("c1", "hi", "n1"), turned])
    assert found[-1].shown() == [("user", "hi"), ("assistant", "Hello!")]


def test_a_fork_has_only_what_is_its_own(tmp_path: Path) -> None:
    rows = [
        *TOOLS,
        *chain("f", ("user", [text("else?")]), ("assistant", [text("No.")]), after="m2"),
        thread("th2", "Fork", "f1", "th1"),
        turn(3, "th2", "f0", "f1"),
    ]
    fork = found_in(tmp_path, rows)[1]
    assert fork.facts["parent_session_id"] == "llm:th1"
    assert [content for role, content in fork.shown() if role != "system*"] == ["else?", "No."]


def test_what_a_turn_was_given_of_an_earlier_conversation_is_read(tmp_path: Path) -> None:
    given = chain(
        "g", ("user", [text("one")]), ("assistant", [text("1")]), ("user", [text("two")]),
        ("assistant", [text("2")]), ("user", [text("three")]), ("assistant", [text("3")]),
        ("user", [text("four")]), ("assistant", [text("4")]),
    )  # fmt: skip
    rows = [*given, thread("th", "", "g7"), turn(1, "th", "g4", "g5"), turn(2, "th", "g6", "g7")]
    (found,) = found_in(tmp_path, rows)
    assert " ".join(content for _, content in found.shown()) == "one 1 two 2 three 3 four 4"


def test_fragments_are_files_and_stand_in_no_prompt(tmp_path: Path) -> None:
    pieces = {"text_ref": [{"fragment": 1}, {"literal": "\nWhat is it?"}]}
    rows = [
        ("fragments", (1, "h", "text of a", FIRST, "a.txt")),
        ("turn_fragments", ("t1", 1, 0, "prompt")),
        ("fragments", (2, "i", "Answer in rhymes.", FIRST, None)),
        ("turn_fragments", ("t1", 2, 0, "system")),
        *chain(
            "m", ("system", [text("Answer in rhymes.\n\nBe brief.")]),
            ("user", [("text", None, pieces)]), ("assistant", [text("A text.")]),
        ),
        thread("th", "What", "m2"), turn(1, "th", "m1", "m2"),
    ]  # fmt: skip
    (found,) = found_in(tmp_path, rows)
    assert found.shown() == [
        ("system*", "Answer in rhymes.\n\nBe brief."), ("user", "What is it?"),
        ("assistant", "A text."),
    ]  # fmt: skip
    (file,) = found.messages[1]["attachments"]
    assert (file["name"], file["text"]) == ("a.txt", "text of a")


def test_results_of_a_provider_follow_their_calls_and_files_of_a_model_are_kept(
    tmp_path: Path,
) -> None:
    call, result = ({**each, "server_executed": True} for each in (CALL, RESULT))
    picture = ("attachment", None, {"attachment": {"id": "a1"}})
    rows = [
        TOOLS[0],
        *chain(
            "m", ("user", [text("draw")]),
            ("assistant", [
                ("tool_call", None, call), ("tool_result", None, result), text("Here."), picture,
            ]),
        ),
        thread("th", "Draw", "m1"), turn(1, "th", "m0", "m1"),
    ]  # fmt: skip
    (found,) = found_in(tmp_path, rows)
    assert found.shown() == [("user", "draw"), ("assistant", "Here."), ("tool", "a.py")]
    assert len(found.messages[1]["attachments"]) == 1


def test_unknown_and_damaged_parts_are_counted(tmp_path: Path) -> None:
    rows = [
        *chain("m", ("user", [text("hi")]), ("assistant", [text("Hello!"), text("", "video")])),
        ("parts", (None, "m1", 5, "tool_call", None, None, "{damaged")),
        thread("th", "hi", "m1"), turn(1, "th", "m0", "m1"), turn(2, "th", "gone", "gone"),
    ]  # fmt: skip
    (found,) = found_in(tmp_path, rows)
    (warning,) = found.warnings
    assert "3 records" in warning
    assert all(name in warning for name in ("video (1)", "damaged part (1)", "missing message (1)"))


def test_the_original_of_a_thread_is_read_again(tmp_path: Path) -> None:
    path = database(tmp_path / "logs.db", RESPONSES + EXTRAS + THREADS, [*ROWS, *TOOLS])
    check_originals(path)


def test_a_heavily_damaged_database_is_read_or_refused(tmp_path: Path) -> None:
    path = database(tmp_path / "logs.db", RESPONSES + EXTRAS + THREADS, [*ROWS, *TOOLS])
    content = path.read_bytes()
    chance = random.Random(11)
    for _ in range(200):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 20)):
            damaged[chance.randrange(100, len(content))] = chance.randrange(256)
        try:
            for session in Llm().sessions(file_with(bytes(damaged), "logs.db")):
                list(session.batches())
        except HfsError:
            pass


def test_messages_that_form_a_circle_end(tmp_path: Path) -> None:
    rows = [
        *chain("m", ("user", [text("hi")]), ("assistant", [text("Hello!")]), after="m1"),
        thread("th", "hi", "m1"), turn(1, "th", "m0", "m1"),
    ]  # fmt: skip
    (found,) = found_in(tmp_path, rows)
    assert ("user", "hi") in found.shown()


def row_as_json(**attachment: object) -> bytes:
    """What "llm logs --json" writes of a prompt with an attachment."""
    row = {
        "id": "r1", "model": "gpt-6", "prompt": "", "response": "A square.", "datetime_utc": FIRST,
        "conversation_id": "c1", "prompt_json": None, "attachments": [attachment],
    }  # fmt: skip
    return json.dumps([row]).encode()


def test_an_attachment_without_its_content_is_described_and_warned_of() -> None:
    content = row_as_json(id="ab" * 32, type="image/png", content=True, content_length=8)
    (found,) = sessions_in(Llm(), content, "logs.json")
    assert found.messages[0]["attachments"] == [
        {"name": "image", "media_type": "image/png", "size": 8, "sha256": "ab" * 32}
    ]
    assert found.warnings == [
        "The content of 1 attachment was left out by `llm logs --json`. Import `logs.db` to have "
        "it."
    ]


def test_an_attachment_that_lies_elsewhere_is_no_loss() -> None:
    content = row_as_json(type="image/png", path="/pictures/a.png", content=None)
    (found,) = sessions_in(Llm(), content, "logs.json")
    assert (found.warnings, found.messages[0]["attachments"][0]["uri"]) == ([], "/pictures/a.png")
