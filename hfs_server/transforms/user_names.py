"""The names of users in a session, which the paths of home folders say.

The rule not to break: they do not depend on the order of what is read, so that a name is replaced
before the first path that says whose it is, too.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import Any

from hfs_server.cancellation import run_in_thread
from hfs_server.session import Batch, Refitted, SessionSnapshot
from hfs_server.transforms.secret_patterns import compiled
from hfs_server.transforms.user_rules import IN_HOME, name_in_folder

_MOST_NAMES = 200
"""So many are looked for; of more, the first in the order of their bytes."""

_MOST_KEPT = 10_000

_FOLDER_KEYS = ("cwd", "working_directory", "workingDirectory", "workdir")


async def user_names(session: SessionSnapshot) -> list[bytes]:
    """The names in a session, sorted. It is read once for this."""
    names: set[bytes] = set()
    related = [name for _, name in (await session.related()).values()]
    await run_in_thread(_add, names, [*session.header, related])
    for batches in (session.messages(), session.checkpoints()):
        await _add_all(names, batches)
    return sorted(names)[:_MOST_NAMES]


async def _add_all(names: set[bytes], given: AsyncGenerator[Batch, None]) -> None:
    async with aclosing(given) as batches:
        async for batch in batches:
            await run_in_thread(_add, names, [*batch.messages, *batch.checkpoints])


def _add(names: set[bytes], values: Iterable[Any]) -> None:
    content = _encoded("\n".join(_texts(values)))
    names.update(_encoded(name) for name in map(name_in_folder, _folders(values)) if name)
    pattern = compiled(IN_HOME)
    start = 0
    while (match := pattern.search(content, start)) is not None:
        _, begin, start = pattern.found(match)
        names.add(content[begin:start])
    if len(names) > _MOST_KEPT:
        names.intersection_update(sorted(names)[:_MOST_NAMES])


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _folders(value: Any) -> Iterator[str]:
    """What is nothing but the path of a folder, so that its end is known."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in _FOLDER_KEYS and isinstance(item, str):
                yield item
            else:
                yield from _folders(item)
        if isinstance(value, Refitted):
            yield from _folders(value.before)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for item in value:
            yield from _folders(item)


def _texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value, in keys and in attachments too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _texts(item)
            if key == "data":
                yield from _decoded(item)
        if isinstance(value, Refitted):
            yield from _texts(value.before)
    elif isinstance(value, Iterable):
        for item in value:
            yield from _texts(item)


def _decoded(data: Any) -> Iterator[str]:
    """The text of an attachment, if it is one."""
    try:
        yield b64decode(data, validate=True).decode()
    except (TypeError, ValueError):
        return
