"""Queries, and what each finds in any store; none is an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hfs_server.filters import Filters
from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from hfs_server.store.shapes import InvalidCursor
from tests.unit.store.sqlite.search.searches import found, places
from tests.unit.store.sqlite.sessions import message, save, save_source, source, use
from tests.unit.store.sqlite.tool_sessions import said, session

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


def store_of(place: StorePlace, sessions: dict[str, list[str]], begun: int = 0) -> StorePlace:
    """A store with these sessions, each of which is a minute younger than the one before."""

    async def fill(store: Store) -> None:
        for number, (name, texts) in enumerate(sessions.items(), start=begun):
            time = f"2026-02-01T{number // 60:02}:{number % 60:02}:00Z"
            await save(store, [message(text, time) for text in texts], name=name, created_at=time)

    use(place, fill)
    return place


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StorePlace]:
    """One store for all queries."""
    if request.param == "sqlite":
        yield store_of(tmp_path_factory.mktemp("found") / "sessions.db", SESSIONS)
        return
    server = request.getfixturevalue("postgresql")
    address = server.new_database()
    yield store_of(address, SESSIONS)
    server.drop(address)


@pytest.mark.parametrize(("query", "expected"), FOUND, ids=[query for query, _ in FOUND])
def test_a_query_finds_what_it_says(
    store: StorePlace, query: str, expected: set[tuple[str, int]]
) -> None:
    assert set(places(found(store, query))) == expected


def test_no_query_is_an_error(store: StorePlace) -> None:
    async def search_all(store: Store) -> None:
        for query in HOSTILE:
            page = await store.search(query)
            assert all(match.snippet.isprintable() for match in page.matches), ascii(query[:40])

    use(store, search_all)


def test_highlights_are_the_words_in_utf_16(store: StorePlace) -> None:
    (match,) = found(store, "now 🚀")
    units = match.snippet.encode("utf-16-le")
    words = [units[2 * start : 2 * end].decode("utf-16-le") for start, end in match.highlights]
    assert words == ["🚀", "now"]


def test_without_words_all_sessions_are_found_newest_first(store: StorePlace) -> None:
    assert [match.session.name for match in found(store, "")] == [*reversed(SESSIONS)]


def test_signs_that_are_no_words_find_nothing(store: StorePlace) -> None:
    assert found(store, "->") == []


def test_names_come_before_phrases_before_words_and_newer_before_older(place: StorePlace) -> None:
    sessions = {
        "old words": ["beta and alpha"],
        "old phrase": ["the alpha beta"],
        "alpha beta": ["nothing"],
        "new phrase": ["alpha beta again"],
        "new words": ["beta then alpha"],
    }
    store = store_of(place, sessions)
    names = [match.session.name for match in found(store, "alpha beta")]
    assert names == ["alpha beta", "new phrase", "old phrase", "new words", "old words"]


def test_each_session_is_found_once_and_all_its_matches_on_request(place: StorePlace) -> None:
    store = store_of(place, {f"S{n}": ["word"] * 30 for n in range(40)})
    assert len(found(store, "word", limit=7)) == 40
    assert [match.message_index for match in found(store, "word", session_id=3, limit=4)] == [
        *range(1, 31)
    ]


def test_pages_stay_right_while_sessions_are_added(place: StorePlace) -> None:
    store = store_of(place, {f"S{n}": ["word"] for n in range(9)})

    async def search(opened: Store) -> list[str]:
        first = await opened.search("word", limit=4)
        time = "2027-01-01T00:00:00Z"
        await save(opened, [message("word", time)], name="added", created_at=time)
        second = await opened.search("word", limit=50, cursor=first.next_cursor)
        assert second.next_cursor is None
        return [match.session.name for match in first.matches + second.matches]

    found(store, "")
    assert use(store, search) == [f"S{n}" for n in reversed(range(9))]


def test_a_cursor_that_is_none_is_rejected(store: StorePlace) -> None:
    for cursor in ("", "x", "bnVsbA==", "WzEsMiwzLCA0XQ", "é"):
        with pytest.raises(InvalidCursor):
            use(store, lambda opened, cursor=cursor: opened.search("a", cursor=cursor))  # type: ignore[misc]


def test_words_filters_and_roles_select(place: StorePlace) -> None:
    async def fill(store: Store) -> None:
        await save(store, [message("word", role="Tool")], name="A")
        facts = {"working_directory": "/home/ada/Web/api", "tags": ["x"], "models": ["opus"]}
        made = session([said(0, "word")], title="B", summary="in short", **facts)
        await save_source(store, made)
        time = "2026-03-01T10:00:00Z"
        await save(store, [message("word", time)], name="C", created_at=time)

    use(place, fill)

    def names(query: str, *filters: Filters, **options: object) -> list[str]:
        matches = found(place, query, **({"filters": filters[0]} if filters else {}), **options)
        return sorted(match.session.name for match in matches)

    assert names("word", roles=("tool",)) == ["A"]
    assert names("role:tool word") == ["A"]
    assert names("role:tool role:user word") == ["A", "B", "C"]
    assert names("role:user word", roles=("tool",)) == []
    assert names("tool:claude-code word") == names("tool:CLAUDE-CODE") == ["B"]
    assert names("tool:claude-code", Filters(tools=("hfs",))) == []
    assert names("project:web word") == names("project:web/API") == ["B"]
    assert names("project:/home/ada word") == ["B"]
    assert names("project:eb word") == []
    assert names("model:opus tag:x word") == ["B"]
    assert names("since:2999-01-01 word") == []
    assert names("since:2026-02-15 word") == ["C"]
    assert names("word", Filters(tools=("hfs",))) == ["A", "C"]
    (match,) = found(place, "short")
    assert (match.role, match.message_index, match.snippet) == ("summary", 0, "in short")


def test_every_text_of_a_message_is_searched(place: StorePlace) -> None:
    call = {"id": "1", "name": "Bash", "input": {"cmd": ["run", {"x": "deepest"}]}}
    plan = {"name": "plan.txt", "media_type": "text/plain", "text": "attached", "data": "c2VjcmV0"}
    facts = {"thinking": "pondering", "tool_calls": [call], "attachments": [plan]}
    made = source([message("plain", role="assistant", **facts, other="unrelated")], name="A")
    use(place, lambda store: save_source(store, made))
    for word in ("plain", "pondering", "bash", "deepest", "plan.txt", "attached"):
        assert places(found(place, word)) == [("A", 1)], word
    for word in ("c2VjcmV0", "unrelated"):
        assert found(place, word) == []


def test_what_is_found_follows_each_change(place: StorePlace) -> None:
    def names(query: str) -> list[tuple[str, int]]:
        return places(found(place, query))

    first = [said(0, "alpha"), said(1, "beta")]
    use(
        place, lambda store: save_source(store, session(first, title="named"), on_conflict="update")
    )
    assert names("alpha") == names("alpha") == [("named", 1)]
    grown = [said(0, "alpha"), said(1, "beta and gamma"), said(2, "delta \0 nul")]
    use(place, lambda store: save_source(store, session(grown), on_conflict="update"))
    assert [names(each) for each in ("gamma", "delta nul")] == [[("Title", 2)], [("Title", 3)]]
    use(place, lambda store: store.rename(1, "Another"))
    assert (names("title"), names("another")) == ([], [("Another", 0)])
    use(place, lambda store: store.delete(1))
    assert names("alpha") == []
    use(place, lambda store: store.restore(1))
    assert names("alpha") == [("Another", 1)]


def test_a_message_of_many_different_words_is_stored_and_found(place: StorePlace) -> None:
    words = " ".join(f"word{number}x" for number in range(90_000))
    store_of(place, {"A": [f"first {words}"]})
    assert places(found(place, "first word7x")) == [("A", 1)]
