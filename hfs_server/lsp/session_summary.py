"""A session in a result."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from hfs_server.lsp.wire import Wire
from hfs_server.text import show_nul

Shown = Annotated[str, AfterValidator(show_nul)]
ShownList = Annotated[list[Shown], Field(strict=False)]


class SessionSummary(Wire):
    """A session in a list."""

    id: int
    name: Shown
    created_at: str
    updated_at: str | None
    message_count: int
    checkpoint_count: int
    preview: Shown | None
    tool: str
    working_directory: Shown | None
    models: ShownList
    total_tokens: int | None
    parent_id: int | None
    child_count: int
    tags: ShownList
    deleted_at: str | None
