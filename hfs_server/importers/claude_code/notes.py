"""Records about a session, which stand anywhere in its log and have no parents.

The rule not to break: a title is what the program stored for this session, and no other.
"""

from __future__ import annotations

from collections import Counter

from hfs_server.importers.claude_code.record_chain import RecordChain
from hfs_server.importers.foreign import Draft
from hfs_server.importers.values import text_of
from hfs_server.session import JsonObject

_IGNORED = frozenset(
    (
        "file-history-snapshot", "file-history-delta", "queue-operation", "mode",
        "permission-mode", "last-prompt", "agent-name", "agent-color", "agent-setting", "pr-link",
        "worktree-state", "relocated", "content-replacement", "attribution-snapshot", "cost-state",
        "speculation-accept", "marble-origami-commit", "marble-origami-snapshot",
        "marble-origami-reset", "bridge-session", "fork-context-ref", "frame-link", "observer-ref",
        "continued-in", "ended-by-model", "history-suppression", "isolation-latch", "atis-latch",
        "task-summary", "started", "result",
    )
)  # fmt: skip
"""Types of records that hold nothing of what was said."""

_TITLES = {"custom-title": "customTitle", "ai-title": "aiTitle"}
"""Records with titles, the best first, each with the member that is the title."""


class Notes:
    """What the records say of the session."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}
        self._summaries: list[tuple[str, str]] = []
        self._tag = ""
        self._unknown: Counter[str] = Counter()

    def add(self, kind: str, record: JsonObject) -> None:
        """Adds a record of this type; a later one counts more than an earlier one."""
        if kind in _TITLES:
            self._titles[kind] = text_of(record.get(_TITLES[kind])).strip()
        elif kind == "summary":
            leaf, summary = text_of(record.get("leafUuid")), text_of(record.get("summary"))
            self._summaries.append((leaf, summary.strip()))
        elif kind == "tag":
            self._tag = text_of(record.get("tag"))
        elif kind not in _IGNORED:
            self._unknown[kind or "(none)"] += 1

    def fill(self, draft: Draft, chain: RecordChain) -> None:
        """Fills the draft of the session whose records are in ``chain``."""
        # The summary of another session may stand in the log.
        summaries = [summary for leaf, summary in self._summaries if leaf in chain]
        titles = [*(self._titles.get(kind) for kind in _TITLES), *reversed(summaries)]
        draft.title = next(filter(None, titles), draft.title)
        draft.tags = [self._tag] if self._tag else []
        draft.unknown_records.update(self._unknown)
