"""The main job, once: import the example sessions, list them, export one, read it.

Everything goes over JSON-RPC to a real server process, into a store in a temporary
folder, with the client that pygls brings. Any language server client can do the same.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

SESSIONS = Path(__file__).parent / "sessions"
COLUMNS = 80

console = Console(width=COLUMNS, highlight=False)


async def connect(folder: Path) -> LanguageClient:
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
    client = await connect(folder)

    async def request(method: str, params: dict[str, Any]) -> Any:
        return await client.protocol.send_request_async(method, params)

    console.rule("[bold]hfs-server: a tour of a real server and a temporary store")

    show_step(1, "Import the example sessions", "hfs/import")
    rows = []
    for file in sorted(SESSIONS.iterdir()):
        result = await request("hfs/import", {"uri": file.as_uri()})
        (session,) = result.sessions
        note = f"migrated from {result.originalVersion}" if result.migrated else ""
        rows.append((file.name, session.tool, f"{session.messageCount} messages", note))
    show_rows(rows)

    show_step(2, "List them, last activity first", "hfs/listSessions")
    listed = (await request("hfs/listSessions", {})).sessions
    show_rows(
        (f"session {each.id}", (each.updatedAt or each.createdAt)[:10], each.tool, each.name)
        for each in listed
    )

    chosen = next(session for session in listed if session.checkpointCount)
    show_step(3, f"Export session {chosen.id} to files", "hfs/export")
    rows = []
    for kind, purpose in (("markdown", "to read"), ("json", "to keep and to import")):
        exported = await request("hfs/export", {"sessionId": chosen.id, "format": kind})
        rows.append((exported.uri.rpartition("/")[2], f"{exported.bytes:,} bytes", purpose))
    show_rows(rows)

    show_step(4, "Read it in a tab of the editor", "workspace/textDocumentContent")
    uri = f"hfs:/sessions/{chosen.id}.md"
    content = types.TextDocumentContentParams(uri=uri)
    show_document(uri, (await client.workspace_text_document_content_async(content)).text)

    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    show_next_steps()


def show_step(number: int, title: str, method: str) -> None:
    console.print(f"[bold cyan]{number}. {title}[/]  [dim]{method}")


def show_rows(rows: Any) -> None:
    table = Table.grid(padding=(0, 2))
    for row in rows:
        table.add_row(*row)
    console.print(Padding(table, (0, 0, 0, 3)))


def show_document(uri: str, text: str) -> None:
    """Shows two excerpts, the question and some of the run's trace, as a preview would."""
    question = between(text, "### 1. User", "### 2.").partition("\n\n")[2].strip()
    agents = between(text, "### auth", "### tests").partition("\n\n")[2]
    excerpt = Markdown(f"**User:** {question}\n\n**Agents of the triad auth:**\n\n{agents}")
    length = f"from {len(text.splitlines())} lines of Markdown"
    console.print(Panel(excerpt, title=uri, subtitle=length, border_style="dim"))


def between(text: str, start: str, end: str) -> str:
    """The part of the text from ``start`` to before ``end``."""
    return start + text.partition(start)[2].partition(end)[0]


def show_next_steps() -> None:
    program = os.path.relpath(Path(sys.executable).parent / "hfs-server")
    console.print(
        "[bold green]Done:[/] sessions imported, listed, exported and read, all in a\n"
        "temporary folder that is gone now. [bold]Try next:"
    )
    show_rows(
        (
            (f"{program} list", "your own sessions, if there are any"),
            (f"{program} sources", "what your other AI tools have to import"),
            (f"{program} --help", "export, import and more in the shell"),
            ("make client", "the extension for VS Code"),
            ("README.md", "Neovim, Emacs, Helix, Python"),
        )
    )


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="hfs-tour-") as temporary:
        asyncio.run(asyncio.wait_for(tour(Path(temporary)), timeout=60))
