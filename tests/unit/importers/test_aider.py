"""Sessions of aider: the runs in its history."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import identify
from hfs_server.importers.aider import Aider
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.timestamps import to_iso
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, sessions_in
from tests.unit.importers.truth import differences

HISTORY = """
# aider chat started at 2025-10-20 21:49:17

> /usr/bin/aider --model gpt-5··
> Aider v0.86.1··
> Main model: gpt-5 with diff edit format, 32k think tokens··

#### fix the bug··
#### in login.py··

I change it:

login.py
```python
<<<<<<< SEARCH
> quoted in code
=======
>>>>>>> REPLACE
```

> Tokens: 2.3k sent, 1.5k cache hit, 234 received. Cost: $0.04 message, $0.10 session.··
> Applied edit to login.py··

#### thanks··

# aider chat started at 2025-10-22 09:29:12

> Aider v0.87.0··

# aider chat started at 2025-10-23 17:04:56

#### /add a.py··
> Added a.py to the chat··

#### now rename it··

Done.
""".replace("··", "  ")


def read(text: str = HISTORY) -> list[Found]:
    return sessions_in(Aider(), text.encode(), ".aider.chat.history.md")


def test_each_run_in_which_somebody_typed_is_a_session() -> None:
    first, second = read()
    assert [role for role, _ in first.shown()] == [
        "system*", "user", "assistant", "system*", "user",
    ]  # fmt: skip
    assert first.shown()[1] == ("user", "fix the bug\nin login.py")
    assert second.shown() == [
        ("user", "/add a.py"), ("system*", "Added a.py to the chat"),
        ("user", "now rename it"), ("assistant", "Done."),
    ]  # fmt: skip
    assert [found.name for found in (first, second)] == ["fix the bug in login.py", "now rename it"]


def test_quotes_in_code_belong_to_the_reply() -> None:
    _, _, (_, reply), *_ = read()[0].shown()
    assert reply.startswith("I change it:\n\nlogin.py\n```python\n<<<<<<< SEARCH\n> quoted in code")
    assert reply.endswith(">>>>>>> REPLACE\n```")


def test_a_reply_has_the_model_and_the_usage_that_aider_shows() -> None:
    found = read()[0]
    assert found.facts["source"]["tool_version"] == "0.86.1"
    assert found.messages[2]["model"] == "gpt-5"
    assert found.messages[2]["usage"] == {
        "input_tokens": 2300, "output_tokens": 234, "cache_read_tokens": 1500, "cost_usd": 0.04,
    }  # fmt: skip


def test_two_prompts_without_an_answer_between_them_are_two() -> None:
    text = "# aider chat started at 2025-10-20 21:49:17\n\n#### one  \n\n#### two  \n"
    assert read(text)[0].shown() == [("user", "one"), ("user", "two")]


def test_the_time_of_a_run_is_that_of_the_session_and_of_no_message() -> None:
    found = read()[0]
    local = datetime(2025, 10, 20, 21, 49, 17).astimezone()
    assert found.created_at == to_iso(local)
    assert {item["created_at"] for item in found.messages} == {None}


def test_the_id_of_a_run_stays_when_the_history_grows_and_differs_between_projects() -> None:
    grown = read(HISTORY + "\n#### more  \n")[1].facts["session_id"]
    assert grown == read()[1].facts["session_id"]
    other = read(HISTORY.replace("/add a.py", "/add b.py"))[1].facts["session_id"]
    assert other != grown


def test_the_original_of_a_session_is_its_run_and_can_be_imported_again() -> None:
    originals = [session.original for session in Aider().sessions(file_with(HISTORY.encode()))]
    contents = [each.open().read() for each in originals if each]
    assert [read(content.decode())[0].name for content in contents] == [
        "fix the bug in login.py", "now rename it",
    ]  # fmt: skip


def test_a_run_that_was_cut_or_holds_nothing_but_headings_gives_no_session() -> None:
    assert read("# aider chat started at 2025-10-20 21:49:17\n") == []
    assert read("# aider chat started at 2025-10-20 21:49:17\n\n####  \n") == []


@pytest.mark.parametrize(
    "text", ["# A title\n\n# aider chat started at 2025-10-20 21:49:17\n", "# aider chat\n", "####"]
)
def test_other_markdown_is_rejected_as_markdown(text: str) -> None:
    with pytest.raises(InvalidDocument, match="Markdown cannot be imported"):
        identify(file_with(text.encode(), "a.md"))


def test_a_file_that_is_requested_as_a_history_and_is_none_is_rejected() -> None:
    importer, _ = identify(file_with(b"#### nothing"), "aider")
    with pytest.raises(InvalidDocument, match="No line of the file begins a run of aider"):
        list(importer.sessions(file_with(b"#### nothing")))


def test_the_folder_of_a_session_is_the_repository_in_which_the_history_lies(
    tmp_path: Path,
) -> None:
    path = tmp_path / ".aider.chat.history.md"
    path.write_text(HISTORY, "utf-8")
    file = SourceFile(lambda: path.open("rb"), path.name, path)
    assert all("working_directory" not in each.header.facts for each in Aider().sessions(file))
    (tmp_path / ".git").mkdir()
    folders = [each.header.facts["working_directory"] for each in Aider().sessions(file)]
    assert folders == [str(tmp_path)] * 2


def test_damaged_files_never_raise_anything_else() -> None:
    assert survive(Aider(), HISTORY.encode(), "history.md") > 100


def test_a_history_of_many_runs_and_long_lines_takes_no_quadratic_time() -> None:
    runs = "# aider chat started at 2025-10-20 21:49:17\n\n#### hi\n\n> Tokens: " + "1" * 100_000
    assert len(read(f"{runs} sent\n" * 20)) == 20


def test_no_folder_is_searched_for_histories() -> None:
    assert list(Aider().folders(Places(Path("/home/ada"), {}, "linux"))) == []


def test_all_real_sessions_are_read_as_they_are() -> None:
    assert differences("aider") == []
