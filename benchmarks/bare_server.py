"""The least server that pygls makes: ``python -m benchmarks.bare_server [ANSWER]``.

Without ``ANSWER`` it has no features; with it, it answers ``hfs/listSessions`` with the
JSON in that file.
"""

from __future__ import annotations

import sys
from typing import Any

from pygls.lsp.server import LanguageServer


def main(answer: str | None = None) -> None:
    """Serves on stdin and stdout."""
    server = LanguageServer("bare-server", "1.0.0")
    if answer is not None:
        import json

        with open(answer, encoding="utf-8") as file:
            page = json.load(file)

        @server.feature("hfs/listSessions")
        def list_sessions(_: Any) -> Any:
            return page

    server.start_io()


if __name__ == "__main__":
    main(*sys.argv[1:])
