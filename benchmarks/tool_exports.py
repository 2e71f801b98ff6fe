"""Row 36: a long session of a tool, with its calls and their results, in each format."""

from __future__ import annotations

from pathlib import Path

from benchmarks import foreign_material, material
from benchmarks.client import serving
from benchmarks.figures import Figure, Pairs, Scale, ratio_figure
from benchmarks.transfers import export, floor

_REACHES = {"markdown": 5.0, "html": 10.0, "json": 5.0}


def exports(scale: Scale, scratch: Path) -> list[Figure]:
    """Each format, against a plain program that writes the messages and the calls as they are."""
    megabytes = max(2, scale.messages // 5_000)
    made = foreign_material.claude_code_logs(scratch / "claude", 1, megabytes)
    store = material.empty_store(scratch / "sessions.db")
    with serving(scratch, store) as client:
        client.request("hfs/import", {"uri": made[0].as_uri()})
    figures = []
    for kind, reach in _REACHES.items():
        pairs = Pairs().measure(
            scale.runs,
            lambda: floor("tools", store, scratch / "floor").cost,
            lambda kind=kind: export(store, kind, scratch / "ours").cost,
        )
        what = f"{kind} export of a session of Claude Code, {megabytes} MB"
        figures.append(ratio_figure(36, what, pairs, reach))
    return figures
