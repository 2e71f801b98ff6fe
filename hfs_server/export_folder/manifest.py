"""The manifest of a folder of exports: which files it has, of which sessions, with checksums.

The rule not to break: it has one line for each file, in the order of their names, so that few
lines differ after a change. A manifest of a newer version is rejected, never replaced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hfs_server.errors import InvalidDocument, UnsupportedVersion
from hfs_server.export_folder.names import MANIFEST, stem_in, stem_of

FORMAT = "hfs-export-folder"
VERSION = 1
MANIFEST_HEAD = f'{{\n  "format": "{FORMAT}"'.encode()
"""How a manifest begins."""

_MOST_BYTES = 256 << 20
_Count = Annotated[int, Field(ge=0, lt=2**63)]
_STRICT = ConfigDict(strict=True, extra="ignore", frozen=True)


class Entry(BaseModel):
    """A file of a session."""

    model_config = _STRICT

    session_id: str | None = None
    """The identity of the session; None in a redacted export, since it may contain a secret."""
    name: str
    """The name of the session."""
    messages: _Count
    checkpoints: _Count
    bytes: _Count
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

    def line(self) -> str:
        """The entry as it is written."""
        return json.dumps(self.model_dump(exclude_none=True), ensure_ascii=False)


class Manifest(BaseModel):
    """The files of a folder, by their names, and how they were exported."""

    model_config = ConfigDict(strict=True, extra="ignore")

    format: Literal["hfs-export-folder"] = "hfs-export-folder"
    version: Literal[1] = 1
    export: dict[str, str | bool | int | list[str]] = {}
    """The format, and the options that are not the default."""
    files: dict[str, Entry] = {}

    @model_validator(mode="after")
    def _names_follow_from_sessions(self) -> Manifest:
        for name, entry in self.files.items():
            # Names become paths: without an identity, too, one is that of a session's file.
            stem = stem_in(name)
            if stem is None or (entry.session_id is not None and stem != stem_of(entry.session_id)):
                raise ValueError("a file has a name that does not follow from its session")
        return self

    def data(self) -> bytes:
        """The manifest as it is written."""
        about = {"format": self.format, "version": self.version, "export": self.export}
        head = json.dumps(about, indent=2, ensure_ascii=False).removesuffix("\n}")
        entries = sorted(self.files.items())
        lines = [f"    {json.dumps(name)}: {entry.line()}" for name, entry in entries]
        files = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
        return f'{head},\n  "files": {files}\n}}\n'.encode()


def read_manifest(file: BinaryIO, where: str) -> Manifest:
    """The manifest in a file. ``where`` names it in errors.

    Raises UnsupportedVersion for one of a newer version, and InvalidDocument.
    """
    data = file.read(_MOST_BYTES + 1)
    _check_head(data, where)
    try:
        return Manifest.model_validate_json(data)
    except ValidationError:
        raise _invalid(where) from None


def _check_head(data: bytes, where: str) -> None:
    """Rejects what is not a manifest, or is a newer one, before the rest of it is validated."""
    try:
        found: Any = json.loads(data) if len(data) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping) or found.get("format") != FORMAT:
        raise _invalid(where)
    version = found.get("version")
    if type(version) is int and version > VERSION:
        raise UnsupportedVersion(
            f"{where} has version {version}; this hfs-server knows version {VERSION}. Upgrade "
            "hfs-server.",
            found=str(version),
            supported=str(VERSION),
        )


def _invalid(where: str) -> InvalidDocument:
    return InvalidDocument(
        f"{where} is damaged, or not the manifest of an export. If it is damaged, delete it and "
        f"export again, which writes a new one; else choose another destination than one with a "
        f"file {MANIFEST}."
    )
