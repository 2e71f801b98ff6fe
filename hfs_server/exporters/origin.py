"""Where a session of another tool comes from: tool, folder, branch, models, related sessions.

The rule not to break: the facts of a header may have any shape; what cannot be shown is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from hfs_server.exporters import SessionOverview
from hfs_server.exporters.formatting import brief, names
from hfs_server.exporters.report import Facts, Link
from hfs_server.exporters.snapshot_values import member

_MOST_SUBAGENTS = 20
_LENGTH_OF_COMMIT = 10
_LONGEST_NAME = 100


def origin_facts(session: SessionOverview) -> Facts:
    """The tool and its id of the session, the place of the work, and the models."""
    facts = session.header.facts
    source, git = facts.get("source"), facts.get("git")
    tool = (brief(member(source, key), _LONGEST_NAME) for key in ("tool", "tool_version"))
    commit = brief(member(git, "commit"), _LONGEST_NAME)[:_LENGTH_OF_COMMIT]
    branch = (brief(member(git, "branch"), _LONGEST_NAME), commit and f"({commit})")
    return (
        ("Tool", " ".join(filter(None, tool))),
        ("Session", brief(member(source, "session_id"))),
        ("Working directory", brief(facts.get("working_directory"))),
        ("Branch", " ".join(filter(None, branch))),
        ("Models", names(facts.get("models") or [])),
        ("Tags", names(facts.get("tags") or [])),
        ("Summary", brief(facts.get("summary"), longest=500)),
    )


def related_facts(session: SessionOverview) -> Facts:
    """The session that started this one, and those that this one started."""
    parent_id = session.header.facts.get("parent_session_id")
    parent = related_session(session, parent_id) or brief(parent_id)
    subagents = [*_subagents(session, parent)]
    rest = len(subagents) - _MOST_SUBAGENTS
    return (
        ("Parent session", parent),
        *(("Subagent", link) for link in subagents[:_MOST_SUBAGENTS]),
        ("Subagents", f"{rest:,} more" if rest > 0 else ""),
    )


def related_session(session: SessionOverview, key: object) -> Link | None:
    """The session that a tool call or an identity stands for; None if it is not known."""
    found = session.subagents.get(key) if isinstance(key, str) else None
    if found is None:
        return None
    name, target = found
    return Link(brief(name, _LONGEST_NAME) or "Untitled session", target)


def _subagents(session: SessionOverview, parent: Link | str) -> Iterator[Link]:
    """Each once, though it may be known by its call and by its identity."""
    seen = {parent.target} if isinstance(parent, Link) else set()
    for key, (_, target) in session.subagents.items():
        link = related_session(session, key)
        if link is not None and target not in seen:
            seen.add(target)
            yield link
