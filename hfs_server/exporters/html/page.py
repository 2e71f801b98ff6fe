"""The frame of a page: its head, with the only style and the only script that it may have.

The rule not to break: the page's policy allows nothing but these two, by their hashes, and images
that it contains; so an element that got in by a bug could neither run nor load anything.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from hfs_server import __version__
from hfs_server.exporters.html.escaping import escaped

_HERE = Path(__file__).parent


def page_head(title: str) -> str:
    """All up to the content of the page; the title is plain text."""
    style, script = _asset("style.css"), _asset("script.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta name="generator" content="hfs-server {escaped(__version__)}">\n'
        f"<title>{escaped(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def page_end() -> str:
    """All after the content of the page."""
    return f"<script>{_asset('script.js')}</script>\n</body>\n</html>\n"


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
