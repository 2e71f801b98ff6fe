"""What all params and results on the wire have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from hfs_server.text import require_unicode

_INT64 = 2**63

Text = Annotated[str, AfterValidator(require_unicode)]
Id = Annotated[int, Field(ge=-_INT64, lt=_INT64)]


class Wire(BaseModel):
    """An object on the wire; unknown members are ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, strict=True, arbitrary_types_allowed=True
    )


class ProgressParams(Wire):
    """Params of work that can report progress."""

    work_done_token: int | str | None = None
