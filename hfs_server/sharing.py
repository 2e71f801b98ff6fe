"""The use case of sharing: sessions of some projects are imported into a second store.

The rule not to break: nothing leaves this machine but the sessions of the projects that were
named. Where a path, a link or a missing parent leaves a doubt, the session stays.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache, partial

from hfs_server.filters import Filters
from hfs_server.folders import lies_in
from hfs_server.import_report import ImportReport
from hfs_server.import_work import Shares
from hfs_server.session import no_progress
from hfs_server.share_settings import Sharing
from hfs_server.store import Store
from hfs_server.store.shapes import ImportRules, SessionEntry
from hfs_server.store_import import OtherStoreImport
from hfs_server.transfers import Selection, transfers

_SOURCE = "the store of this machine"
_RULES = ImportRules(visibility="team")
"""What is shared is for the team to see; one that its owner hides later stays hidden."""


async def share(
    store: Store, shared: Store, sharing: Sharing, tools: Collection[str]
) -> ImportReport:
    """Imports the sessions of these tools that may leave into the shared store.

    Files that they were read from stay: these may hold sessions of other projects. Raises the
    errors of the shared store; what fails otherwise is in the report.
    """
    selection = Selection(
        Filters(tools=tuple(tools)),
        sharing.redact,
        sharing.redact_also,
        chosen=partial(may_leave, sharing.projects),
        originals=False,
    )
    report = ImportReport()
    async with shared.importing(_RULES) as session_import:
        work = OtherStoreImport(
            session_import,
            report,
            Shares(no_progress, [1]),
            transfers(shared, _RULES, selection),
            selection,
        )
        await work.add_store(store, _source_of(store))
    return report


def _source_of(store: Store) -> str:
    """The name under which it is remembered what of a store was shared."""
    return f"{_SOURCE}, {store.files[0]}"


def may_leave(projects: Sequence[str], entries: Sequence[SessionEntry]) -> set[int]:
    """The ids of those of all sessions of a store that belong to projects.

    A session belongs to the project that its working directory lies in, as it is written and as
    the links on this machine lead. One that another session started needs that one, too.
    """
    named = Projects(projects)
    by_identity: dict[str, list[SessionEntry]] = {}
    for each in entries:
        by_identity.setdefault(each.identity, []).append(each)
    return {each.id for each in entries if _belongs(each, by_identity, named)}


def _belongs(
    entry: SessionEntry, by_identity: Mapping[str, Sequence[SessionEntry]], projects: Projects
) -> bool:
    """Whether a session and all above it belong to projects; one alone has a folder of its own."""
    level: Sequence[SessionEntry] = [entry]
    seen = {entry.identity}
    while level:
        for each in level:
            if each.working_directory is None:
                if each.parent_identity is None:
                    return False
            elif not projects.have(each.working_directory):
                return False
        parents = {each.parent_identity for each in level if each.parent_identity is not None}
        if parents & seen or not parents <= by_identity.keys():
            return False
        seen |= parents
        level = [each for parent in parents for each in by_identity[parent]]
    return True


class Projects:
    """Folders of projects on this machine."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._real = [real for each in folders if (real := _real(each)) is not None]
        self._written = [*folders, *self._real]
        self.have = lru_cache(maxsize=None)(self._have)
        """Whether a folder is one of them, or lies below it."""

    def _have(self, folder: str) -> bool:
        if not os.path.isabs(folder) or not any(lies_in(folder, each) for each in self._written):
            return False
        real = _real(folder)
        return real is not None and any(lies_in(real, each) for each in self._real)


def _real(folder: str) -> str | None:
    """Where the links of a path lead; None if that cannot be said."""
    try:
        return os.path.realpath(folder)
    except (OSError, ValueError):
        return None
