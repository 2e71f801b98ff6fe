"""What a mistyped command, option, tool or format may have been meant to be."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question for the end of a message; "" if nothing is alike."""
    # Only a mistake needs it.
    from difflib import get_close_matches

    name, equals, _ = word.partition("=")
    found = get_close_matches(name if equals else word, [*known], n=1)
    return f"; did you mean {found[0]}?" if found else ""


def parser_of(whole: argparse.ArgumentParser, command: str | None) -> argparse.ArgumentParser:
    """The parser of a command, which shows its usage; that of the program if there is none."""
    for action in whole._actions:
        if command is not None and isinstance(action, argparse._SubParsersAction):
            found: argparse.ArgumentParser = action.choices[command]
            return found
    return whole


class SuggestingParser(argparse.ArgumentParser):
    """A parser that suggests what was meant; its commands have parsers of the same kind."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            # Newer versions of Python may be set to ask the same.
            if "you meant" not in error.message:
                error.message += did_you_mean(str(value), map(str, action.choices or ()))
            raise
