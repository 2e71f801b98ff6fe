"""The script that makes the roles of a team's store, which an administrator runs by psql."""

from __future__ import annotations

from pathlib import Path

from hfs_server.store.postgresql.migrations import CREATE, NEWEST, STEPS

_SCHEMA = "-- the schema --\n"


def roles_script() -> str:
    """The script, with the schema as this version of hfs-server creates it."""
    script = Path(__file__).with_name("roles.sql").read_text("utf-8")
    version = f"INSERT INTO hfs.schema_version VALUES ({NEWEST})"
    schema = ";\n".join([CREATE, *(step.rstrip().rstrip(";") for step in STEPS), version, ""])
    return script.replace(_SCHEMA, schema)
