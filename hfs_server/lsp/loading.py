"""What requests need: loaded before the first one, or while nothing is requested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from hfs_server.store import modules_of
from hfs_server.store.address import StorePlace

if TYPE_CHECKING:
    from hfs_server.lsp.handlers import Handlers


def load_handlers() -> type[Handlers]:
    """Loads all that requests need, since later too many files may be open to load a module."""
    import hfs_server.lsp.annotations
    import hfs_server.lsp.session_requests
    import hfs_server.store.message_extra  # noqa: F401
    from hfs_server.exporters import EXPORTERS
    from hfs_server.lsp.handlers import Handlers

    for exporter in EXPORTERS:
        exporter.load()
    return Handlers


def loading_in_advance(place: StorePlace) -> Iterator[Callable[[], object]]:
    """What first imports, exports and searches would load or compile, one after the other.

    Benchmark rows 34 and 7 (redaction) need it. Languages that are seldom used stay out, for the
    memory's sake.
    """
    for module in modules_of(place):
        yield partial(import_module, module)
    from hfs_server.exporters.html.highlighting import USUAL, lexer

    for name in USUAL:
        yield partial(lexer, name)
    yield partial(import_module, "hfs_server.transforms.redacted_snapshot")
    from hfs_server.transforms.redaction import Redactor

    yield Redactor().prepare
