"""Queries, and what each finds; none is an error."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hfs_server.filters import Filters
from hfs_server.store import InvalidCursor, Store
from tests.unit.store.sqlite.search.searches import found, places, store_of, use

SESSIONS = {
    "Fix login bug": ["please look at fixLoginBug", "it is in fix_login_session and fix-login.ts"],
    "Cooking": ["Un café crème, s'il vous plaît", "the quick brown fox jumps", "ÄRGER mit Größe"],
    "Languages": ["これは日本語のテストです", "中文搜索功能", "한국어를 검색합니다", "ภาษาไทยง่าย"],
    "Emoji": ["ship it 🚀 now", "👩‍💻 works", "thumbs 👍🏽 up", "flag 🇩🇪 here"],
    "Code": ["HTTPServer.parseJSON2Html()", "SELECT * FROM t WHERE x = 'y'", "JavaScript C++ a->b"],
    "Fox": ["brown is the quick dog"],
    "привет": ["Ещё один мир", "ΣΊΣΥΦΟΣ rolls", "żółw"],
}
FOUND: list[tuple[str, set[tuple[str, int]]]] = [
    ("login", {("Fix login bug", 0)}),
    ("LOGIN", {("Fix login bug", 0)}),
    ("session", {("Fix login bug", 2)}),
    ("fixloginbug", {("Fix login bug", 1)}),
    ("fixLoginBug", {("Fix login bug", 0)}),
    ("loginSession", {("Fix login bug", 2)}),
    ("fix-login.ts", {("Fix login bug", 2)}),
    ("login_session", {("Fix login bug", 2)}),
    ("cafe", {("Cooking", 1)}),
    ("CAFÉ creme", {("Cooking", 1)}),
    ("cafe\u0301", {("Cooking", 1)}),
    ("ärger grosse", set()),
    ("arger große", {("Cooking", 3)}),
    ("quick brown", {("Cooking", 2), ("Fox", 1)}),
    ("brown quick", {("Cooking", 2), ("Fox", 1)}),
    ('"quick brown"', {("Cooking", 2)}),
    ('"brown quick"', set()),
    ("quick -jumps", {("Fox", 1)}),
    ('quick -"quick brown"', {("Fox", 1)}),
    ("jum*", {("Cooking", 2)}),
    ("ju*", {("Cooking", 2)}),
    ("j* fox", {("Cooking", 2)}),
    ("quick -j*", {("Fox", 1)}),
    ("jum", set()),
    ("日本語", {("Languages", 1)}),
    ("本語", {("Languages", 1)}),
    ("本日", set()),
    ("テスト 日本", {("Languages", 1)}),
    ("搜索", {("Languages", 2)}),
    ("검색", {("Languages", 3)}),
    ("한국어", {("Languages", 3)}),
    ("ไทย", {("Languages", 4)}),
    ("🚀", {("Emoji", 1)}),
    ("ship 🚀", {("Emoji", 1)}),
    ("👩‍💻", {("Emoji", 2)}),
    ("👍", {("Emoji", 3)}),
    ("🇩🇪", {("Emoji", 4)}),
    ("server", {("Code", 1)}),
    ("http json html", {("Code", 1)}),
    ("httpserver", {("Code", 1)}),
    ("java", {("Code", 3)}),
    ("javascript", {("Code", 3)}),
    ("C++", {("Code", 3)}),
    ("b->", {("Code", 3)}),
    ("where x = 'y'", {("Code", 2)}),
    ("Привет", {("привет", 0)}),
    ("сисифос", set()),
    ("σίσυφοσ", {("привет", 2)}),
    ("ZOŁW", {("привет", 3)}),
    ("привет мир", set()),
]
HOSTILE = [
    "",
    " ",
    "-",
    "--",
    "*",
    '"',
    '""',
    '"""',
    '-"',
    "'",
    "(",
    ")",
    "((",
    "NEAR(a b, 2)",
    "a NEAR b",
    "AND",
    "OR",
    "NOT",
    "a AND",
    "NOT a",
    "a OR",
    "text : a",
    "{text parts} : a",
    "text:a",
    "role:",
    "role: ",
    "- text : a",
    "^a",
    "a + b",
    "a^",
    "a*b",
    "**",
    "a**",
    "*a",
    '"a" "',
    '"a',
    'a"b',
    "\\",
    "; DROP TABLE texts; --",
    "' OR 1=1 --",
    "%",
    "_",
    "a\0b",
    "\0",
    '"\0"',
    "\x01\x1b[31m\x7f",
    "\ud800",
    "\udfff a",
    "\u202e",
    "\ufeff",
    "a" * 10_000,
    "a " * 5_000,
    '"' * 10_000,
    "日" * 10_000,
    "-a " * 3_000,
    "( " * 4_000,
    "tool:",
    "tool:x:y",
    "since:nonsense",
    "since:",
    "until:9999-99-99",
    "project:/",
    "project:..",
    "project:\\\\",
    "model:",
    'tag:"',
    "-tool:codex",
    "TOOL:codex",
    "🚀*",
    "日*",
    "-🚀",
    "a*" * 100,
    "é" * 3_000,
    "x:y:z",
    "://",
    "rowid:1",
    "rank",
    "\n\t\r",
    "-*",
    '-""',
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store_of(tmp_path_factory.mktemp("found") / "sessions.db", SESSIONS)


@pytest.mark.parametrize(("query", "expected"), FOUND, ids=[query for query, _ in FOUND])
def test_a_query_finds_what_it_says(
    store: Path, query: str, expected: set[tuple[str, int]]
) -> None:
    assert set(places(found(store, query))) == expected


