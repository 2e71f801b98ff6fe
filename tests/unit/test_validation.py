"""Every mistake of a client or of a document is described in plain words."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from hfs_server import validation
from hfs_server.export import InvalidDocument, import_from_json
from hfs_server.importers import TOOLS
from hfs_server.importers.hfs_json.models import Checkpoint, ExportMetadata, Message
from hfs_server.lsp.handlers import validated
from hfs_server.lsp.jsonrpc import RequestRefused
from hfs_server.lsp.protocol import METHODS, ExecuteCommandParams
from hfs_server.text import INVALID_UNICODE

MARKER = "never-to-be-quoted"
WRONG = [
    None, True, False, 0, -1, 501, 2**63, -(2**63) - 1, 2**70, 10**400, 1.5, 1e300, float("nan"),
    "", MARKER, "\ud800", "a\0b", "5", [], [MARKER], {}, {MARKER: MARKER}, [[]] * 2,
]  # fmt: skip
PARAMS = [*(params for params, _ in METHODS.values()), ExecuteCommandParams]
WORDS = {
    "expected an object",
    "missing",
    "expected text",
    "empty",
    INVALID_UNICODE,
    "expected a whole number",
    "expected a whole number or text",
    "expected at least 1",
    "expected at most 500",
    f"expected at least {-(2**63)}",
    f"expected less than {2**63}",
    f"expected more than {-(2**63)}",
    "expected true or false",
    "expected 'markdown' or 'json' or 'original'",
    "expected a list",
    "expected a list of at most 1",
    "expected a file: URI as text",
    "expected a whole file: URI, such as file:///home/me/login.json, with #, ?, \\ and control "
    "characters percent-encoded",
    "expected exactly one of uri, uris, content and tools",
    "expected exactly one of sessionId and identity",
    f"expected one of {', '.join(TOOLS)}",
    "expected 'update', 'skip' or 'copy'",
    "expected a time in ISO 8601, such as 2026-02-01T10:30:00Z",
    "expected the absolute path of a folder",
    "expected a date (2026-02-01), a time in ISO 8601, or a span before now such as 12h, 7d or 2w",
}


@pytest.mark.parametrize("params", PARAMS)
def test_every_wrong_param_is_rejected_in_plain_words(params):
    members = [field.alias for field in params.model_fields.values()]
    given = [*WRONG, *({member: value} for member in members for value in WRONG)]
    rejected = [words for value in given if (words := rejection(params, value)) is not None]
    assert len(rejected) > len(WRONG)
    for message in rejected:
        place, _, words = message.replace(" is missing.", ": missing.").partition(": ")
        assert place in (*members, "params")
        assert words.removesuffix(".") in WORDS


def rejection(params, given):
    try:
        validated(params, given)
    except RequestRefused as error:
        return error.message
    return None


@pytest.mark.parametrize("model", [Message, Checkpoint, ExportMetadata])
def test_every_wrong_member_of_a_document_is_rejected_in_plain_words(model):
    whole = {
        Message: {"role": "user", "content": "Hi"},
        Checkpoint: {"trigger": "t", "message_index": 0},
        ExportMetadata: {},
    }[model]
    wrong = [{**whole, member: value} for member in model.model_fields for value in WRONG]
    errors = [error for part in wrong if (error := invalid(document(model, part))) is not None]
    assert len(errors) > len(WRONG)
    problems = [problem for error in errors for problem in error.data.get("problems", ())]
    assert {problem["reason"] for problem in problems} - WORDS == set()
    assert MARKER not in "".join(error.message for error in errors)


def invalid(content):
    try:
        import_from_json(json.dumps(content))
    except InvalidDocument as error:
        return error
    return None


def document(model, part):
    metadata = {"schema_version": "1.0.0"}
    return {
        "metadata": part if model is ExportMetadata else metadata,
        "messages": [part] if model is Message else [],
        "checkpoints": [part] if model is Checkpoint else [],
    }


def test_an_unknown_problem_is_described_without_quoting_it():
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(complex).validate_python(MARKER)
    (problem,) = caught.value.errors()
    assert validation.reason(problem) == "expected another value"
