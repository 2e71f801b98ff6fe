"""What the wire accepts follows from the registries."""

import pytest
from pydantic import ValidationError

from hfs_server.exporters import EXPORT_FORMATS, EXPORTERS
from hfs_server.lsp.protocol import ExportParams
from hfs_server.validation import reason


def test_every_exporter_is_a_format() -> None:
    for exporter in EXPORTERS:
        assert ExportParams(session_id=1, format=exporter.name).format == exporter.name


@pytest.mark.parametrize("value", ["pdf", "Markdown", "", 5, None, ["json"], {"a": 1}], ids=repr)
def test_any_other_format_is_rejected_with_those_that_exist(value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        ExportParams.model_validate({"sessionId": 1, "format": value})
    (problem,) = caught.value.errors()
    names = " or ".join(map(repr, EXPORT_FORMATS))
    assert reason(problem) == f"expected {names}"
