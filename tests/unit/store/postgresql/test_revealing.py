"""What a redaction has hidden from a team stays hidden, whatever its owner imports later."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hfs_server.share_settings import Sharing
from hfs_server.sharing import share
from hfs_server.store import Store, open_store
from hfs_server.store.shapes import REVEALING, ImportRules
from hfs_server.transfers import Selection
from testing.command_line import POSIX
from testing.documents import document, message, text
from testing.teams import Team
from testing.tool_logs import claude_code
from tests.unit.pairs_of_stores import add, exports, statuses, take, use

SECRET = "AKIAIOSFODNN7" + "EXAMPLQ"
MAIL = "ada.l@example.org"
REDACTED = Selection(redact=True)
STRICT = Selection(redact=True, redact_also=("mail",))
FOR_ALL = ImportRules(visibility="team")
SAID = f"key {SECRET} of {MAIL}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder, in which what is remembered of stores on a server is."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store in a file with a log, which has an original, and a document."""
    path = tmp_path / "sessions.db"
    metadata = {"unknown_key": MAIL}
    add(path, claude_code(1, 2, SAID), text(document("One", message(SAID), metadata=metadata)))
    return path


def seen(team: Team) -> bytes:
    """All that another member can export."""
    return b"".join(each for many in exports(team.address("bob")).values() for each in many)


@pytest.mark.parametrize("rules", [ImportRules(), FOR_ALL, ImportRules(is_trial=True)])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (REDACTED, Selection()),
        (REDACTED, Selection(originals=False)),
        (STRICT, Selection()),
        (STRICT, REDACTED),
    ],
)
def test_what_the_team_sees_redacted_is_not_replaced_by_less_redacted(
    team: Team, file: Path, first: Selection, second: Selection, rules: ImportRules
) -> None:
    ada = team.address("ada")
    take(ada, file, FOR_ALL, first)
    before = seen(team)
    assert SECRET.encode() not in before
    report = take(ada, file, rules, second)
    assert (statuses(report), report.skipped) == (["skipped"] * 2, {REVEALING: 2})
    # Nor when it has grown.
    add(file, claude_code(1, 3, SAID))
    assert statuses(take(ada, file, rules, second)) == ["skipped"] * 2
    assert seen(team) == before
    assert team.ask("ada", "SELECT count(*)::int FROM hfs.originals") == [(0,)]
    assert statuses(take(ada, file, rules, first)) == ["unchanged", "updated"]


def test_what_is_shared_redacted_can_be_redacted_more(team: Team, file: Path) -> None:
    ada = team.address("ada")
    take(ada, file, FOR_ALL, REDACTED)
    assert MAIL.encode() in seen(team)
    assert statuses(take(ada, file, ImportRules(), STRICT)) == ["updated"] * 2
    assert MAIL.encode() not in seen(team)


def test_a_file_does_not_reveal_what_a_push_has_redacted(team: Team, file: Path) -> None:
    ada = team.address("ada")
    take(ada, file, FOR_ALL, REDACTED)
    before = seen(team)
    add(ada, claude_code(1, 2, SAID), claude_code(1, 5, SAID))
    assert seen(team) == before


@pytest.mark.parametrize("selection", [REDACTED, STRICT])
def test_a_whole_session_replaces_a_redacted_one_that_only_its_owner_sees(
    team: Team, file: Path, selection: Selection
) -> None:
    ada = team.address("ada")
    take(ada, file, ImportRules(), selection)
    assert statuses(take(ada, file)) == ["updated"] * 2
    assert exports(ada) == exports(file)
    assert seen(team) == b""


def test_its_owner_reveals_a_session_by_hiding_and_sharing_it(team: Team, file: Path) -> None:
    ada = team.address("ada")
    take(ada, file, FOR_ALL, REDACTED)
    ids = [number for (number,) in team.ask("ada", "SELECT id FROM hfs.sessions")]

    async def hide(store: Store) -> None:
        for number in ids:
            await store.share(number, "private")

    use(ada, hide)
    assert statuses(take(ada, file)) == ["updated"] * 2
    assert exports(ada) == exports(file)


def test_a_deleted_session_comes_back_as_redacted_as_it_was(team: Team, file: Path) -> None:
    ada = team.address("ada")
    take(ada, file, FOR_ALL, REDACTED)
    before = seen(team)

    async def delete(store: Store) -> None:
        for each in (await store.list()).sessions:
            await store.delete(each.id)

    use(ada, delete)
    assert seen(team) == b""
    add(ada, claude_code(1, 2, SAID), text(document("One", message(SAID))))
    assert seen(team) == before


@POSIX
def test_what_keep_has_shared_is_not_revealed_by_a_push_or_by_sharing_more(
    team: Team, file: Path
) -> None:
    address = team.address("ada")

    async def shared(sharing: Sharing) -> list[str]:
        mine, other = open_store(file), open_store(address)
        try:
            return statuses(await share(mine, other, sharing, ["claude-code"]))
        finally:
            await mine.close()
            await other.close()

    strict = Sharing(address, ("/home/ada/web",), redact_also=("mail",))
    assert asyncio.run(shared(strict)) == ["created"]
    before = seen(team)
    assert before
    assert statuses(take(address, file)) == ["created", "skipped"]
    for less in (strict._replace(redact_also=()), strict._replace(redact=False)):
        assert asyncio.run(shared(less)) == ["skipped"]
    assert seen(team) == before
    add(file, claude_code(1, 3, SAID))
    assert asyncio.run(shared(strict)) == ["updated"]
    assert SECRET.encode() not in seen(team)


@pytest.mark.parametrize(
    ("said", "is_taken"),
    [
        ("of [REDACTED:password-1] and [REDACTED:token-1], [REDACTED:token-2]", True),
        ("of [REDACTED:password-1] and hunter2", False),
        ("of hunter2 and [REDACTED:token-1]", False),
    ],
)
def test_a_document_of_which_some_secrets_were_kept_does_not_reveal_them(
    team: Team, said: str, is_taken: bool
) -> None:
    hidden = "of [REDACTED:password-1] and [REDACTED:token-1]"
    extra = {"session_id": "s-1", "redacted": True}
    documents = [
        text(document("One", message("first"), message(each), metadata=extra))
        for each in (hidden, said)
    ]
    ada = team.address("ada")
    add(ada, documents[0])
    team.ask("ada", "UPDATE hfs.sessions SET visibility = 'team'")
    before = seen(team)
    assert b"password-1" in before
    add(ada, documents[1])
    assert (seen(team) != before) == is_taken
    assert b"hunter2" not in seen(team)
