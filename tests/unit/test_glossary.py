"""The words that CONTRIBUTING.md retires occur in no name, comment, message or document.

To use one legitimately, say so in ALLOWED, as narrowly as possible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    "README.md",
    "protocol.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/shell.md",
    "docs/editors.md",
    "docs/troubleshooting.md",
]
CODE = {"hfs_server": "*.py", "clients/vscode/src": "*.ts"}

ALLOWED = [
    r"An old chat|an-old-chat",  # An example session, which was written before there were words.
    r"#conversation|\[Conversation\]|\*Conversation\*|## Conversation|\"Conversation\"",
    r"(?i:chatgpt|librechat|copilot[-_ ]?chat)|vscode\.chat|VS Code's chat",
    r"conversations\.json|conversation_id|_from_conversation\"",  # ChatGPT, and Claude.ai's file.
    r"chat_messages|[cC]hatSessions",  # Claude.ai, VS Code.
    r"/chat save|/chats/|\"chats\"|chat_compression",  # Gemini CLI, and Qwen Code, its fork.
    r"\"(?:chats|chatTitle|conversation|conversationMap|fullConversationHeadersOnly)\"",  # Cursor.
    r"\"conversations?(?: with [a-z ]+)?\"|conversation(?:Id|Summary|s/|\.id)",  # Of others.
    r"(?i:librechat|chatbot[-_ ]ui)|\"chat(?:\.history)?\"|copilot_chat\.",  # Others.
    r"aider\.chat\.history|# aider chat started at|chatRecordingService",  # aider, Qwen Code.
    r"api_conversation_history|conversationHistoryIndex",  # Cline and Roo Code.
    r"\bchat_id\b|conversation_name|\"conversations\"|FROM conversations",  # llm's columns.
    r"(?i:hfs|replace)_(?i:arriving)",  # A table of earlier builds, whose stores are still opened.
    r"[Tt]here is no store",
    r"\.tell\(",  # Where a file is read.
]
"""What may stand though it holds a retired word: names of others, and of a part of an export."""


def section(heading: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


def retired() -> dict[str, re.Pattern[str]]:
    """The retired words, each with what finds it and its forms, also across lines of comments."""
    rows = re.findall(r"^\| (`.+) \| .+ \|$", section("## Glossary"), re.MULTILINE)
    words = [word for row in rows for word in re.findall(r"`([^`]+)`", row)]
    return {word: re.compile(rf"\b{_spaced(word)}(?:s|d|ing)?\b", re.IGNORECASE) for word in words}


def _spaced(word: str) -> str:
    return r"[\s#*/\"]+".join(map(re.escape, word.split()))


def in_words(text: str) -> str:
    """The text with the parts of its names apart, as long as before and in the same lines."""
    for allowed in ALLOWED:
        text = re.sub(allowed, lambda found: "." * len(found[0]), text)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "\0", text)
    return apart.replace("_", " ").replace("\0", " ")


def occurrences(text: str) -> Iterator[tuple[int, str]]:
    """The line of each retired word, and the word."""
    text = in_words(text)
    for word, pattern in retired().items():
        for found in pattern.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, word


def found_in(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    if path.name == "CONTRIBUTING.md":
        text = text.replace(section("## Glossary"), "\n" * section("## Glossary").count("\n"))
    name = path.relative_to(ROOT).as_posix()
    return [f"{name}:{line}: {word}" for line, word in sorted(occurrences(text))]


def test_the_glossary_retires_words():
    assert {"moment", "at once", "told"} <= retired().keys()


@pytest.mark.parametrize(
    "text",
    [
        "# It is told",
        "_rows_arriving",
        "class SessionMoments:",
        "remove_at_once",
        "it is\n    # no store",
    ],
)
def test_a_retired_word_is_found_in_any_form(text):
    assert [*occurrences(text)]


@pytest.mark.parametrize("text", ["restored", "untold", "## Conversation"])
def test_another_word_is_not_taken_for_one(text):
    assert not [*occurrences(text)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_uses_a_retired_word(name):
    assert found_in(ROOT / name) == []


@pytest.mark.parametrize("folder", CODE)
def test_no_code_uses_a_retired_word(folder):
    files = sorted((ROOT / folder).rglob(CODE[folder]))
    assert files
    assert [line for path in files for line in found_in(path)] == []
