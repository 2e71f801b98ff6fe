"""Names on the wire: methods, commands, versions. Their params and results are in protocol."""

from __future__ import annotations

from typing import Any

from hfs_server.session import EXPORT_SCHEMA_VERSION

PROTOCOL_VERSION = 2

LIST_SESSIONS = "hfs/listSessions"
EXPORT = "hfs/export"
FIND_SECRETS = "hfs/findSecrets"
EXPORT_ALL = "hfs/exportAll"
IMPORT = "hfs/import"
LIST_SOURCES = "hfs/listSources"
SEARCH = "hfs/search"
SESSIONS_OF_FILE = "hfs/sessionsOfFile"
STATISTICS = "hfs/statistics"
RENAME_SESSION = "hfs/renameSession"
DELETE_SESSION = "hfs/deleteSession"
RESTORE_SESSION = "hfs/restoreSession"
FIND_SESSION = "hfs/findSession"
TEXT_DOCUMENT_CONTENT = "workspace/textDocumentContent"
EXECUTE_COMMAND = "workspace/executeCommand"
DID_CHANGE_SESSIONS = "hfs/didChangeSessions"

REQUESTS = (
    LIST_SESSIONS,
    EXPORT,
    FIND_SECRETS,
    EXPORT_ALL,
    IMPORT,
    LIST_SOURCES,
    SEARCH,
    SESSIONS_OF_FILE,
    STATISTICS,
    RENAME_SESSION,
    DELETE_SESSION,
    RESTORE_SESSION,
    FIND_SESSION,
    TEXT_DOCUMENT_CONTENT,
    EXECUTE_COMMAND,
)
"""The requests that ``handlers`` answers; pygls answers the others."""

COMMANDS = {
    "hfs.server.listSessions": LIST_SESSIONS,
    "hfs.server.export": EXPORT,
    "hfs.server.findSecrets": FIND_SECRETS,
    "hfs.server.exportAll": EXPORT_ALL,
    "hfs.server.import": IMPORT,
    "hfs.server.listSources": LIST_SOURCES,
    "hfs.server.search": SEARCH,
    "hfs.server.sessionsOfFile": SESSIONS_OF_FILE,
    "hfs.server.statistics": STATISTICS,
    "hfs.server.renameSession": RENAME_SESSION,
    "hfs.server.deleteSession": DELETE_SESSION,
    "hfs.server.restoreSession": RESTORE_SESSION,
    "hfs.server.findSession": FIND_SESSION,
}
"""The commands of ``workspace/executeCommand``; each takes the params of its method."""

OPEN_SESSION = "hfs.server.openSession"
"""The command of a lens that shows a session; it has no method."""

IMPORT_COMMAND = "hfs.server.import"

ALL_COMMANDS = (*COMMANDS, OPEN_SESSION)

ANNOTATIONS = ("textDocument/hover", "textDocument/codeLens", "textDocument/codeAction")
"""The requests on source files that are answered if ``annotate`` is set."""

SHOW_SESSIONS = "hfs.server.sessionsOfFile"
SHOW_TITLE = "Show AI sessions of this file"
"""The command of a lens and of a code action."""


def capabilities() -> dict[str, Any]:
    """The value of ``capabilities.experimental.hfs``."""
    return {"protocolVersion": PROTOCOL_VERSION, "exportSchemaVersion": EXPORT_SCHEMA_VERSION}
