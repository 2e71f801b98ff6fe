"""``hfs/export`` of Markdown with an archive, and the import of such files."""

from __future__ import annotations

import re
import sys
from base64 import encodebytes
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.errors import HfsError
from hfs_server.importers.hfs_markdown import HfsMarkdown
from hfs_server.importers.source_file import source_of
from testing.client import Client
from testing.documents import document, message, same_but_for_export_time, text

if sys.version_info >= (3, 14):
    from compression.zstd import compress
else:
    from backports.zstd import compress

SAID = [
    message(content="Use `<!-- x -->` or --> here", created_at="2026-02-01T10:00:00.000001Z"),
    message(content="- - -\n\n```\n<!-- hfs-server archive 1: x\nQUJD\n-->\n```\n", role="tool"),
    message(content="Grüße \U0001f9e9", role="assistant", thinking="Hm", x_unknown={"a": [1]}),
]


def imported(client: Client, content: str) -> int:
    return client.request("hfs/import", {"content": content})["sessions"][0]["id"]


def exported(client: Client, session: int, folder: Path, **params: Any) -> Path:
    params = {"sessionId": session, "destination": folder.as_uri(), **params}
    uri = client.request("hfs/export", params)["uri"]
    return Path(url2pathname(urlsplit(uri).path))


@pytest.fixture
def archived(emptied: Client, tmp_path: Path) -> Path:
    content = text(document("Mine", messages=SAID, x_member={"b": 2}))
    session = imported(emptied, content)
    return exported(emptied, session, tmp_path, format="markdown", archive=True)


def test_a_session_comes_back_from_markdown_as_it_was(
    emptied: Client, archived: Path, tmp_path: Path
) -> None:
    result = emptied.request("hfs/import", {"uri": archived.as_uri()})
    assert [each["status"] for each in result["sessions"]] == ["unchanged"]
    result = emptied.request("hfs/import", {"uri": archived.as_uri(), "onConflict": "copy"})
    assert (result["sessions"][0]["status"], result["warnings"]) == ("created", [])
    assert result["evidence"] == ["hfs: an archive in Markdown"]
    copy = exported(emptied, result["sessions"][0]["id"], tmp_path, format="json")
    original = exported(emptied, 1, tmp_path, format="json")
    assert same_but_for_export_time(copy.read_text("utf-8")) == same_but_for_export_time(
        original.read_text("utf-8")
    )


def test_the_archive_is_one_comment_below_an_unchanged_text(
    emptied: Client, archived: Path, tmp_path: Path
) -> None:
    without = exported(emptied, 1, tmp_path, format="markdown").read_text("utf-8")
    whole = archived.read_text("utf-8")
    assert "archive" not in without.replace("hfs-server archive 1: x", "")
    time = re.compile(r"\*\*Exported:\*\* .*")
    head = time.sub("", without)
    assert time.sub("", whole).startswith(head)
    comment = whole[whole.rindex("<!-- hfs-server archive") :]
    assert len(time.sub("", whole)) == len(head) + len(comment)
    body = comment.removeprefix("<!--").removesuffix("-->\n")
    assert "--" not in body
    assert max(map(len, body.splitlines()[1:-1])) <= 76


def test_an_edited_text_is_said_and_the_archive_is_imported(
    emptied: Client, archived: Path
) -> None:
    archived.write_bytes(archived.read_bytes().replace(b"# Mine", b"# Yours", 1))
    result = emptied.request("hfs/import", {"uri": archived.as_uri(), "onConflict": "copy"})
    assert result["sessions"][0]["name"] == "Mine"
    assert [warning for warning in result["warnings"] if "edited" in warning]


