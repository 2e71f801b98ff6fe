"""What Cline and Roo Code note of a request to an API: its tokens, and what was sent.

The rule not to break: only the model and the folder are taken from what was sent.
"""

from __future__ import annotations

import re

from hfs_server.importers.foreign import Draft
from hfs_server.importers.values import count_of, usage_of
from hfs_server.session import JsonObject

_MODEL = re.compile(r"<model>([^<\n]{1,200})</model>")
_FOLDER = re.compile(r"# Current (?:Working|Workspace) Directory \(([^\n)]{1,1000})\) Files")


def usage_in(request: JsonObject) -> dict[str, int | float]:
    """The tokens and the cost; with OpenAI's protocol, its input contains what the cache read."""
    given, cached = count_of(request.get("tokensIn")), count_of(request.get("cacheReads")) or 0
    written = count_of(request.get("cacheWrites")) or 0
    if given is not None and request.get("apiProtocol") == "openai":
        given = max(0, given - cached - written)
    return usage_of(
        input_tokens=given, output_tokens=request.get("tokensOut"),
        cache_read_tokens=request.get("cacheReads"), cache_write_tokens=request.get("cacheWrites"),
        cost_usd=request.get("cost"),
    )  # fmt: skip


def describe(sent: str, draft: Draft) -> str:
    """The model that what was sent names; the draft gets the folder."""
    if not draft.working_directory and (folder := _FOLDER.search(sent)):
        draft.working_directory = folder[1]
    model = _MODEL.search(sent)
    return model[1].strip() if model else ""
