"""Which sessions were deleted, or came back, and when: a file for each in a folder of exports.

The rule not to break: of two states of a session, all machines choose the same one: the later
one, and at the same time the one that keeps the session. A file each lets Git merge them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from hfs_server.errors import HfsError
from hfs_server.export_folder.files import ExportFiles
from hfs_server.export_folder.manifest import MANIFEST_HEAD
from hfs_server.export_folder.names import stem_of, stem_of_state
from hfs_server.timestamps import iso_from_text

FORMAT = "hfs-session-state"
STATE_HEAD = f'{{\n  "format": "{FORMAT}"'.encode()
"""How such a file begins."""

OUR_HEADS = (MANIFEST_HEAD, STATE_HEAD)
"""How files begin that hfs-server writes beside those of sessions."""

_MOST_BYTES = 64 << 10
_Time = Annotated[str, AfterValidator(iso_from_text)]


class State(NamedTuple):
    """Whether a session was deleted, and since when that is so; the greater one counts."""

    changed_at: str
    """ISO 8601 in UTC with ``Z`` and microseconds, which sorts."""
    is_kept: bool

    def data(self, identity: str) -> bytes:
        """The state as it is written."""
        value = {
            "format": FORMAT,
            "version": 1,
            "session_id": identity,
            "deleted": not self.is_kept,
            "changed_at": self.changed_at,
        }
        return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


class _Document(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    format: Literal["hfs-session-state"]
    version: Literal[1]
    session_id: str
    deleted: bool
    changed_at: _Time


def sortable(time: str) -> str:
    """A time in ISO 8601 with ``Z`` with microseconds, so that it sorts as text."""
    return time if "." in time else f"{time[:-1]}.000000Z"


def read_states(files: ExportFiles) -> tuple[Mapping[str, State], list[str]]:
    """The states in a folder, by identity, and the names of files that cannot be read."""
    states: dict[str, State] = {}
    damaged = []
    for name in sorted(filter(stem_of_state, files.names())):
        try:
            with files.open(name) as file:
                found = _Document.model_validate_json(file.read(_MOST_BYTES))
        except (HfsError, ValidationError):
            damaged.append(name)
            continue
        if stem_of(found.session_id) != stem_of_state(name):
            damaged.append(name)
            continue
        states[found.session_id] = State(sortable(found.changed_at), not found.deleted)
    return states, damaged
