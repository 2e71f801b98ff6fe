"""Subagents whose records stand between those of their parent, as older versions wrote them.

The rule not to break: their records are kept in a temporary file until their parent has been
read, not in memory, and each is read once.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterator

from pydantic_core import from_json, to_json

from hfs_server.importers.foreign import Draft
from hfs_server.importers.values import object_of, text_of
from hfs_server.session import JsonObject

_IN_MEMORY = 1 << 20


class Sidechains:
    """The records of all subagents in a file, each group with the id of its agent."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        self._places: dict[str, array[int]] = {}
        self._agents: dict[str, str] = {}
        self._prompts: dict[int, str] = {}

    def close(self) -> None:
        """Removes the temporary file."""
        self._file.close()

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def add(self, record: JsonObject) -> None:
        """Adds a record to the group of its agent, which its parent record shows."""
        own = text_of(record.get("uuid"))
        agent = text_of(record.get("agentId")) or self._agents.get(
            text_of(record.get("parentUuid"))
        )
        if not agent:
            agent = own or f"sidechain-{len(self._places) + 1}"
        if own:
            self._agents[own] = agent
        if agent not in self._places:
            self._places[agent] = array("q")
            prompt = text_of(object_of(record.get("message")).get("content"))
            self._prompts[hash(prompt)] = agent
        self._places[agent].append(self._file.seek(0, 2))
        self._file.write(_line(record))

    def agent_of(self, prompt: int) -> str:
        """The agent that began with the prompt of this hash; empty if there is none."""
        return self._prompts.get(prompt, "")

    def records(self, agent: str, draft: Draft) -> Iterator[JsonObject]:
        """The records of an agent, in their order, whose size is counted in its draft."""
        for place in self._places[agent]:
            self._file.seek(place)
            line = self._file.readline()
            draft.bytes_read += len(line)
            yield _record(line)


def _line(record: JsonObject) -> bytes:
    try:
        return to_json(record) + b"\n"
    except ValueError:  # It is nested too deeply for a fast writer.
        return json.dumps(record).encode() + b"\n"


def _record(line: bytes) -> JsonObject:
    try:
        record: JsonObject = from_json(line, cache_strings="keys")
    except ValueError:
        record = json.loads(line)
    return record
