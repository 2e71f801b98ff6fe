"""The answers to messages that no client library would send."""

from __future__ import annotations

from typing import Any

from testing.client import Client
from testing.messages import RESULT, Answers


def code_of(answer: Any) -> int:
    """The code of an error, or ``RESULT``."""
    return answer["error"]["code"] if "error" in answer else RESULT


def check_and_forget(client: Client) -> None:
    """Lets ids be used again, after the replies so far were checked."""
    client.check()
    client.forget()


def wait_for_answers(client: Client, answers: Answers) -> None:
    """Waits for these answers; that there are no others is what every test checks at its end."""
    for message_id in dict.fromkeys(message_id for message_id, _ in answers):
        codes = [code for answered, code in answers if answered == message_id]
        found = [code_of(part) for part in wait_for_replies(client, message_id, len(codes))]
        assert found == codes, client.received
        if message_id is None:
            for _ in codes:
                client.error_without_id()


def wait_for_replies(client: Client, message_id: Any, count: int) -> list[Any]:
    """So many replies with this id."""

    def found() -> Any:
        same = [part for part in client.received if "id" in part and part["id"] == message_id]
        return same if len(same) >= count else None

    return client.wait_for(f"{count} replies to {message_id!r}", found)
