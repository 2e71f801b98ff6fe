"""The definitions of links in a message, "[label]: target", found without a parser.

The rule not to break: a definition found here only turns a reference into a link that is
safe. What a parser finds is escaped where it stands, whether it was found here or not.
"""

from __future__ import annotations

import re

from hfs_server.exporters.markdown.links import is_safe_target, normalized_label

_DEFINITION = re.compile(
    r"^ {0,3}\[(?!\^)([^\[\]\\`<\n]+)\]:[ \t]*<?([^\s<>\\()]+)>?[ \t]*(?:[\"'(].*)?$", re.MULTILINE
)
_MOST = 200


def definitions(text: str) -> dict[str, str]:
    """The target of each label, normalized; the first definition of a label counts."""
    if "]:" not in text:
        return {}
    found: dict[str, str] = {}
    for definition in _DEFINITION.finditer(text):
        label, href = normalized_label(definition[1]), definition[2]
        if len(found) < _MOST and is_safe_target(href):
            found.setdefault(label, href)
    return found
