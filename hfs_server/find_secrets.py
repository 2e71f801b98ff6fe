"""The use case of a preview: what an export would redact, without writing anything.

The rule not to break: a session is read in the order in which an export reads it, since markers
are numbered in the order in which their secrets are found.
"""

from __future__ import annotations

from contextlib import aclosing

from hfs_server.export_session import open_session, overview_of
from hfs_server.session import Progress, no_progress
from hfs_server.store import Store
from hfs_server.transforms.findings import Findings
from hfs_server.transforms.redaction import Redactor


async def find_secrets(
    store: Store, session_id: int, redactor: Redactor, on_progress: Progress = no_progress
) -> Findings:
    """What is found in a session. Raises SessionNotFound, and the store's errors."""
    async with open_session(store, session_id, redactor) as session:
        await overview_of(session)
        done = 0
        async with aclosing(session.messages()) as batches:
            async for batch in batches:
                done += batch.size
                total = max(done, session.message_count)
                on_progress(done / total, f"{done:,} of {total:,} messages")
        async with aclosing(session.checkpoints()) as batches:
            async for _ in batches:
                pass
    return redactor.findings