def test_line_ends_of_another_system_do_no_harm(emptied: Client, archived: Path) -> None:
    archived.write_bytes(archived.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    result = emptied.request("hfs/import", {"uri": archived.as_uri(), "onConflict": "copy"})
    assert result["sessions"][0]["messageCount"] == len(SAID)
    assert result["warnings"] == []


def test_a_note_below_the_archive_is_an_edit(emptied: Client, archived: Path) -> None:
    archived.write_bytes(archived.read_bytes() + b"\nMy note.\n")
    result = emptied.request("hfs/import", {"uri": archived.as_uri(), "onConflict": "copy"})
    assert result["sessions"][0]["messageCount"] == len(SAID)
    assert [warning for warning in result["warnings"] if "edited" in warning]


def test_of_two_archives_the_last_one_counts(
    emptied: Client, archived: Path, tmp_path: Path
) -> None:
    other = imported(emptied, text(document("Other", message("Only this."))))
    second = exported(emptied, other, tmp_path, format="markdown", archive=True)
    archived.write_bytes(archived.read_bytes() + second.read_bytes())
    result = emptied.request("hfs/import", {"uri": archived.as_uri(), "onConflict": "copy"})
    assert [each["name"] for each in result["sessions"]] == ["Other"]
    assert [warning for warning in result["warnings"] if "edited" in warning]


def resealed(content: bytes, packed: bytes) -> bytes:
    """The file with another archive, whose digest is right."""
    begin = content.index(b"\n", content.rindex(b"<!-- hfs-server archive")) + 1
    end = content.rindex(b"sha256 text=")
    digest = sha256(packed).hexdigest().encode()
    tail = re.sub(rb"archive=\w+", b"archive=" + digest, content[end:])
    return content[:begin] + encodebytes(packed) + tail


@pytest.mark.parametrize(
    "hostile",
    [
        lambda _: compress(b"[" * 100_000),
        lambda _: compress(b" " * (90 << 20) + b"{}"),
        lambda _: compress(compress(compress(b"{}"))),
        lambda _: compress(b"PK\x03\x04" + bytes(100)),
        lambda content: compress(content),
        lambda _: compress(b'{"metadata": {"schema_version": "1.0.0"}}'),
        lambda _: compress(b"{}")[:-3],
        lambda _: b"{}",
        lambda _: b"",
    ],
    ids=["deep", "bomb", "nested", "zip", "in itself", "no messages", "cut", "plain", "empty"],
)
def test_a_hostile_archive_with_a_right_digest_is_rejected(
    emptied: Client, archived: Path, hostile: Any
) -> None:
    content = archived.read_bytes()
    archived.write_bytes(resealed(content, hostile(content)))
    refused = emptied.refusal("hfs/import", {"uri": archived.as_uri(), "onConflict": "copy"})
    assert refused.kind in ("invalidDocument", "unsupportedVersion")
    assert len(emptied.request("hfs/listSessions")["sessions"]) == 1


def test_a_redacted_export_has_a_redacted_archive(emptied: Client, tmp_path: Path) -> None:
    key = "np" + "m_" + "abcdefghijklmnopqrstuvwxyz0123456789"
    session = imported(emptied, text(document("x", messages=[message(content=key)])))
    path = exported(emptied, session, tmp_path, format="markdown", archive=True, redact=True)
    result = emptied.request("hfs/import", {"uri": path.as_uri(), "onConflict": "copy"})
    assert [warning for warning in result["warnings"] if "redacted" in warning]
    copy = exported(emptied, result["sessions"][0]["id"], tmp_path, format="json")
    assert key not in copy.read_text("utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-5],
        lambda content: content[:-200],
        lambda content: content[: content.rindex(b"<!-- hfs-server archive") + 300],
        lambda content: content.replace(b"archive 1: import", b"archive 2: import"),
        lambda content: re.sub(rb"archive=\w", b"archive=!", content),
        lambda content: content[:-400] + b"!" + content[-399:],
        lambda content: content[:-400] + b"\n" + content[-330:],
    ],
    ids=["end", "tail", "body", "newer", "digest", "character", "line"],
)
def test_a_damaged_archive_is_rejected_and_nothing_is_imported(
    emptied: Client, archived: Path, damage: Any
) -> None:
    archived.write_bytes(damage(archived.read_bytes()))
    refused = emptied.refusal("hfs/import", {"uri": archived.as_uri(), "onConflict": "copy"})
    assert refused.kind == "invalidDocument"
    assert "archive" in refused.message
    assert len(emptied.request("hfs/listSessions")["sessions"]) == 1


def test_markdown_without_an_archive_is_rejected_as_before(
    emptied: Client, archived: Path, tmp_path: Path
) -> None:
    without = exported(emptied, 1, tmp_path, format="markdown")
    content = without.read_bytes().replace(b"<!-- hfs-server archive 1: x\n", b"")
    without.write_bytes(content)
    refused = emptied.refusal("hfs/import", {"uri": without.as_uri()})
    assert "Markdown cannot be imported" in refused.message


def test_an_archive_is_for_markdown(emptied: Client) -> None:
    session = imported(emptied, text(document("x", messages=[message()])))
    for form in ("json", "html", "original"):
        params = {"sessionId": session, "format": form, "archive": True}
        assert emptied.refusal("hfs/export", params).code == -32602


HEAD = b"# x\n\n- **Exported:** now\n\n<!-- hfs-server archive 1: x\n"


@given(
    st.lists(
        st.sampled_from(
            [
                b"QUJD\n",
                b"KLUv/Q==\n",
                b"sha256 ",
                b"text=",
                b"0" * 64,
                b" archive=",
                b"\n-->\n",
                b"<!-- hfs-server archive 1: y\n",
            ]
        )
        | st.binary(max_size=9)
    )
)
def test_any_archive_is_read_or_rejected(pieces: list[bytes]) -> None:
    file = source_of(HEAD + b"".join(pieces))
    assert HfsMarkdown().recognizes(file)

    def read() -> None:
        for source in HfsMarkdown().sessions(file):
            list(source.batches())

    with pytest.raises(HfsError):
        read()