def test_no_query_is_an_error(store: Path) -> None:
    async def search_all(store: Store) -> None:
        for query in HOSTILE:
            page = await store.search(query)
            assert all(match.snippet.isprintable() for match in page.matches), ascii(query[:40])

    use(store, search_all)


def test_highlights_are_the_words_in_utf_16(store: Path) -> None:
    (match,) = found(store, "now 🚀")
    units = match.snippet.encode("utf-16-le")
    words = [units[2 * start : 2 * end].decode("utf-16-le") for start, end in match.highlights]
    assert words == ["🚀", "now"]


def test_without_words_all_sessions_are_found_newest_first(store: Path) -> None:
    assert [match.session.name for match in found(store, "")] == [*reversed(SESSIONS)]


def test_signs_that_are_no_words_find_nothing(store: Path) -> None:
    assert found(store, "->") == []


def test_names_come_before_phrases_before_words_and_newer_before_older(tmp_path: Path) -> None:
    sessions = {
        "old words": ["beta and alpha"],
        "old phrase": ["the alpha beta"],
        "alpha beta": ["nothing"],
        "new phrase": ["alpha beta again"],
        "new words": ["beta then alpha"],
    }
    store = store_of(tmp_path / "sessions.db", sessions)
    names = [match.session.name for match in found(store, "alpha beta")]
    assert names == ["alpha beta", "new phrase", "old phrase", "new words", "old words"]


def test_each_session_is_found_once_and_all_its_matches_on_request(tmp_path: Path) -> None:
    store = store_of(tmp_path / "sessions.db", {f"S{n}": ["word"] * 30 for n in range(40)})
    assert len(found(store, "word", limit=7)) == 40
    assert [match.message_index for match in found(store, "word", session_id=3, limit=4)] == [
        *range(1, 31)
    ]


def test_pages_stay_right_while_sessions_are_added(tmp_path: Path) -> None:
    store = store_of(tmp_path / "sessions.db", {f"S{n}": ["word"] for n in range(9)})

    async def search(opened: Store) -> list[str]:
        first = await opened.search("word", limit=4)
        store_of(store, {"added": ["word"]})
        second = await opened.search("word", limit=50, cursor=first.next_cursor)
        assert second.next_cursor is None
        return [match.session.name for match in first.matches + second.matches]

    found(store, "")
    assert use(store, search) == [f"S{n}" for n in reversed(range(9))]


def test_a_cursor_that_is_none_is_rejected(store: Path) -> None:
    for cursor in ("", "x", "bnVsbA==", "WzEsMiwzLCA0XQ", "é"):
        with pytest.raises(InvalidCursor):
            use(store, lambda opened, cursor=cursor: opened.search("a", cursor=cursor))  # type: ignore[misc]


def test_filters_and_roles_select(tmp_path: Path) -> None:
    store = store_of(tmp_path / "sessions.db", {"A": ["word"], "B": ["word"], "C": ["word"]})
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE messages SET role = 'Tool' WHERE session_id = 1")
    found(store, "word")
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(
            "UPDATE sessions SET hfs_tool = 'codex', hfs_directory = '/home/ada/Web/api',"
            " hfs_extra = ? WHERE id = 2",
            (json.dumps({"facts": {"tags": ["x"], "models": ["opus"], "summary": "in short"}}),),
        )

    def names(query: str, *filters: Filters, **options: object) -> list[str]:
        matches = found(store, query, **({"filters": filters[0]} if filters else {}), **options)
        return [match.session.name for match in matches]

    assert names("word", roles=("tool",)) == ["A"]
    assert names("role:tool word") == ["A"]
    assert names("role:tool role:user word") == ["C", "B", "A"]
    assert names("role:user word", roles=("tool",)) == []
    assert names("tool:codex word") == names("tool:CODEX") == ["B"]
    assert names("tool:codex", Filters(tools=("hfs",))) == []
    assert names("project:web word") == names("project:web/API") == ["B"]
    assert names("project:/home/ada word") == ["B"]
    assert names("project:eb word") == []
    assert names("model:opus tag:x word") == ["B"]
    assert names("since:2999-01-01 word") == []
    assert names("word", Filters(tools=("hfs",))) == ["C", "A"]
    (match,) = found(store, "short")
    assert (match.role, match.message_index, match.snippet) == ("summary", 0, "in short")


def test_everything_of_a_message_is_searched(tmp_path: Path) -> None:
    store = store_of(tmp_path / "sessions.db", {"A": ["plain"]})
    found(store, "")
    extra = {
        "thinking": "pondering",
        "tool_calls": [{"id": "1", "name": "Bash", "input": {"cmd": ["run", {"x": "deepest"}]}}],
        "attachments": [{"name": "plan.txt", "text": "attached", "data": "secretdata"}],
        "other": "unrelated",
    }
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE messages SET hfs_extra = ?", (json.dumps(extra),))
        connection.execute("UPDATE sessions SET hfs_usage = '{}'")
    for word in ("plain", "pondering", "bash", "deepest", "plan.txt", "attached"):
        assert places(found(store, word)) == [("A", 1)], word
    for word in ("secretdata", "unrelated"):
        assert found(store, word) == []


def test_data_in_a_message_has_no_words_and_does_not_hide_others(tmp_path: Path) -> None:
    data = "QUJD" * 5_000
    store = store_of(tmp_path / "sessions.db", {"A": [f"before {data} after"]})
    assert places(found(store, "before after")) == [("A", 1)]
    assert found(store, data[:300]) == []
    assert (tmp_path / "sessions.db-search").stat().st_size < 120_000
