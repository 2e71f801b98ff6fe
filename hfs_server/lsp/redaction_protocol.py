"""Params and result of ``hfs/findSecrets``, and what an export says of its redaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from hfs_server.lsp.wire import Id, ProgressParams, Wire
from hfs_server.transforms.findings import Findings, Part, Place

MOST_SECRETS = 1_000
"""The most secrets that a result names; of mail addresses there may be many."""

Also = list[Literal["mail", "home"]]


class Redaction(Wire):
    """How many secrets of one kind were replaced."""

    rule: str
    count: int


class FindSecretsParams(ProgressParams):
    """Params of ``hfs/findSecrets``."""

    session_id: Id
    redact_also: Also = Field(default_factory=list)


class SecretPlace(Wire):
    """Where a secret stands."""

    part: Part
    number: int | None
    member: str | None
    uri: str


class FoundSecret(Wire):
    """A secret, without its value."""

    id: str
    rule: str
    marker: str
    count: int
    places: list[SecretPlace]


class FindSecretsResult(Wire):
    """Result of ``hfs/findSecrets``."""

    secrets: list[FoundSecret]
    redactions: list[Redaction]


def redactions_of(found: Mapping[str, int]) -> list[Redaction]:
    """How many secrets were replaced, by rule."""
    return [Redaction(rule=rule, count=count) for rule, count in found.items()]


def find_secrets_result(session_id: int, findings: Findings) -> FindSecretsResult:
    """What was found in a session, as it is sent."""
    return FindSecretsResult(
        secrets=[
            FoundSecret(
                id=secret.id,
                rule=secret.rule,
                marker=secret.marker,
                count=secret.count,
                places=[_place(session_id, place) for place in secret.places],
            )
            for secret in findings.secrets[:MOST_SECRETS]
        ],
        redactions=redactions_of(findings.counts),
    )


def _place(session_id: int, place: Place) -> SecretPlace:
    anchor = f"#message-{place.number}" if place.part == "message" else ""
    uri = f"hfs:/sessions/{session_id}.md{anchor}"
    return SecretPlace(part=place.part, number=place.number, member=place.member, uri=uri)
