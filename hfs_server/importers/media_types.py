"""The media type of a file, guessed from the ending of its name.

The rule not to break: the same name has the same type on every machine and with every Python,
or a session that is imported on two machines differs. So no table of either is used.
"""

from __future__ import annotations

from pathlib import PurePosixPath

UNKNOWN = "application/octet-stream"

_TYPES = {
    "application/gzip": "gz tgz",
    "application/json": "json",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/sql": "sql",
    "application/toml": "toml",
    "application/typescript": "ts tsx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-sh": "bash sh zsh",
    "application/x-tar": "tar",
    "application/xml": "xml",
    "application/yaml": "yaml yml",
    "application/zip": "zip",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpeg jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif tiff",
    "image/webp": "webp",
    "text/css": "css",
    "text/csv": "csv",
    "text/html": "htm html",
    "text/javascript": "js jsx mjs",
    "text/markdown": "md markdown",
    "text/plain": "log txt",
    "text/tab-separated-values": "tsv",
    "text/x-c": "c cc cpp h hpp",
    "text/x-go": "go",
    "text/x-java": "java",
    "text/x-python": "py",
    "text/x-rust": "rs",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
_BY_ENDING = {f".{each}": kind for kind, endings in _TYPES.items() for each in endings.split()}


def media_type_of(*names: str) -> str | None:
    """The type by the first of the names or paths that has a known ending."""
    endings = (PurePosixPath(name.replace("\\", "/")).suffix.lower() for name in names)
    return next((_BY_ENDING[ending] for ending in endings if ending in _BY_ENDING), None)
