"""The rules that a server's output keeps in every test, checked as often as a test likes.

What was checked is not checked again, so that one test does not spoil the next.
"""

from __future__ import annotations

import json
from collections import Counter

from testing.documents import MARKER
from testing.server_process import Message, ServerProcess

INTERNAL_ERROR = -32603


class ReplyCheck:
    """Each request gets exactly one reply, and stderr holds no session content."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._expected: Counter[str] = Counter()
        self._expected_without_id = 0
        self._checked = 0
        self._checked_stderr = 0

    def expect(self, message_id: int | str | None) -> None:
        """Expects one more reply with this id; with None, one more error without an id."""
        if message_id is None:
            self._expected_without_id += 1
        else:
            self._expected[json.dumps(message_id)] += 1

    def check(self) -> None:
        """Fails if the server broke a rule since the last check."""
        replies, stderr = self._new_replies(), self._new_stderr()
        expected, self._expected = self._expected, Counter()
        without_id, self._expected_without_id = self._expected_without_id, 0
        answered = Counter(json.dumps(reply["id"]) for reply in replies if reply["id"] is not None)
        bugs = [reply for reply in replies if reply.get("error", {}).get("code") == INTERNAL_ERROR]
        stray = self._server.stray
        assert stray is None, f"bytes outside of frames: {stray[:200]!r}"
        assert bugs == [], "the server answered that it has a bug"
        assert len(replies) - answered.total() == without_id, "unexpected errors without an id"
        if self._server.may_be_cut_off:
            assert answered <= expected, "more replies than requests"
        else:
            assert answered == expected, "not exactly one reply per request"
        for forbidden in (MARKER, "Traceback", "Internal error"):
            assert forbidden not in stderr, f"on stderr: {stderr[-3000:]}"

    def forget(self) -> None:
        """Begins again with the first of the messages, after those so far were cleared."""
        self._checked = 0

    def _new_replies(self) -> list[Message]:
        with self._server.changed:
            received = self._server.received[self._checked :]
            self._checked = len(self._server.received)
        return [message for message in received if "id" in message and "method" not in message]

    def _new_stderr(self) -> str:
        stderr = self._server.stderr[self._checked_stderr :]
        self._checked_stderr += len(stderr)
        return stderr
