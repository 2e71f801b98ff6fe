"""Filters as params of a method."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from hfs_server.filters import Filters
from hfs_server.folders import absolute_folder
from hfs_server.lsp.wire import Text, Wire
from hfs_server.periods import beginning_of, end_of

_MOST_TEXTS = 100

Texts = Annotated[list[Text], Field(max_length=_MOST_TEXTS)]
Folder = Annotated[Text, AfterValidator(absolute_folder)]
Since = Annotated[Text, AfterValidator(beginning_of)]
Until = Annotated[Text, AfterValidator(end_of)]


class FilterParams(Wire):
    """Params of a method that is about some of the sessions."""

    tools: Texts | None = None
    project: Folder | None = None
    since: Since | None = None
    until: Until | None = None
    models: Texts | None = None
    tags: Texts | None = None

    def filters(self) -> Filters:
        """The filters that were given; an empty list is none."""
        return Filters(
            tools=tuple(self.tools or ()),
            project=self.project,
            since=self.since,
            until=self.until,
            models=tuple(self.models or ()),
            tags=tuple(self.tags or ()),
        )
