"""Which states of sessions an export writes to a folder, and which files it removes."""

from __future__ import annotations

from collections.abc import Collection

from hfs_server.export_folder.names import state_name, stem_of
from hfs_server.export_folder.states import FoundStates, State
from hfs_server.session_states import StoredStates


class Exchange:
    """The states of a store and of a folder; ``stems`` are those of the folder's files."""

    def __init__(
        self,
        stored: StoredStates,
        found: FoundStates,
        stems: Collection[str],
        *,
        is_everything: bool,
    ) -> None:
        self._stored = stored.states
        self._found = found.states
        self._newer = found.newer
        self._stems = stems
        self._is_everything = is_everything

    def is_deleted_elsewhere(self, identity: str) -> bool:
        """Whether a session of the store was deleted elsewhere after its last change here."""
        state = self._found.get(identity)
        mine = self._stored.get(identity)
        return state is not None and not state.is_kept and (mine is None or state > mine)

    def to_write(self) -> dict[str, State]:
        """The states that the folder lacks, by identity.

        That a session is kept need only be said where the folder has that it was deleted. A file
        of a newer version stays.
        """
        states = {}
        for identity, state in self._stored.items():
            known = self._found.get(identity)
            if known is None:
                is_new = not state.is_kept and (
                    self._is_everything or stem_of(identity) in self._stems
                )
            else:
                is_new = state > known and not (state.is_kept and known.is_kept)
            if is_new and state_name(identity) not in self._newer:
                states[identity] = state
        return states

    def deleted(self) -> dict[str, State]:
        """The deletions, by the stems of those files that the folder has."""
        identities = self._stored.keys() | self._found.keys()
        states = {
            identity: max(
                each for each in (self._stored.get(identity), self._found.get(identity)) if each
            )
            for identity in identities
        }
        deleted = {stem_of(key): state for key, state in states.items() if not state.is_kept}
        return {stem: state for stem, state in deleted.items() if stem in self._stems}
