"""Texts of the kinds that sessions of coding assistants hold, always the same.

They have the shapes of real ones: prose with code and links, tables, tags, data, diffs,
logs, stack traces, output of terminals, encoded files and other languages.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable

_TEXT = (
    "the a to of in and that it is for on with as be this have from or one had by not when your "
    "can use each which how if will other then them some make into time look two session parser "
    "migration function module request answer error file editor table column value key test branch"
)
WORDS = _TEXT.split()
_LANGUAGES = (
    "Die Sitzung wird gelesen, geprüft und dann geschrieben; größere Dateien brauchen länger.",
    "セッションを読み込み、検査してから保存します。大きなファイルには時間がかかります。",
    "Сначала читается заголовок, затем сообщения — по одному, без копии в памяти.",
    "يُقرأ العنوان أولاً ثم الرسائل واحدة تلو الأخرى.",
)
_CODE = (
    "def read(path: Path) -> list[str]:\n    # One line at a time.\n    return [x for x in path]",
    "export const send = async (id: string): Promise<void> => {\n  await post<B>(`/${id}`);\n};",
    "SELECT id, name FROM sessions WHERE id > 10;",
)
_PARAGRAPHS = 12


def texts(kind: str, count: int) -> list[str]:
    """So many texts of this kind."""
    dice = random.Random(kind)
    return [KINDS[kind](dice) for _ in range(count)]


def _sentence(dice: random.Random) -> str:
    words = dice.choices(WORDS, k=dice.randint(6, 18))
    return " ".join(words).capitalize() + dice.choice((".", ".", ":", "?"))


def _prose(dice: random.Random) -> str:
    return " ".join(_sentence(dice) for _ in range(dice.randint(1, 4)))


def _name(dice: random.Random) -> str:
    return f"{dice.choice(WORDS)}_{dice.choice(WORDS)}"


def _block(dice: random.Random) -> str:
    name, path = _name(dice), f"src/{_name(dice)}.py"
    return dice.choice((
        f"## {_sentence(dice)}",
        f"- **{name}**: `{name}()` {_sentence(dice)}\n- [{path}]({path}:{dice.randint(1, 99)})",
        f"1. {_sentence(dice)}\n2. Run `pytest -k {name}`\n   ```bash\n   make {name}\n   ```",
        f"```{dice.choice(('python', 'ts', 'sql', ''))}\n{dice.choice(_CODE)}\n```",
        f"| Name | Value |\n|------|------:|\n| `{name}` | {dice.random():.3f} |",
        f"> {_sentence(dice)}",
        f"See [the manual](https://example.org/{name}#part) and `{path}`. {_sentence(dice)}",
    ))  # fmt: skip


def _answer(dice: random.Random, doubtful: tuple[str, ...] = ()) -> str:
    blocks = [
        _prose(dice) if dice.random() < 0.5 else _block(dice)
        for _ in range(dice.randint(2, _PARAGRAPHS))
    ]
    if doubtful and dice.random() < 0.5:
        blocks.insert(1, f"{_sentence(dice)} {dice.choice(doubtful)} {_sentence(dice)}")
    return "\n\n".join(blocks)


def _doubtful_answer(dice: random.Random) -> str:
    doubtful = (
        "List<String>", "the <details> tag", "![shot](images/a.png)", "$5 or `<b>`", "a[^1]",
        "[log](file:///tmp/x)", "%%", "{#part}", "//example.org/x", "\n---\n", "\n# a\n\n    b",
    )  # fmt: skip
    return _answer(dice, doubtful)


def _prompt(dice: random.Random) -> str:
    tag = _name(dice)
    inner = "\n".join(f"  <{_name(dice)}>{_sentence(dice)}</{tag}>" for _ in range(4))
    rules = "\n".join(
        f"- {_name(dice)}: {_sentence(dice)} Costs ${dice.randint(1, 9)}, see <{tag}> and `<b>`."
        for _ in range(dice.randint(3, 20))
    )
    wrapped = f"<{tag}>\n{inner}\n</{tag}>"
    return "\n\n".join((wrapped, _prose(dice), f"# {_sentence(dice)}", rules, _prose(dice)))


def _value(dice: random.Random) -> dict[str, object]:
    return {
        "id": dice.randint(1, 10**6), "text": _prose(dice), "html": f"<p>{_name(dice)}</p>",
        "tags": dice.choices(WORDS, k=4), "path": f"C:\\{_name(dice)}", "next": None,
    }  # fmt: skip


def _json(dice: random.Random) -> str:
    values = [_value(dice) for _ in range(dice.randint(1, 30))]
    return json.dumps(values, indent=dice.choice((None, 2)))


def _diff(dice: random.Random) -> str:
    path = f"src/{_name(dice)}.py"
    lines = [f"diff --git a/{path} b/{path}", f"--- a/{path}", f"+++ b/{path}", "@@ -1,9 +1,9 @@"]
    lines += [dice.choice(" +-") + f"    {_name(dice)} = <{i}>[{i}]" for i in range(60)]
    return "\n".join(lines)


def _log(dice: random.Random) -> str:
    return "\n".join(
        f"2026-02-01T10:{i:02}:00.123Z {dice.choice(('INFO', 'WARN'))} [{_name(dice)}] "
        f"<{_name(dice)}> {_sentence(dice)} {{id={i}}}"
        for i in range(dice.randint(5, 59))
    )


def _trace(dice: random.Random) -> str:
    frames = "".join(
        f'  File "/app/{_name(dice)}.py", line {i}, in <module>\n    {_name(dice)}(**{{i: {i}}})\n'
        for i in range(dice.randint(3, 20))
    )
    return f"Traceback (most recent call last):\n{frames}ValueError: <{_name(dice)}>"


def _terminal(dice: random.Random) -> str:
    return "\n".join(
        f"\x1b[32m✓\x1b[0m tests/{_name(dice)}.py::{_name(dice)}[{i}] \x1b[1m{i}%\x1b[0m"
        for i in range(dice.randint(5, 80))
    )


def _numbered(dice: random.Random) -> str:
    lines = "\n\n".join(dice.choice(_CODE) for _ in range(dice.randint(3, 30))).split("\n")
    return "\n".join(f"{number:6}→{line}" for number, line in enumerate(lines, start=1))


def _source(dice: random.Random) -> str:
    return "\n\n\n".join(dice.choice(_CODE) for _ in range(dice.randint(3, 30)))


def _base64(dice: random.Random) -> str:
    return base64.b64encode(dice.randbytes(dice.randint(300, 9_000))).decode()


def _table(dice: random.Random) -> str:
    rows = [
        f"| {_name(dice)} | `{_name(dice)}` | {dice.random():.4f} | <br> |"
        for _ in range(dice.randint(5, 60))
    ]
    return "\n".join(["| a | b | c | d |", "|---|---|--:|---|", *rows])


def _other_language(dice: random.Random) -> str:
    paragraphs = [" ".join(dice.choices(_LANGUAGES, k=4)) for _ in range(dice.randint(2, 9))]
    return "\n\n".join([*paragraphs, f"Siehe <{_name(dice)}> — {_LANGUAGES[0]}"])


KINDS: dict[str, Callable[[random.Random], str]] = {
    "answers": _answer,
    "answers in doubt": _doubtful_answer,
    "prompts": _prompt,
    "JSON": _json,
    "diffs": _diff,
    "logs": _log,
    "stack traces": _trace,
    "terminal output": _terminal,
    "numbered files": _numbered,
    "source code": _source,
    "base64": _base64,
    "tables": _table,
    "other languages": _other_language,
}
