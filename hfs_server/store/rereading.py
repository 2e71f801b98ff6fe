"""Sessions as today's importers read them from originals: what all engines do with them alike."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from hfs_server.session import Batch, SessionHeader, SessionSource
from hfs_server.store.incoming import AnyStaged, IncomingSession
from hfs_server.store.rows import SessionRow, as_text, object_in
from hfs_server.store.shapes import KeptOriginal


def kept_originals(
    rows: Sequence[Sequence[Any]], tools: Collection[str] | None
) -> list[KeptOriginal]:
    """The originals of sessions of these tools, or of all.

    Rows have digest, name, size, tool, the id of a session and its extra keys, in the order of
    the digests.
    """
    found = [list(group) for _, group in groupby(rows, key=itemgetter(0))]
    kept = [_kept_original(group) for group in found]
    chosen = [each for each in kept if tools is None or each.tool in tools]
    return sorted(chosen, key=lambda each: min(each.session_ids))


def _kept_original(rows: Sequence[Sequence[Any]]) -> KeptOriginal:
    """The original of some sessions; its place is that of the first one whose name fits."""
    digest, name, size, tool, *_ = rows[0]
    name = as_text(name)
    sources = [object_in(object_in(extra).get("facts")).get("source") for *_, extra in rows]
    places = [as_text(object_in(source).get("location")) for source in sources]
    place = next((each for each in places if re.split(r"[/\\]", each)[-1] == name), name)
    ids = frozenset(session_id for *_, session_id, _ in rows)
    return KeptOriginal(as_text(digest), name, size, as_text(tool), place, ids)


class KnownSource:
    """A source whose original the store has."""

    original = None

    def __init__(self, source: SessionSource) -> None:
        self.header = source.header
        self.warnings: Sequence[str] = source.warnings
        self.schema_version = source.schema_version

    def batches(self) -> Iterator[Batch]:
        """Nothing: it was read."""
        return iter(())


def reread_header(
    incoming: IncomingSession[AnyStaged],
    stored: SessionRow,
    identity: str,
    more_models: Sequence[str],
) -> SessionHeader:
    """What the original says, but for what only files beside it or its place show."""
    header = incoming.header
    facts = {**header.facts}
    if identity != incoming.identity:
        facts.pop("session_id", None)
    if more_models:
        facts["models"] = list(dict.fromkeys((*facts.get("models", ()), *more_models)))
    name = header.name if header.is_named else stored.hfs_imported_name or stored.name
    return header._replace(facts=facts, name=name)
