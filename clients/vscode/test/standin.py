#!/usr/bin/env python3
"""A server that fails in the way that its first argument says."""

import json
import os
import sys
import time

mode = sys.argv[1]
version = {"old": "0.0.9"}.get(mode, "0.1.0")


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    sys.stdout.buffer.flush()


def receive():
    length = 0
    while (line := sys.stdin.buffer.readline()).strip():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if not length:
        sys.exit(0)
    return json.loads(sys.stdin.buffer.read(length))


if "--version" in sys.argv:
    if mode == "mute":
        time.sleep(600)
    if mode == "stranger":
        print("Usage: something else entirely")
        sys.exit(0)
    print("hfs-server " + version)
    sys.exit(0)
if "STANDIN_STARTS" in os.environ:
    with open(os.environ["STANDIN_STARTS"], "a") as starts:
        starts.write("started\n")
if mode == "exits":
    print("ModuleNotFoundError: No module named 'pygls'", file=sys.stderr)
    sys.exit(1)
if mode == "garbage":
    print("Welcome to Python! Have fun.", flush=True)
    time.sleep(600)
if mode == "hangs":
    time.sleep(600)


def match(text):
    session = {"id": 1, "name": text, "createdAt": "2026-02-01T10:00:00Z", "updatedAt": None}
    session |= {"messageCount": 1, "checkpointCount": 0, "preview": None, "tool": "codex"}
    session |= {"workingDirectory": "/w/web", "models": [], "totalTokens": None, "parentId": None}
    session |= {"childCount": 0, "tags": [], "deletedAt": None}
    found = {"session": session, "messageIndex": 1, "role": "user", "createdAt": None}
    return found | {"snippet": text, "highlights": [], "uri": "hfs:/sessions/1.md#message-1"}


def search(query, request_id, state):
    """Answers words that begin with "last", and then what it was asked before, too late."""
    state["searches"] = state.get("searches", 0) + 1
    page = {"matches": [match(query)], "nextCursor": None}
    if not query.startswith("last"):
        state.setdefault("late", []).append((request_id, page | {"isComplete": True}))
        return
    is_complete = mode != "indexing" or state["searches"] > 2
    send({"id": request_id, "result": page | {"isComplete": is_complete}})
    for late_id, late in state.pop("late", []):
        send({"id": late_id, "result": late})


def register():
    """Asks for the session files among the editor's documents."""
    methods = [f"textDocument/{name}" for name in ("didOpen", "didChange", "didSave", "didClose")]
    options = {"documentSelector": [{"scheme": "file", "pattern": "**/*.json"}], "syncKind": 2}
    asked = [{"id": name, "method": name, "registerOptions": options} for name in methods]
    params = {"registrations": asked}
    send({"id": "r", "method": "client/registerCapability", "params": params})


state = {}
while True:
    message = receive()
    method = message.get("method")
    if "STANDIN_MESSAGES" in os.environ:
        with open(os.environ["STANDIN_MESSAGES"], "a") as messages:
            params = message.get("params") or {}
            about = params.get("query", "")
            if mode == "registering" and "textDocument" in params:
                about = params["textDocument"]["uri"].rpartition("/")[2]
            messages.write(f"{method} {about}".strip() + "\n")
    if method == "initialize":
        if mode == "refuses":
            error = {"code": -32603, "message": "No initialize today."}
            send({"id": message["id"], "error": error})
            continue
        info = {"name": "hfs-server", "version": "0.0.9" if mode == "replaced" else version}
        commands = {"executeCommandProvider": {"commands": ["hfs.server.listSources"]}}
        if mode in ("searching", "indexing"):
            commands["executeCommandProvider"]["commands"] = ["hfs.server.search"]
        capabilities = commands if mode in ("closed", "searching", "indexing") else {}
        if mode == "annotating":
            capabilities = {"textDocumentSync": {"openClose": True, "change": 2}}
        send({"id": message["id"], "result": {"capabilities": capabilities, "serverInfo": info}})
        if mode == "keeping":
            create = "window/workDoneProgress/create"
            send({"id": "work", "method": create, "params": {"token": "work"}})
    elif message.get("id") == "work":
        begin = {"kind": "begin", "title": "Importing new sessions"}
        send({"method": "$/progress", "params": {"token": "work", "value": begin}})
    elif method == "hfs/listSessions" and mode == "keeping" and message["params"].get("query"):
        end = {"kind": "end"}
        send({"method": "$/progress", "params": {"token": "work", "value": end}})
        send({"id": message["id"], "result": {"sessions": [], "nextCursor": None}})
    elif method == "initialized" and mode == "registering":
        register()
    elif method == "shutdown":
        send({"id": message["id"], "result": None})
    elif method == "exit":
        sys.exit(0)
    elif "id" in message and method:
        if mode == "dies":
            print("Killed by the test", file=sys.stderr)
            sys.exit(7)
        if mode == "babbles":
            print("Traceback (most recent call last):\n\n", flush=True)
            time.sleep(600)
        if mode == "silent":
            continue
        if mode == "busy" and not os.path.exists(os.environ["STANDIN_FREE"]):
            error = {"code": -32803, "message": "The store is busy.", "data": {"kind": "storeBusy"}}
            send({"id": message["id"], "error": error})
            continue
        if method == "hfs/search":
            search(message["params"]["query"], message["id"], state)
            continue
        if method == "hfs/listSources":
            source = {"tool": "codex", "name": "Codex", "location": "/home/ann/.codex/sessions"}
            counts = {"found": 0, "new": 0, "changed": 0, "bytes": 0, "lastActivity": None}
            problem = {"problem": "It cannot be read: Permission denied."}
            send({"id": message["id"], "result": {"sources": [source | counts | problem]}})
            continue
        send({"id": message["id"], "result": {"sessions": [], "nextCursor": None}})
