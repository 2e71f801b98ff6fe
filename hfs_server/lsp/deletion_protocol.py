"""Params and results of renaming, deleting and restoring a session."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from hfs_server.lsp.session_summary import SessionSummary
from hfs_server.lsp.wire import Id, Text, Wire
from hfs_server.names import LONGEST_NAME, require_visible

Name = Annotated[Text, Field(max_length=LONGEST_NAME), AfterValidator(require_visible)]


class RenameSessionParams(Wire):
    """Params of ``hfs/renameSession``."""

    session_id: Id
    name: Name


class DeleteSessionParams(Wire):
    """Params of ``hfs/deleteSession``."""

    session_id: Id


class DeleteSessionResult(Wire):
    """Result of ``hfs/deleteSession``."""

    deleted_at: str
    count: int


class RestoreSessionParams(Wire):
    """Params of ``hfs/restoreSession``: a deleted session."""

    session_id: Id


class SessionResult(Wire):
    """Result of ``hfs/renameSession`` and of ``hfs/restoreSession``."""

    session: SessionSummary
