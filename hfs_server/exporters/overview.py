"""What an export says about its session beside the messages and the trace: facts, checkpoints."""

from __future__ import annotations

from hfs_server.exporters import SessionOverview
from hfs_server.exporters.formatting import brief, point_in_time
from hfs_server.exporters.report import Facts, Row, Section, columns, table_of
from hfs_server.exporters.run_trace import total_duration, total_tokens, trace_sections
from hfs_server.session import JsonObject

_CHECKPOINT_COLUMNS = columns("#", "After", "Why", "When")


def facts_of(session: SessionOverview, exported_at: str) -> Facts:
    """The facts at the beginning of an export."""
    return (
        ("Exported", point_in_time(exported_at)),
        ("Created", point_in_time(session.header.created_at)),
        ("Last activity", point_in_time(session.header.updated_at)),
        ("Messages", f"{session.message_count:,}"),
        ("Checkpoints", f"{len(session.checkpoints):,}" if session.checkpoints else ""),
        ("Tokens", total_tokens(session.run_trace)),
        ("Duration", total_duration(session.run_trace)),
    )


def sections_of(session: SessionOverview) -> list[Section]:
    """The sections after the messages: the trace of the run, and the checkpoints."""
    rows = [
        Row((str(number), _position_text(checkpoint), *checkpoint_facts(checkpoint)))
        for number, checkpoint in enumerate(session.checkpoints, start=1)
    ]
    table = table_of(_CHECKPOINT_COLUMNS, rows)
    checkpoints = [Section("Checkpoints", table=table)] if table else []
    return [*trace_sections(session.run_trace), *checkpoints]


def position_of(checkpoint: JsonObject) -> int:
    """The number of messages before the checkpoint."""
    index = checkpoint.get("message_index")
    return max(0, index) if isinstance(index, int) else 0


def checkpoint_facts(checkpoint: JsonObject) -> tuple[str, str]:
    """The trigger and the time of a checkpoint; "" if unknown."""
    return brief(checkpoint.get("trigger")), point_in_time(checkpoint.get("created_at"))


def _position_text(checkpoint: JsonObject) -> str:
    position = position_of(checkpoint)
    return f"message {position:,}" if position else "the beginning"
