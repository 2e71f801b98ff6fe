"""Folders of any system: which is another one, and which lies below it."""

import os

import pytest

from hfs_server.folders import absolute_folder, lies_in

INSIDE = [
    ("/home/ada/web", "/home/ada/web"),
    ("/home/ada/web/", "/home/ada/web"),
    ("/home/ada/web", "/home/ada/web/"),
    ("/home/ada/web/src/deep", "/home/ada/web"),
    ("/home//ada/./web", "/home/ada/x/../web"),
    ("/home/ada", "/"),
    ("/cafe\u0301/a", "/caf\u00e9"),
    ("C:\\Users\\Ada\\Web", "c:\\users\\ada"),
    ("C:/Users/Ada/Web", "C:\\Users\\Ada\\Web\\"),
    ("c:\\users\\ÄDA", "C:\\Users\\äda"),
    ("C:\\Users", "c:\\"),
    ("C:\\Users", "C:"),
    ("\\\\?\\C:\\Users\\Ada", "C:\\Users"),
    ("/c:/Users/Ada", "C:\\Users"),
    ("\\\\server\\Share\\web", "\\\\SERVER\\share"),
    ("\\\\?\\UNC\\server\\share\\web", "\\\\server\\share"),
]
OUTSIDE = [
    ("/home/ada/website", "/home/ada/web"),
    ("/home/ada", "/home/ada/web"),
    ("/home/Ada/web", "/home/ada/web"),
    ("/home/ada/web/../other", "/home/ada/web"),
    ("C:\\Users\\Adam", "C:\\Users\\Ada"),
    ("D:\\Users", "C:\\"),
    ("C:\\Users", "/"),
    ("\\\\server\\share", "/"),
    ("home/ada", "/home"),
    ("", "/"),
    ("~", "/"),
    ("/a%", "/a_"),
]


@pytest.mark.parametrize(("folder", "other"), INSIDE)
def test_a_folder_lies_in_itself_and_in_those_above_it(folder: str, other: str) -> None:
    assert lies_in(folder, other)


@pytest.mark.parametrize(("folder", "other"), OUTSIDE)
def test_a_folder_does_not_lie_in_any_other_one(folder: str, other: str) -> None:
    assert not lies_in(folder, other)


@pytest.mark.parametrize("text", ["/", "/a b", "C:\\", "c:/x", "\\\\server\\share", "/c:/x"])
def test_an_absolute_path_of_any_system_is_a_folder(text: str) -> None:
    assert absolute_folder(text) == text


def test_a_tilde_is_the_home_folder() -> None:
    assert absolute_folder("~/web") == os.path.expanduser("~/web")


@pytest.mark.parametrize("text", ["", " ", "web", "./web", "C:web", "file:///home/ada", "\\x"])
def test_any_other_text_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="expected the absolute path of a folder"):
        absolute_folder(text)
