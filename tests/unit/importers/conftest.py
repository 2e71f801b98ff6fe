"""What holds for every session that a test of an importer reads, also of a damaged file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hfs_server.importers.foreign import ForeignSession
from hfs_server.session import UNKNOWN, Batch
from hfs_server.session_facts import MessageFacts, MetadataFacts, misfits

BATCHES = ForeignSession.batches


def checked_batches(session: ForeignSession) -> Iterator[Batch]:
    """The batches as they are; fails if one of them fits no export document."""
    for batch in BATCHES(session):
        for message in batch.messages:
            wrong = misfits(message, MessageFacts)
            assert not wrong, {name: message[name] for name in wrong}
            assert UNKNOWN not in message
        yield batch
    facts = dict(session.header.facts)
    assert not misfits(facts, MetadataFacts), facts


@pytest.fixture(autouse=True)
def every_message_fits_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit schema 1.1.0 is moved to ``unknown`` by a store, where nobody sees it."""
    monkeypatch.setattr(ForeignSession, "batches", checked_batches)
