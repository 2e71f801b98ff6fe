"""What the server wants to hear of the editor's documents, announced or registered.

The rule not to break: no document is sent that nobody asked for. Session files are registered by
the editor's patterns; only an editor that cannot do so, and sends what its user chose, gets them
announced.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types

SESSION_REQUESTS = (
    types.TEXT_DOCUMENT_HOVER,
    types.TEXT_DOCUMENT_CODE_LENS,
    types.TEXT_DOCUMENT_CODE_ACTION,
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL,
    types.TEXT_DOCUMENT_FOLDING_RANGE,
)
"""The requests on session files that are open in the editor."""

REGISTER = "hfs-session-files"
"""The id of the request that registers them, whose answer is not awaited."""

_SELECTOR = [
    *({"scheme": "file", "pattern": f"**/*.{suffix}"} for suffix in ("json", "jsonl")),
    *({"scheme": "file", "language": language} for language in ("json", "jsonl")),
    *({"scheme": "untitled", "language": language} for language in ("json", "jsonl")),
]
_INCREMENTAL = types.TextDocumentSyncKind.Incremental
_SYNC: dict[str, dict[str, Any]] = {
    types.TEXT_DOCUMENT_DID_OPEN: {},
    types.TEXT_DOCUMENT_DID_CHANGE: {"syncKind": _INCREMENTAL.value},
    types.TEXT_DOCUMENT_DID_SAVE: {"includeText": False},
    types.TEXT_DOCUMENT_DID_CLOSE: {},
}
_OPTIONS: dict[str, dict[str, Any]] = {
    types.TEXT_DOCUMENT_CODE_ACTION: {"codeActionKinds": ["quickfix"]}
}


def can_register(capabilities: object) -> bool:
    """Whether a client with these capabilities registers what it sends of documents."""
    match capabilities:
        case {"textDocument": {"synchronization": {"dynamicRegistration": True}}}:
            return True
    return False


def refreshes_lenses(capabilities: object) -> bool:
    """Whether a client with these capabilities can be asked to ask for lenses again."""
    match capabilities:
        case {"workspace": {"codeLens": {"refreshSupport": True}}}:
            return True
    return False


def refresh_of_lenses(number: int) -> dict[str, Any]:
    """The request that does so."""
    method = types.WORKSPACE_CODE_LENS_REFRESH
    return {"jsonrpc": "2.0", "id": f"hfs-lenses-{number}", "method": method}


def registration(capabilities: object) -> dict[str, Any]:
    """The request that registers all that the client can register."""
    methods = [*_SYNC, *(each for each in SESSION_REQUESTS if _registers(capabilities, each))]
    return {
        "jsonrpc": "2.0",
        "id": REGISTER,
        "method": types.CLIENT_REGISTER_CAPABILITY,
        "params": {"registrations": [_registered(method) for method in methods]},
    }


def announce_documents(announced: types.ServerCapabilities) -> None:
    """Announces that documents are followed."""
    announced.text_document_sync = types.TextDocumentSyncOptions(
        open_close=True, change=_INCREMENTAL, save=types.SaveOptions(include_text=False)
    )
    announced.hover_provider = True
    announced.code_lens_provider = types.CodeLensOptions(resolve_provider=False)


def announce_session_files(announced: types.ServerCapabilities) -> None:
    """Announces what is answered on session files."""
    announce_documents(announced)
    kinds = ["quickfix"]
    if isinstance(announced.code_action_provider, types.CodeActionOptions):
        kinds += map(str, announced.code_action_provider.code_action_kinds or ())
    announced.code_action_provider = types.CodeActionOptions(code_action_kinds=kinds)
    announced.document_symbol_provider = True
    announced.folding_range_provider = True


def _registers(capabilities: object, method: str) -> bool:
    """Whether a client can register the requests of this method."""
    match capabilities:
        case {"textDocument": {**features}}:
            feature = features.get(method.rpartition("/")[2])
            return isinstance(feature, dict) and feature.get("dynamicRegistration") is True
    return False


def _registered(method: str) -> dict[str, Any]:
    options = {**_SYNC.get(method, {}), **_OPTIONS.get(method, {})}
    return {
        "id": f"hfs-{method}",
        "method": method,
        "registerOptions": {"documentSelector": _SELECTOR, **options},
    }
