"""Formats that are read into sessions, each declared once, in ``IMPORTERS``.

The rule not to break: a format is recognized by the content of a file, never by its name. Two
importers that recognize the same file are a bug.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from hfs_server.errors import UnknownFormat
from hfs_server.importers.aider import Aider
from hfs_server.importers.amp import Amp
from hfs_server.importers.chatgpt import ChatGpt
from hfs_server.importers.claude_ai import ClaudeAi
from hfs_server.importers.claude_code import ClaudeCode
from hfs_server.importers.cline import Cline, RooCode
from hfs_server.importers.codex import Codex
from hfs_server.importers.continue_dev import Continue
from hfs_server.importers.copilot_chat import CopilotChat
from hfs_server.importers.copilot_cli import CopilotCli
from hfs_server.importers.copilot_transcripts import CopilotTranscripts
from hfs_server.importers.cursor import Cursor
from hfs_server.importers.droid import Droid
from hfs_server.importers.gemini_cli import GeminiCli
from hfs_server.importers.goose import Goose
from hfs_server.importers.grok import Grok
from hfs_server.importers.hfs_json import HfsJson
from hfs_server.importers.hfs_markdown import HfsMarkdown
from hfs_server.importers.kimi import Kimi
from hfs_server.importers.librechat import LibreChat
from hfs_server.importers.llm import Llm
from hfs_server.importers.markdown import reject_markdown
from hfs_server.importers.open_webui import OpenWebUi
from hfs_server.importers.openai_messages import OpenAiMessages
from hfs_server.importers.opencode import OpenCode
from hfs_server.importers.pi import Pi
from hfs_server.importers.places import Places
from hfs_server.importers.qwen import Qwen
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.specstory import SpecStory
from hfs_server.importers.vs_copilot import VsCopilot
from hfs_server.importers.zed import Zed
from hfs_server.session import SessionSource


class Importer(Protocol):
    """Reads one format. Reading blocks, so it is done in a thread."""

    tool: str
    """The id of the tool that writes the format."""
    label: str
    """The tool's name for people."""
    patterns: tuple[str, ...]
    """Which files are sessions, as globs below ``folders``, such as ``**/*.jsonl``."""

    def folders(self, places: Places, /) -> Sequence[Path]:
        """Where the tool keeps its sessions on this machine; empty if it keeps none."""

    def recognizes(self, file: SourceFile) -> str | None:
        """What proves that the file has the format, in a few words; None if nothing does.

        Never raises for a file that can be read.
        """

    def sessions(self, file: SourceFile) -> Iterator[SessionSource]:
        """The sessions in the file, one at a time: each is read before the next one is asked for.

        None for a file that is only a part of a session, and is read with its main file. Raises
        InvalidDocument and UnsupportedVersion; a damaged part costs only that part.
        """


HFS_JSON = HfsJson()
IMPORTERS: tuple[Importer, ...] = (
    HFS_JSON,
    HfsMarkdown(),
    ClaudeCode(),
    Codex(),
    CopilotTranscripts(),
    CopilotChat(),
    ChatGpt(),
    ClaudeAi(),
    OpenCode(),
    GeminiCli(),
    CopilotCli(),
    Cursor(),
    LibreChat(),
    OpenWebUi(),
    Grok(),
    Continue(),
    Goose(),
    Zed(),
    VsCopilot(),
    Pi(),
    Droid(),
    Qwen(),
    Amp(),
    Kimi(),
    Aider(),
    SpecStory(),
    Llm(),
    Cline(),
    RooCode(),
    OpenAiMessages(),
)
"""All importers, tight rules before loose ones."""

_JSON_BEGINNING = re.compile(rb'\s*(\{\s*["}]|\[\s*[{\]])')
"""How JSON begins, and Markdown hardly ever."""

TOOLS = tuple(dict.fromkeys(importer.tool for importer in IMPORTERS))
"""The ids of all tools whose files are read."""


def recognize(file: SourceFile) -> tuple[Importer, str] | None:
    """The importer of the file's format, and the evidence; None if no rule matches.

    Raises UnknownFormat if several do: the file has records of more than one tool.
    """
    found = [
        (importer, f"{importer.tool}: {evidence}")
        for importer in IMPORTERS
        if (evidence := importer.recognizes(file))
    ]
    if len(found) > 1:
        tools = ", ".join(importer.tool for importer, _ in found)
        raise UnknownFormat(
            f"The file has records of more than one tool ({tools}). Choose one of them as its "
            "format."
        )
    return found[0] if found else None


def _is_json(head: bytes) -> bool:
    """Whether it begins as a JSON object or list does, or is another JSON value."""
    if head.lstrip()[:1] in (b"{", b"[", b""):
        return True
    try:
        json.loads(head)
    except (ValueError, RecursionError):
        return False
    return True


def identify(file: SourceFile, tool: str | None = None) -> tuple[Importer, str]:
    """The importer to read the file with, and the evidence; ``tool`` chooses one.

    JSON that no rule matches is read as an export document unless nothing in it is one's, since
    the errors explain what is expected. Raises UnknownFormat, and InvalidDocument for Markdown.
    """
    if tool is not None:
        return _chosen(file, tool)
    if (found := recognize(file)) is not None:
        return found
    if not _JSON_BEGINNING.match(file.head):
        reject_markdown(file.head, file.suffix)
    if not _is_json(file.head) or HFS_JSON.has_nothing_of(file):
        raise UnknownFormat(
            "The file is of no known format. hfs-server reads sessions of "
            f"{', '.join(dict.fromkeys(importer.label for importer in IMPORTERS))}."
        )
    return HFS_JSON, "hfs: JSON"


def _chosen(file: SourceFile, tool: str) -> tuple[Importer, str]:
    """The importer of a tool; of several, the one that recognizes the file."""
    importers = [each for each in IMPORTERS if each.tool == tool]
    for importer in importers:
        if evidence := importer.recognizes(file):
            return importer, f"{tool}: {evidence}"
    return importers[0], f"{tool}: requested"
