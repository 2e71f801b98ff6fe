"""Which sessions were deleted, or came back, and when: a file for each in a folder of exports.

The rule not to break: of two states of a session, all machines choose the same one: the later
one, and at the same time the one that keeps the session. A file each lets Git merge them. A time
that a wrong clock gave counts on no machine, since nothing would be later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from hfs_server.errors import HfsError, InvalidDocument, UnsupportedVersion
from hfs_server.export_folder.files import ExportFiles
from hfs_server.export_folder.manifest import MANIFEST_HEAD
from hfs_server.export_folder.names import stem_of, stem_of_state
from hfs_server.timestamps import is_ahead, iso_from_text

FORMAT = "hfs-session-state"
STATE_HEAD = f'{{\n  "format": "{FORMAT}"'.encode()
"""How such a file begins."""

OUR_HEADS = (MANIFEST_HEAD, STATE_HEAD)
"""How files begin that hfs-server writes beside those of sessions."""

VERSION = 1
EARLIEST = "0001-01-01T00:00:00.000000Z"
"""The time of a change of which no time is known."""

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
            "version": VERSION,
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


class FoundStates(NamedTuple):
    """The states in a folder."""

    states: Mapping[str, State]
    """By the identity of the session."""
    problems: Mapping[str, HfsError]
    """Why files were ignored, and what to do, by their names."""

    @property
    def newer(self) -> frozenset[str]:
        """The names of files of a newer version, which must not be replaced."""
        found = self.problems.items()
        return frozenset(name for name, why in found if isinstance(why, UnsupportedVersion))

    def kind_of(self, name: str) -> Literal["newer", "ahead", "damaged"]:
        """Why a file was ignored, in a word."""
        if name in self.newer:
            return "newer"
        return "ahead" if self.problems[name].message == _AHEAD else "damaged"


NO_STATES = FoundStates({}, {})


def sortable(time: str) -> str:
    """A time in ISO 8601 with ``Z`` with microseconds, so that it sorts as text."""
    return time if "." in time else f"{time[:-1]}.000000Z"


def change_time(time: str) -> str:
    """The same for the time of a session's change; the earliest one if a wrong clock gave it."""
    return EARLIEST if is_ahead(time) else sortable(time)


def read_states(files: ExportFiles) -> FoundStates:
    """The states in a folder, and why others are ignored."""
    states: dict[str, State] = {}
    problems: dict[str, HfsError] = {}
    for name in sorted(filter(stem_of_state, files.names())):
        try:
            identity, states[identity] = _read(files, name)
        except HfsError as error:
            problems[name] = error
    return FoundStates(states, problems)


def _read(files: ExportFiles, name: str) -> tuple[str, State]:
    with files.open(name) as file:
        data = file.read(_MOST_BYTES)
    try:
        found = _Document.model_validate_json(data)
    except ValidationError:
        raise _newer(data) or InvalidDocument(_DAMAGED) from None
    if stem_of(found.session_id) != stem_of_state(name):
        raise InvalidDocument(_DAMAGED)
    if is_ahead(found.changed_at):
        raise InvalidDocument(_AHEAD)
    return found.session_id, State(sortable(found.changed_at), not found.deleted)


def _newer(data: bytes) -> UnsupportedVersion | None:
    """The error for a file of a newer version; None for any other one."""
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, Mapping) or found.get("format") != FORMAT:
        return None
    version = found.get("version")
    if type(version) is not int or version <= VERSION:
        return None
    return UnsupportedVersion(
        f"It has version {version}; this hfs-server knows version {VERSION}. Upgrade hfs-server.",
        found=str(version),
        supported=str(VERSION),
    )


_DAMAGED = (
    "It does not say whether its session was deleted: it is damaged, or Git left a conflict in it. "
    "Delete it, and export again on the machine that deleted or restored the session."
)
_AHEAD = (
    "It is ignored, since its time is more than a day ahead. Correct the clock of the machine that "
    "wrote it, delete the file, and export again there."
)
