"""The types of arguments; each raises argparse.ArgumentTypeError with what was expected."""

from __future__ import annotations

import argparse
import os

from hfs_server.files.paths import path_from_text
from hfs_server.store.address import Address, is_address


def integer(text: str) -> int:
    """A whole number."""
    if not text.removeprefix("-").isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"expected an integer, not {text!r}")
    return int(text)


def count(text: str) -> int:
    """A whole number from 1."""
    if (number := integer(text)) < 1:
        raise argparse.ArgumentTypeError("expected at least 1")
    return number


def store_path(text: str) -> str:
    """The path or the address of a store."""
    try:
        if is_address(text):
            return Address(text).connection_string
        return str(path_from_text(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def text(argument: str) -> str:
    """Some text."""
    try:
        # UTF-8 as typed, even in a locale without it.
        decoded = os.fsencode(argument).decode()
    except UnicodeError:
        raise argparse.ArgumentTypeError("expected text in UTF-8") from None
    if not decoded:
        raise argparse.ArgumentTypeError("expected some text")
    return decoded


def import_source(argument: str) -> str | Address:
    """A file to import, or the address of a store, which no message may quote."""
    if not is_address(argument):
        return argument
    try:
        return Address(argument)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
