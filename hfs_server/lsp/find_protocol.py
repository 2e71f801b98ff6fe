"""Params and result of ``hfs/findSession``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from hfs_server.lsp.session_summary import SessionSummary, Shown
from hfs_server.lsp.wire import Id, Text, Wire
from hfs_server.resume import resume_command
from hfs_server.store.results import FoundSession


class FindSessionParams(Wire):
    """Params of ``hfs/findSession``: exactly one of both."""

    session_id: Id | None = None
    identity: Annotated[Text, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> FindSessionParams:
        if (self.session_id is None) == (self.identity is None):
            raise ValueError("expected exactly one of sessionId and identity")
        return self

    @property
    def session(self) -> int | str:
        """The id, or the identity."""
        if self.identity is not None:
            return self.identity
        assert self.session_id is not None
        return self.session_id


class Resume(Wire):
    """How its tool continues a session."""

    command: list[str]
    directory: Shown | None


class FindSessionResult(Wire):
    """Result of ``hfs/findSession``."""

    session: SessionSummary
    identity: Shown
    resume: Resume | None


def find_result(found: FoundSession) -> FindSessionResult:
    """The session as it is sent; looks at the disk."""
    session = found.session
    resume = resume_command(session.tool, found.tool_session_id, session.working_directory)
    return FindSessionResult(
        session=SessionSummary.model_validate(session, from_attributes=True),
        identity=found.identity,
        resume=resume and Resume.model_validate(resume, from_attributes=True),
    )
