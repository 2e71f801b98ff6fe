"""Row 35: programs that people would use instead, on the same data in the same run.

Those that are found on the path take part: ``pip install llm sqlite-utils claude-code-log
claude-conversation-extractor``, ``npm install -g ccusage``. A ratio compares whole programs, some
of which write less, so that none has a reach.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import foreign_material, material
from benchmarks.client import environment
from benchmarks.costs import Cost, cost_of_program
from benchmarks.figures import Figure, Pairs, Scale, ratio, seconds

_MEGABYTES_EACH = 0.5
_FILL_LLM = """
import json, sys
import sqlite_utils
from llm.migrations import migrate
database = sqlite_utils.Database(sys.argv[1])
migrate(database)
database["conversations"].insert({"id": "one", "name": "One", "model": "m"})
with open(sys.argv[2], encoding="utf-8") as file:
    messages = json.load(file)["messages"]
database["responses"].insert_all(
    {"id": f"{number:026}", "model": "m", "prompt": messages[2 * number]["content"],
     "response": messages[2 * number + 1]["content"], "conversation_id": "one",
     "datetime_utc": "2026-02-01T10:00:00"}
    for number in range(len(messages) // 2))
"""


def others(scale: Scale, scratch: Path) -> list[Figure]:
    """One figure for each program that is there."""
    return [
        *_of_claude_code(scale, scratch / "logs"),
        *_of_llm(scale, scratch / "llm"),
        *_of_sqlite_utils(scale, scratch),
    ]


def _of_claude_code(scale: Scale, home: Path) -> Iterator[Figure]:
    files = max(40, scale.messages // 500)
    made = foreign_material.claude_code_logs(home / ".claude", files, _MEGABYTES_EACH)
    projects = home / ".claude" / "projects"
    size = f"{sum(path.stat().st_size for path in made) / 1e6:.0f} MB of {files} logs"
    store = home / "sessions.db"

    def ours(*words: str) -> Cost:
        return _run(
            home, sys.executable, "-m", "hfs_server", *words, "--database", str(store), "-q"
        )

    def import_() -> Cost:
        _remove(store)
        return ours("import", str(projects))

    def exported(form: str) -> Callable[[], Cost]:
        def export() -> Cost:
            shutil.rmtree(home / "out", ignore_errors=True)
            return import_().plus(ours("export", "--all", "--format", form, "-o", f"{home}/out"))

        return export

    def counted() -> Cost:
        return import_().plus(ours("stats", "--json"))

    def extracted() -> Cost:
        shutil.rmtree(home / "theirs", ignore_errors=True)
        words = ("--all", "--detailed", "--output", str(home / "theirs"))
        return _run(home, "claude-extract", *words)

    def converted() -> Cost:
        shutil.rmtree(home / "theirs", ignore_errors=True)
        words = ("--all-projects", "--combined", "no", "--no-cache", "-o", str(home / "theirs"))
        return _run(home, "claude-code-log", str(projects), *words)

    def used() -> Cost:
        return _run(home, "ccusage", "daily", "--json", "--offline")

    yield from _figure(f"{size} to Markdown", "claude-extract", extracted, exported("markdown"))
    yield from _figure(f"{size} to HTML", "claude-code-log", converted, exported("html"))
    yield from _figure(f"tokens of {size}", "ccusage", used, counted)
    if shutil.which("ccusage"):
        import_()
        yield from _figure(
            f"tokens of {size}, known", "ccusage", used, lambda: ours("stats", "--json")
        )


def _of_llm(scale: Scale, home: Path) -> Iterator[Figure]:
    program = shutil.which("llm")
    if program is None:
        return
    home.mkdir()
    logs, store = home / "logs.db", home / "sessions.db"
    python = Path(program).resolve().parent / "python"
    document = str(material.document(scale.messages))
    subprocess.run([python, "-c", _FILL_LLM, logs, document], check=True)
    command = [sys.executable, "-m", "hfs_server"]
    target = ["--database", str(store), "-q"]
    _run(home, *command, "import", document, *target)
    _run(home, *command, "search", "transaction", *target)
    what = f"a word in {scale.messages:,} messages"
    yield from _figure(
        what,
        "llm",
        lambda: _run(home, "llm", "logs", "-d", str(logs), "-q", "transaction", "-n", "20"),
        lambda: _run(home, *command, "search", "transaction", "--limit", "20", *target),
    )


def _of_sqlite_utils(scale: Scale, scratch: Path) -> Iterator[Figure]:
    document = material.document(scale.messages)
    lines = scratch / "messages.jsonl"
    with lines.open("w", encoding="utf-8") as file:
        for message in json.loads(document.read_text("utf-8"))["messages"]:
            file.write(json.dumps(message) + "\n")

    def inserted() -> Cost:
        _remove(scratch / "theirs.db")
        words = ("insert", str(scratch / "theirs.db"), "messages", str(lines), "--nl")
        return _run(scratch, "sqlite-utils", *words)

    def imported() -> Cost:
        _remove(scratch / "ours.db")
        words = ("import", str(document), "--database", str(scratch / "ours.db"), "-q")
        return _run(scratch, sys.executable, "-m", "hfs_server", *words)

    yield from _figure(
        f"{scale.messages:,} messages into a store", "sqlite-utils", inserted, imported
    )


def _figure(
    what: str, program: str, theirs: Callable[[], Cost], ours: Callable[[], Cost]
) -> Iterator[Figure]:
    if shutil.which(program) is None:
        return
    pairs = Pairs().measure(3, theirs, ours)
    yield Figure(
        35,
        f"{what}, against {program}",
        seconds(pairs.floor_seconds),
        seconds(pairs.our_seconds),
        f"{pairs.ratio:.2f}",
        pairs.spread(),
        "-",
        True,
        ratio(pairs.processor),
    )


def _run(home: Path, program: str, *words: str) -> Cost:
    found = shutil.which(program)
    assert found is not None
    return cost_of_program([found, *words], environment(home))


def _remove(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
