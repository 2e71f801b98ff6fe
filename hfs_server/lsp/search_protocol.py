"""Params and result of a search."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hfs_server.lsp.filter_params import FilterParams, Texts
from hfs_server.lsp.session_summary import SessionSummary, Shown
from hfs_server.lsp.wire import Id, Text, Wire


class SearchParams(FilterParams):
    """Params of ``hfs/search``."""

    query: str
    roles: Texts | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Text | None = None
    session_id: Id | None = None


class Match(Wire):
    """A message, or the name or the summary of a session, that a search has found."""

    session: SessionSummary
    message_index: int
    role: Shown
    created_at: str | None
    snippet: Shown
    highlights: list[list[int]]
    uri: str


class SearchResult(Wire):
    """Result of ``hfs/search``."""

    matches: list[Match]
    next_cursor: str | None
    is_complete: bool
