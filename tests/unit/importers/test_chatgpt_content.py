"""The messages of ChatGPT: who wrote them, and all types of content."""

from __future__ import annotations

import pytest

from tests.unit.importers.attached import beside
from tests.unit.importers.chatgpt_trees import Json, messages, node, read, tree


@pytest.mark.parametrize(
    "keys",
    [
        {"metadata": {"is_visually_hidden_from_conversation": True}},
        {"metadata": {"is_user_system_message": True}},
        {"content": {"content_type": "user_editable_context", "user_profile": "a"}},
        {"content": {"content_type": "model_editable_context", "model_set_context": "a"}},
        {"role": "system"},
    ],
)
def test_what_the_user_never_typed_is_synthetic(keys: Json) -> None:
    injected, typed = messages(node("a", "root", **keys), node("b", "a"))
    assert (injected["content"], injected["synthetic"]) == ("a", True)
    assert "synthetic" not in typed


def test_a_hidden_message_of_a_tool_is_no_result() -> None:
    hidden = {"is_visually_hidden_from_conversation": True}
    (found,) = messages(node("a", "root", "tool", name="file_search", metadata=hidden))
    assert (found["role"], found["synthetic"]) == ("system", True)


def test_calls_and_results_belong_together() -> None:
    code = {"content_type": "code", "language": "unknown", "text": "search('x')"}
    output = {"content_type": "execution_output", "text": "1"}
    error = {"content_type": "system_error", "name": "Timeout", "text": "too long"}
    call, result, failed, answer = messages(
        node(
            "c", "root", "assistant", recipient="python", content=code, metadata={"model_slug": "m"}
        ),
        node("r", "c", "tool", name="python", content=output),
        node("e", "r", "tool", name="python", content=error),
        node("x", "e", "assistant", metadata={"model_slug": "m"}),
    )
    assert call["content"] == ""
    assert call["tool_calls"] == [{"id": "c", "name": "python", "input": "search('x')"}]
    assert (result["role"], result["content"], result["tool_call_id"]) == ("tool", "1", "c")
    assert (failed["content"], failed["is_error"]) == ("too long", True)
    assert answer["model"] == "m"


def test_results_without_text_are_results() -> None:
    display = {"content_type": "tether_browsing_display", "result": "", "summary": None}
    quote = {"content_type": "tether_quote", "url": "u", "domain": "d", "text": "t", "title": "n"}
    found = messages(
        node("a", "root", "tool", name="browser", content=display),
        node("b", "a", "tool", name="browser", content=quote),
    )
    assert [message["content"] for message in found] == ["", "n\nu\nt"]


def test_thoughts_belong_to_the_answer_after_them() -> None:
    thoughts = {
        "content_type": "thoughts",
        "thoughts": [{"summary": "First", "content": "hm"}, {"summary": "", "content": ""}],
    }
    recap = {"content_type": "reasoning_recap", "content": "Thought for 2s"}
    _, said, _, answer = messages(
        node("u", "root"),
        node("t", "u", "assistant", content=thoughts),
        node("r", "t", "assistant", content=recap),
        node("s", "r", "system"),
        node("a", "s", "assistant"),
    )
    assert (said["content"], said["synthetic"]) == ("Thought for 2s", True)
    assert (answer["content"], answer["thinking"]) == ("a", "First\n\nhm")


def test_thoughts_without_an_answer_are_a_message() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"content": "hm"}]}
    found = messages(node("t", "root", "assistant", content=thoughts), node("u", "t"))
    assert [(message["role"], message.get("thinking")) for message in found] == [
        ("assistant", "hm"),
        ("user", None),
    ]


def test_the_default_model_counts_only_if_no_message_names_one() -> None:
    answers = (
        node("a", "root", "assistant"),
        node("b", "a", "assistant", metadata={"model_slug": "m"}),
    )
    (named,) = read(tree(*answers, default_model_slug="d"))
    (unnamed,) = read(tree(answers[0], default_model_slug="d"))
    assert (named["facts"]["models"], unnamed["facts"]["models"]) == (["m"], ["d"])


def test_images_files_and_sound_are_attachments() -> None:
    image = {
        "content_type": "image_asset_pointer",
        "asset_pointer": "sediment://file_1",
        "size_bytes": 9,
    }
    spoken = {"content_type": "audio_transcription", "text": "hello", "direction": "in"}
    sound = {
        "content_type": "real_time_user_audio_video_asset_pointer",
        "audio_asset_pointer": {
            "asset_pointer": "file-service://file-2",
            "size_bytes": 7,
            "format": "wav",
        },
    }
    files = [
        {"id": "file_1", "name": "a.png", "mime_type": "image/png"},
        {"id": "f3", "name": "b.pdf"},
    ]
    parts = [image, "look", spoken, sound, {}, None]
    content = {"content_type": "multimodal_text", "parts": parts}
    (found,) = messages(node("u", "root", content=content, metadata={"attachments": files}))
    assert found["content"] == "look\nhello"
    assert found["attachments"] == [
        beside("a.png", "image/png", "sediment://file_1"),
        beside("file-2", "audio/wav", "file-service://file-2", 7),
        beside("b.pdf", "application/pdf", "file-service://f3"),
    ]


def test_marks_of_sources_become_links() -> None:
    text = "So \ue200cite\ue202turn0\ue201 it \ue200x\ue201is"
    references = [
        {"matched_text": "\ue200cite\ue202turn0\ue201", "alt": "([e.org](https://e.org))"}
    ]
    metadata = {"content_references": references}
    (found,) = messages(node("a", "root", "assistant", text=text, metadata=metadata))
    assert found["content"] == "So ([e.org](https://e.org)) it is"


def test_names_and_links_within_an_answer_stay_in_it() -> None:
    marks = {
        '["people","Ada L.",0]': "entity",
        '["city","Paris"]': "entity",
        "the paper\ue202https://e.org/p": "url",
        "it\ue202x": "url",
        "{": "entity",
        "[1]": "entity",
    }
    shown = "By {} of {}, in {} (\ue203p. 2\ue204; {}).{}{}"
    text = shown.format(*(f"\ue200{kind}\ue202{rest}\ue201" for rest, kind in marks.items()))
    (found,) = messages(node("a", "root", "assistant", text=text))
    assert found["content"] == "By Ada L. of Paris, in [the paper](https://e.org/p) (p. 2; it)."


def test_unknown_content_is_named_once_it_has_no_text() -> None:
    (found,) = read(
        tree(
            node("a", "root", "assistant", content={"content_type": "new", "text": "read"}),
            node("b", "a", "assistant", content={"content_type": "newer", "blob": 1}),
            node("c", "b", "critic"),
        )
    )
    assert [message["content"] for message in found["messages"]] == ["read"]
    assert found["warnings"] == [
        "2 records of unknown types are kept only in the original: newer (1), role critic (1)."
    ]
