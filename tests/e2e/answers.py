"""The answers to messages that no client library would send."""

from __future__ import annotations

from typing import Any

from tests.e2e.abuse import RESULT, Answers
from tests.e2e.client import Client

PING = {"jsonrpc": "2.0", "method": "hfs/listSessions", "params": {"limit": 1}}


def code_of(answer: Any) -> int:
    return answer["error"]["code"] if "error" in answer else RESULT


def begin_anew(client: Client) -> None:
    """Lets ids be used again."""
    client.check()
    client.forget()


def heard(client: Client, answers: Answers) -> None:
    """Waits for these answers; that no others came is what every test checks in the end."""
    for message_id in dict.fromkeys(message_id for message_id, _ in answers):
        codes = [code for answered, code in answers if answered == message_id]
        found = [code_of(part) for part in wait_for_replies(client, message_id, len(codes))]
        assert found == codes, client.received
        if message_id is None:
            for _ in codes:
                client.unidentified_refusal()


def wait_for_replies(client: Client, message_id: Any, count: int) -> list[Any]:
    def found() -> Any:
        same = [part for part in client.received if "id" in part and part["id"] == message_id]
        return same if len(same) >= count else None

    return client.wait_for(f"{count} replies to {message_id!r}", found)
