"""What editors in use send with ``initialize``, as far as its shapes go."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Json = Any

_TRUE = {"dynamicRegistration": True}
_KINDS = {"valueSet": list(range(1, 27))}

VSCODE: Json = {
    "processId": None,
    "clientInfo": {"name": "Visual Studio Code", "version": "1.105.1"},
    "locale": "en",
    "rootPath": "/home/me/project",
    "rootUri": "file:///home/me/project",
    "capabilities": {
        "workspace": {
            "applyEdit": True,
            "workspaceEdit": {
                "documentChanges": True,
                "resourceOperations": ["create", "rename", "delete"],
                "failureHandling": "textOnlyTransactional",
                "normalizesLineEndings": True,
                "changeAnnotationSupport": {"groupsOnLabel": True},
                "metadataSupport": True,
                "snippetEditSupport": True,
            },
            "configuration": True,
            "didChangeWatchedFiles": {**_TRUE, "relativePatternSupport": True},
            "symbol": {
                **_TRUE,
                "symbolKind": _KINDS,
                "tagSupport": {"valueSet": [1]},
                "resolveSupport": {"properties": ["location.range"]},
            },
            "codeLens": {"refreshSupport": True},
            "executeCommand": _TRUE,
            "didChangeConfiguration": _TRUE,
            "workspaceFolders": True,
            "fileOperations": {**_TRUE, "didCreate": True, "willRename": True},
            "semanticTokens": {"refreshSupport": True},
            "textDocumentContent": _TRUE,
        },
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": True,
                "versionSupport": False,
                "tagSupport": {"valueSet": [1, 2]},
                "codeDescriptionSupport": True,
                "dataSupport": True,
            },
            "synchronization": {**_TRUE, "willSave": True, "didSave": True},
            "completion": {
                **_TRUE,
                "contextSupport": True,
                "completionItem": {
                    "snippetSupport": True,
                    "documentationFormat": ["markdown", "plaintext"],
                    "tagSupport": {"valueSet": [1]},
                    "resolveSupport": {"properties": ["documentation", "detail"]},
                    "insertTextModeSupport": {"valueSet": [1, 2]},
                },
                "insertTextMode": 2,
                "completionItemKind": {"valueSet": list(range(1, 26))},
                "completionList": {"itemDefaults": ["commitCharacters", "editRange"]},
            },
            "hover": {**_TRUE, "contentFormat": ["markdown", "plaintext"]},
            "codeAction": {
                **_TRUE,
                "resolveSupport": {"properties": ["edit"]},
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix"]}},
                "tagSupport": {"valueSet": [1]},
            },
            "documentSymbol": {**_TRUE, "symbolKind": _KINDS},
            "rename": {**_TRUE, "prepareSupportDefaultBehavior": 1},
            "foldingRange": {**_TRUE, "rangeLimit": 5000, "lineFoldingOnly": True},
            "semanticTokens": {
                **_TRUE,
                "tokenTypes": ["namespace", "type"],
                "formats": ["relative"],
                "requests": {"range": True, "full": {"delta": True}},
            },
            "diagnostic": {**_TRUE, "relatedDocumentSupport": False},
        },
        "window": {
            "showMessage": {"messageActionItem": {"additionalPropertiesSupport": True}},
            "showDocument": {"support": True},
            "workDoneProgress": True,
        },
        "general": {
            "staleRequestSupport": {"cancel": True, "retryOnContentModified": ["hover"]},
            "regularExpressions": {"engine": "ECMAScript", "version": "ES2020"},
            "markdown": {"parser": "marked", "version": "1.1.0"},
            "positionEncodings": ["utf-16"],
        },
        "notebookDocument": {"synchronization": {**_TRUE, "executionSummarySupport": True}},
    },
    "initializationOptions": {"logLevel": "info"},
    "trace": "off",
    "workspaceFolders": [{"uri": "file:///home/me/project", "name": "project"}],
}
NEOVIM: Json = {
    "processId": 4711,
    "clientInfo": {"name": "Neovim", "version": "0.11.2+v0.11.2"},
    "rootPath": None,
    "rootUri": None,
    "workDoneToken": "1",
    "capabilities": {
        "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]},
        "textDocument": {
            "callHierarchy": {"dynamicRegistration": False},
            "codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}},
            "semanticTokens": {"requests": {"full": {"delta": True}, "range": False}},
            "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}, "dataSupport": True},
        },
        "workspace": {"inlayHint": {"refreshSupport": True}, "symbol": {"symbolKind": _KINDS}},
        "window": {"showDocument": {"support": True}, "workDoneProgress": True},
    },
    "initializationOptions": [],
    "trace": "off",
    "workspaceFolders": None,
}
EGLOT: Json = {
    "processId": 4711,
    "clientInfo": {"name": "Eglot", "version": "1.17.30"},
    "rootPath": "/home/me/project/",
    "rootUri": "file:///home/me/project",
    "initializationOptions": {},
    "capabilities": {
        "workspace": {
            "applyEdit": True,
            "executeCommand": {"dynamicRegistration": False},
            "workspaceEdit": {"documentChanges": True},
            "configuration": True,
        },
        "textDocument": {
            "synchronization": {"dynamicRegistration": False, "didSave": True},
            "completion": {"completionItem": {"tagSupport": {"valueSet": [1]}}},
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["x"]}}},
            "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}},
        },
        "window": {"showDocument": {"support": True}, "workDoneProgress": True},
        "general": {"positionEncodings": ["utf-32", "utf-8", "utf-16"]},
        "experimental": {},
    },
    "workspaceFolders": [{"uri": "file:///home/me/project", "name": "~/project/"}],
}
EDITORS = {"VS Code": VSCODE, "Neovim": NEOVIM, "Eglot": EGLOT}

ODD: list[Json] = [
    None, [], {}, True, False, "x", "", "\ud800", 7, -1, 1.5, 1e9, 2**70, [[]], [None, {}],
    {"valueSet": [-1, "x", None]}, {"jsonrpc": "2.0", "method": "exit", "id": 1},
]  # fmt: skip
"""What a member may be in place of what it should be."""


def variations(params: Json) -> Iterator[Json]:
    """The params with one node after the other replaced by each odd value; never the root."""
    for place in _places(params):
        for odd in ODD:
            changed = copy.deepcopy(params)
            parent = changed
            for step in place[:-1]:
                parent = parent[step]
            parent[place[-1]] = odd
            yield changed


def _places(node: Json, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if place:
        yield place
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if _is_list(node) else ()
    for step, child in pairs:
        yield from _places(child, (*place, step))


def _is_list(node: Json) -> bool:
    # Of a list of kinds, the ends are enough.
    return isinstance(node, list) and len(node) < 5
