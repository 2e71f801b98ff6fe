"""Messages and checkpoints of a document, gathered into batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hfs_server.importers.hfs_json.messages import characters_in
from hfs_server.importers.hfs_json.models import Checkpoint, PlainMessage
from hfs_server.importers.hfs_json.plain import characters_of
from hfs_server.session import Batch, JsonObject

_MOST_CHARACTERS = 1 << 20
_MOST_PARTS = 2_000
_CHECKPOINT_CHARACTERS = 1 << 15
"""The assumed size of a checkpoint, since its state is not text that could be measured."""


Part = PlainMessage | JsonObject | Checkpoint | list[JsonObject] | None
"""A message, which is an object if it has keys of schema 1.1.0, a checkpoint, or many messages that
are plain. An invalid part is None.
"""


def batches_of(parts: Iterable[Part]) -> Iterator[Batch]:
    """Batches of the parts, in order.

    An invalid part counts too, so that a document of invalid parts can be cancelled.
    """
    messages: list[JsonObject] = []
    checkpoints: list[JsonObject] = []
    characters = count = 0
    for part in parts:
        count += len(part) if isinstance(part, list) else 1
        if isinstance(part, list):
            messages += part
            characters += characters_of(part)
        elif isinstance(part, PlainMessage):
            messages.append(part.as_object())
            characters += len(part.content) + len(part.role)
        elif isinstance(part, dict):
            messages.append(part)
            characters += characters_in(part)
        elif part is not None:
            checkpoints.append(part.as_object())
            characters += _CHECKPOINT_CHARACTERS
        if count >= _MOST_PARTS or characters >= _MOST_CHARACTERS:
            yield Batch(messages, checkpoints, count)
            messages, checkpoints = [], []
            characters = count = 0
    yield Batch(messages, checkpoints, count)
