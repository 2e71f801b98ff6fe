"""The main job, once: import the example sessions, list them, export one, show it.

Everything goes over JSON-RPC to a real server process, into a store in a temporary
folder, with the client that pygls brings. Any language server client can do the same.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

SESSIONS = Path(__file__).parent / "sessions"


async def connected(folder: Path) -> LanguageClient:
    """A client of a new server whose store and exports are in ``folder``."""
    client = LanguageClient("tour", "1")
    client.feature("hfs/didChangeSessions")(lambda _: None)
    await client.start_io(sys.executable, "-m", "hfs_server", "--stdio")
    options = {
        "databasePath": str(folder / "sessions.db"),
        "exportDirectory": str(folder / "exports"),
    }
    await client.initialize_async(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(),
            process_id=os.getpid(),
            initialization_options=options,
        )
    )
    client.initialized(types.InitializedParams())
    return client


async def tour(folder: Path) -> None:
    client = await connected(folder)

    async def request(method: str, params: dict[str, Any]) -> Any:
        return await client.protocol.send_request_async(method, params)

    for file in sorted(SESSIONS.glob("*.json")):
        result = await request("hfs/import", {"uri": file.as_uri()})
        session = result.sessions[0]
        migrated = f", migrated from version {result.originalVersion}" if result.migrated else ""
        print(f"imported  {file.name}: {session.messageCount} messages{migrated}")

    listed = await request("hfs/listSessions", {})
    for session in listed.sessions:
        print(f"listed    {session.id}: {session.name} (created {session.createdAt})")

    chosen = next(session for session in listed.sessions if session.checkpointCount)
    for kind in ("json", "markdown"):
        exported = await request("hfs/export", {"sessionId": chosen.id, "format": kind})
        print(f"exported  {exported.uri.rpartition('/')[2]}: {exported.bytes} bytes")

    text = await client.workspace_text_document_content_async(
        types.TextDocumentContentParams(uri=f"hfs:/sessions/{chosen.id}.md")
    )
    print("\n" + text.text)

    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="hfs-tour-") as temporary:
        asyncio.run(asyncio.wait_for(tour(Path(temporary)), timeout=60))
