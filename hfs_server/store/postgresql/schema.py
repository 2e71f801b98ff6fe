"""Whether a store still has all that the steps of its schema have created.

Nothing is changed. The rule not to break: the steps alone say what must be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hfs_server.errors import StoreUnusable
from hfs_server.store.postgresql.migrations import STEPS

if TYPE_CHECKING:
    from hfs_server.store.postgresql.connections import Raw

_MOST_SHOWN = 3
_TABLE = re.compile(r"CREATE TABLE hfs\.(\w+) \((.*?)\n    \);", re.DOTALL)
_COLUMN = re.compile(r"^ {8}([a-z_]+) ", re.MULTILINE)
_INDEX = re.compile(r"CREATE INDEX (\w+)")
"""One that keeps nothing out, unlike a unique one."""
_PART = re.compile(r"CREATE (?:UNIQUE )?(TABLE|INDEX|FUNCTION|TRIGGER) (?:hfs\.)?(\w+)")


def missing_indexes(raw: Raw, version: int) -> list[str]:
    """The indexes that a store of this version lacks, without which it is slow.

    Raises StoreUnusable if it lacks any other part.
    """
    found = {part for (part,) in raw.execute(_FOUND.encode())}
    lacking = [part for part in parts(version) if part not in found]
    indexes = [f"index {name}" for name in _INDEX.findall("\n".join(STEPS[:version]))]
    missing = [part for part in lacking if part not in indexes]
    if missing:
        shown = ", ".join(missing[:_MOST_SHOWN])
        more = f" and {len(missing) - _MOST_SHOWN} more" if missing[_MOST_SHOWN:] else ""
        raise _lacking(shown + more)
    return [part.removeprefix("index ") for part in lacking]


def check_is_new(raw: Raw) -> None:
    """Raises StoreUnusable if there are sessions without the version of their schema."""
    if raw.execute(_IS_WITHOUT_VERSION.encode()).fetchall()[0][0]:
        raise _lacking("table schema_version")


def parts(version: int) -> Iterator[str]:
    """The kind and the name of each part: tables first, then what is in them."""
    sql = "\n".join(STEPS[:version])
    made = [(kind.lower(), name) for kind, name in _PART.findall(sql)]
    yield from (f"{kind} {name}" for kind, name in made if kind == "table")
    for table, body in _TABLE.findall(sql):
        yield from (f"column {table}.{column}" for column in _COLUMN.findall(body))
    yield from (f"{kind} {name}" for kind, name in made if kind != "table")


def _lacking(missing: str) -> StoreUnusable:
    return StoreUnusable(
        f"The store lacks what hfs-server has created: {missing}. Restore it from a backup, or "
        "ask its administrator."
    )


_FOUND = """
    SELECT 'table ' || relname FROM pg_class
        WHERE relnamespace = 'hfs'::regnamespace AND relkind = 'r'
    UNION ALL SELECT concat('column ', relname, '.', attname) FROM pg_class
        JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'hfs'::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT 'index ' || relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
        WHERE relnamespace = 'hfs'::regnamespace AND indisvalid
    UNION ALL SELECT 'function ' || proname FROM pg_proc
        WHERE pronamespace = 'hfs'::regnamespace
    UNION ALL SELECT 'trigger ' || tgname FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid
        WHERE relnamespace = 'hfs'::regnamespace AND tgenabled <> 'D'
"""
_IS_WITHOUT_VERSION = """
    SELECT coalesce(bool_or(relname = 'sessions') AND NOT bool_or(relname = 'schema_version'),
        false) FROM pg_class WHERE relnamespace = to_regnamespace('hfs')
"""
