"""The tree of nodes that a session of ChatGPT is.

The rule not to break: cycles, missing nodes and values of any type end a path, and raise nothing.
"""

from __future__ import annotations

from hfs_server.importers.values import list_of, object_of, text_of, time_of
from hfs_server.session import JsonObject


def active_path(session: JsonObject, nodes: JsonObject) -> list[str]:
    """The ids of the nodes from the root to the current one; a cycle ends it."""
    node_id = text_of(session.get("current_node"))
    if node_id not in nodes:
        node_id = _newest_leaf(nodes)
    parents: dict[str, str] | None = None
    path: dict[str, None] = {}
    while node_id in nodes and node_id not in path:
        path[node_id] = None
        node = object_of(nodes[node_id])
        if "parent" not in node and parents is None:
            parents = _parents(nodes)
        node_id = text_of(node.get("parent")) or (parents or {}).get(node_id, "")
    return [*reversed(path)]


def _parents(nodes: JsonObject) -> dict[str, str]:
    """The parent of each node, by the lists of children, which some exports alone have."""
    return {
        child: node_id
        for node_id, node in nodes.items()
        for child in list_of(object_of(node).get("children"))
        if isinstance(child, str)
    }


def _newest_leaf(nodes: JsonObject) -> str:
    """The newest node that has a message and no children; empty if there is none."""
    talking = [key for key, node in nodes.items() if object_of(node).get("message")]
    leaves = [key for key in talking if not list_of(object_of(nodes[key]).get("children"))]

    def time(key: str) -> str:
        message = object_of(object_of(nodes[key]).get("message"))
        return time_of(message.get("create_time")) or ""

    # The last one of those that are equally new.
    return max(reversed(leaves or talking), key=time, default="")
