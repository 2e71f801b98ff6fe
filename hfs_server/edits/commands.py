"""Commands of a shell, and scripts, that patch or write files.

The rule not to break: only what certainly writes a file is an edit: a patch, and a document that
stands in the command ("cat > file <<EOF").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from hfs_server.edits.patches import Change, changes_of
from hfs_server.edits.paths import joined

_BEGIN, _PATCH_END = "*** Begin Patch", "*** End Patch"
_FOLDER = re.compile(r"""\s*cd\s+(?:"([^"\n]+)"|'([^'\n]+)'|([^\s;&|]+))\s*(?:&&|;|\n)""")
_WORD = r"""(?:"[^"\n]{1,999}"|'[^'\n]{1,999}'|[^\s;&|<>"'$`()]{1,999}+)"""
_END = r"""<<-?[ \t]*+["']?(?P<{0}>\w{{1,99}}+)["']?"""
_DOCUMENT = re.compile(
    rf"(?:^|[\n;&|(])[ \t]*+(?P<program>cat|tee)[ \t]++(?:{_END.format('before')}[ \t]*+)?"
    rf"(?P<sign>>>|>|-a[ \t]|)[ \t]*+(?P<path>{_WORD})[ \t]*+(?:>[ \t]*+/dev/null[ \t]*+)?"
    rf"(?:{_END.format('after')})?[^\n]*+\n"
)
_ESCAPED = re.compile(r"\\([`$\\])")


def changes_of_command(text: str) -> Iterator[Change]:
    """What a command or a script does to files, with paths that start from its folder."""
    folder = _FOLDER.match(text)
    base = next(filter(None, folder.groups()), "") if folder else ""
    patches = [*_patches(text)]
    for patch in patches:
        yield from (_below(base, change) for change in changes_of(patch))
    if not patches and "<<" in text:
        yield from (_below(base, change) for change in _documents(text))


def _below(base: str, change: Change) -> Change:
    return change._replace(path=joined(base, change.path)) if base else change


def _patches(text: str) -> Iterator[str]:
    """Patches in a command as they are, or in a literal of JavaScript."""
    start = text.find(_BEGIN)
    while start >= 0 and (end := text.find(_PATCH_END, start)) >= 0:
        patch = text[start : end + len(_PATCH_END)]
        if patch.startswith(f"{_BEGIN}\\n"):
            yield _unescaped(patch)
        elif text.endswith("`", 0, start) and not text.endswith("String.raw`", 0, start):
            yield _ESCAPED.sub(r"\1", patch)
        else:
            yield patch
        start = text.find(_BEGIN, end)


def _unescaped(literal: str) -> str:
    """The text of a literal in double or single quotes; "" if it is none."""
    try:
        text = json.loads('"' + re.sub(r"\\(['`$])", r"\1", literal) + '"', strict=False)
    except (ValueError, RecursionError):
        return ""
    return str(text)


def _documents(text: str) -> Iterator[Change]:
    position = 0
    while found := _DOCUMENT.search(text, position):
        position = found.end()
        end = found["before"] or found["after"]
        if not end or not (found["sign"] or found["program"] == "tee"):
            continue
        close = re.compile(rf"^\t*{re.escape(end)}[ \t]*$", re.MULTILINE).search(text, position)
        body = text[position : close.start() if close else len(text)]
        position = close.end() if close else len(text)
        kind = "edit" if found["sign"].strip() in (">>", "-a") else "write"
        yield Change(found["path"].strip("\"'"), kind, tuple(body.removesuffix("\n").split("\n")))
