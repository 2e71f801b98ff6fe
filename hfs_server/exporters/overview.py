"""What an export says about its session beside the messages and the trace: facts, checkpoints."""

from __future__ import annotations

from hfs_server.exporters import DEFAULT_OPTIONS, ExportOptions, SessionOverview
from hfs_server.exporters.formatting import brief, point_in_time
from hfs_server.exporters.origin import origin_facts, related_facts
from hfs_server.exporters.report import Facts, Row, Section, columns, table_of
from hfs_server.exporters.run_trace import total_duration, total_tokens, trace_sections
from hfs_server.exporters.usage import cost_text, tokens_text
from hfs_server.session import JsonObject

_CHECKPOINT_COLUMNS = columns("#", "After", "Why", "When")
_REDACTED = "Secrets that were found are replaced by markers."


def facts_of(
    session: SessionOverview, exported_at: str, options: ExportOptions = DEFAULT_OPTIONS
) -> Facts:
    """The facts at the beginning of an export."""
    return (
        ("Exported", point_in_time(exported_at)),
        ("Created", point_in_time(session.header.created_at)),
        ("Last activity", point_in_time(session.header.updated_at)),
        *origin_facts(session),
        ("Messages", f"{session.message_count:,}"),
        ("Checkpoints", f"{len(session.checkpoints):,}" if session.checkpoints else ""),
        ("Tokens", tokens_text(session.usage) or total_tokens(session.run_trace)),
        ("Cost", cost_text(session.usage)),
        ("Duration", total_duration(session.run_trace)),
        *related_facts(session),
        ("Not shown", _left_out(options) if session.header.facts else ""),
        ("Redacted", _REDACTED if session.header.unknown_metadata.get("redacted") is True else ""),
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


def _left_out(options: ExportOptions) -> str:
    parts = {
        "thinking and text that programs added": not options.thinking,
        "inputs and results of tool calls": options.tool_calls == "brief",
        "tool calls": options.tool_calls == "none",
    }
    return ", ".join(name for name, is_left_out in parts.items() if is_left_out)


def _position_text(checkpoint: JsonObject) -> str:
    position = position_of(checkpoint)
    return f"message {position:,}" if position else "the beginning"
