"""``hfs:`` URIs of sessions as read-only documents."""

from __future__ import annotations

import re

from hfs_server.errors import SessionNotFound
from hfs_server.exporters import EXPORTERS, Exporter, exporter_for_suffix
from hfs_server.lsp.jsonrpc import INVALID_PARAMS, RequestRefused

_SUFFIXES = [exporter.suffix for exporter in EXPORTERS]
_URI = re.compile(
    rf"(?i:hfs):(?://)?/sessions/(-?[0-9]{{1,19}})(?:/[^/?#]*)?"
    rf"({'|'.join(map(re.escape, _SUFFIXES))})(?:#[^\s#]*)?"
)
_INT64 = 2**63


def document_of(uri: str) -> tuple[int, Exporter]:
    """The session and the format that a URI names. Raises RequestRefused, SessionNotFound."""
    match = _URI.fullmatch(uri)
    exporter = exporter_for_suffix(match[2]) if match else None
    if match is None or exporter is None:
        suffixes = ", or ".join(_SUFFIXES)
        raise RequestRefused(
            INVALID_PARAMS, f"uri: expected hfs:/sessions/<id>{suffixes}, or a name below it."
        )
    session_id = int(match[1])
    if abs(session_id) >= _INT64:
        raise SessionNotFound(f"The store has no session {session_id}.", sessionId=session_id)
    return session_id, exporter
