"""A file: URI names exactly one file, or is rejected."""

import os
from pathlib import Path

import pytest

from hfs_server.files import paths
from hfs_server.files.paths import path_from_uri

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other paths")

REFUSED = [
    5,
    None,
    b"file:///a",
    [],
    "",
    "file:",
    "file:a",
    "file://",
    "file://localhost",
    "http:///a",
    "/a",
    " file:///a",
    "\tfile:///a",
    "file:///a\n",
    "file:///a\nb",
    "file:///a\rb",
    "file:///a\tb",
    "fi\nle:///a",
    "file://loc\nalhost/a",
    "file:///a\0b",
    "file:///a\x1b[31m",
    "file:///a\x7f",
    "file:///a\x85",
    "file:///a%00b",
    "file:///a?b",
    "file:///a?",
    "file:///a#b",
    "file:///a#",
    "file:///a\\b",
    "file:\\\\\\a",
    "file://\\a/b",
    "file:///100%",
    "file:///100%/a",
    "file:///a%zz",
    "file:///a%4",
    "file:///a%u0041",
    "file:///a\ud800",
    "file://me@localhost/a",
    "file://me:secret@localhost/a",
    "file://localhost:80/a",
    "file://C:/a",
    "file://[::1]/a",
    "file://[x/a",
    "file:///not/a/folder/",
]


@pytest.mark.parametrize("uri", REFUSED, ids=ascii)
def test_what_names_no_file_exactly_is_refused_in_words(uri):
    with pytest.raises(ValueError, match=r"^expected ") as caught:
        path_from_uri(uri)
    assert str(caught.value).isprintable()


@posix
@pytest.mark.parametrize("uri", ["file://elsewhere/a", "file://127.0.0.1/a", "file://./a"])
def test_a_file_of_another_machine_is_refused(uri):
    with pytest.raises(ValueError, match="this machine"):
        path_from_uri(uri)


NAMED = {
    "file:///a/b.json": "/a/b.json",
    "file:/a": "/a",
    "FILE://LOCALHOST/a": "/a",
    "file:///a%20b%23%3F%25.json": "/a b#?%.json",
    "file:///a b.json": "/a b.json",
    "file:///%C3%BC/ü": "/ü/ü",
    "file:///a%0Ab": "/a\nb",
    "file:///a%5Cb": "/a\\b",
    "file:///a%2Fb": "/a/b",
    "file:///a/../b": "/a/../b",
    "file:///c%3A/a": "/c:/a",
    "file:///%FF": "/\udcff",
    "file:///a;b=c,d&e+f@g!$'()*~": "/a;b=c,d&e+f@g!$'()*~",
    "file:///%f0%9f%91%a9%E2%80%8D%F0%9F%92%BB": "/👩\u200d💻",
}


@posix
@pytest.mark.parametrize(("uri", "path"), NAMED.items(), ids=ascii)
def test_each_byte_of_a_uri_counts(uri, path):
    assert path_from_uri(uri) == Path(path)


def test_every_path_comes_back_from_its_uri(tmp_path):
    for name in ("a b", "a%b", "ü", "a#b", "%41"):
        assert path_from_uri((tmp_path / name).as_uri()) == tmp_path / name


@pytest.mark.parametrize(
    ("host", "encoded", "path"),
    [
        ("", "/c%3A/a/b.json", "c:\\a\\b.json"),
        ("", "/C:/a%20b", "C:\\a b"),
        ("", "/c:", "c:"),
        ("", "/a", "\\a"),
        ("server", "/share/ü", "\\\\server\\share\\ü"),
    ],
)
def test_drives_and_shares_of_windows_have_its_paths(host, encoded, path):
    assert paths._on_windows(host, encoded) == path


@pytest.mark.parametrize(
    ("host", "encoded"),
    [("me@server", "/a"), ("server:80", "/a"), ("", "/c:/a:stream"), ("", "/%FF"), ("s", "/c:/a")],
)
def test_what_windows_would_take_otherwise_is_refused(host, encoded):
    with pytest.raises(ValueError, match="expected"):
        paths._on_windows(host, encoded)
