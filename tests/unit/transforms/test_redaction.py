"""Redaction: what is found, what is not, and what stands in its place."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.session import Refitted, SessionHeader
from hfs_server.transforms.redaction import ALSO, Redactor
from tests.unit.transforms.secrets import KINDS, private_key, secret

CONTEXTS = [
    "{}",
    "Use {}.",
    "export API_KEY={}\n",
    '{{"key": "{}"}}',
    "curl -H 'Authorization: Bearer {}' https://api.example/v1",
    "before\\n{}\\nafter",
    "`{}`",
    "日本語 {} 日本語",
    "https://host.example/?token={}&x=1",
    "({})[{}]",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_of_each_vendor_is_replaced_in_any_context(kind: str) -> None:
    for number, context in enumerate(CONTEXTS):
        value = secret(kind, number)
        redactor = Redactor()
        redacted = redactor.text(context.replace("{}", value).replace("{{", "{").replace("}}", "}"))
        assert value not in redacted, context
        assert "[REDACTED:" in redacted
        assert sum(redactor.redactions.values()) == context.count("{}")


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("aws_secret_access_key = ", "wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzKEY1", "\n"),
        ("DefaultEndpointsProtocol=https;AccountKey=", "a1" * 43 + "==", ";Suffix"),
        ("https://x.blob.example/c?sv=2022&sig=", "Ab1%2F" * 8 + "%3D", "&se=1"),
        ("https://hooks.slack.com/services/", "T000/B000/" + "aB3" * 8, " "),
        ("https://discord.com/api/webhooks/", "123456789/" + "aB3" * 20, ")"),
        ("postgres://admin:", "correct-horse", "@db.example:5432/app"),
        ("redis://:", "hunter22x", "@cache:6379"),
        ("https://me:", "p4ss.w0rd", "@git.example/r.git"),
        ("Authorization: Basic ", "dXNlcjpwYXNzdzByZDEyMw==", "\n"),
        ('{"Authorization": "Token ', "9944b09199c62bcf9418ad846dd0e4bb", '"}'),
        ("Bearer ", "mF_9.B5f-4.1JqMmF_9.B5f", "'"),
        ("Cookie: ", "session=8f7d6c5b4a3e2d1c; theme=dark", "\r\n"),
        ("Set-Cookie: ", "sid=s%3Aabc123def456", ""),
        ('password: "', "Tr0ub4dor&3", '"'),
        ("DB_PASSWORD=", "Tr0ub4dor&3x", " npm start"),
        ("api_key='", "q8Zr31xW0p", "'"),
        ("const clientSecret = `", "q8Zr31xW0pLm", "`"),
        ('{\\"password\\":\\"', "q8Zr31xW", '\\"}'),
        ("jdbc:postgresql://h/db?user=a&password=", "q8Zr31xW", "&ssl=true"),
        ("Server=h;User Id=u;Password=", "q8Zr31xW", ";"),
        ("https://api.example/?access_token=", "q8Zr31xW0p", "&x=1"),
        ("--password=", "q8Zr31xW", " run"),
        ("--token ", "q8Zr31xW0p", "\n"),
        ("mysql -u root -p", "q8Zr31xW", " app"),
        ("sshpass -p '", "q8Zr31xW", "' ssh h"),
        ("docker login -u me -p ", "q8Zr31xW", ""),
        ("curl -u admin:", "q8Zr31xW", " https://h.example"),
        ("machine h.example login me password ", "q8Zr31xW", "\n"),
        ("//registry.example/:_authToken=", "q8Zr31-xW0p-4b", "\n"),
        ("X-Api-Key: ", "9f8e7d6c5b4a3f2e1d", "\r\n"),
        ("db:\n  password: ", "q8Zr31xW", "\n"),
        ("secret_key_base: ", "9f8e7d6c5b4a3f2e1d9f8e7d6c5b4a3f", "\n"),
        ("<password>", "q8Zr31xW", "</password>"),
        ("postgres://u:", "p@ss1word", "@h.example/db"),
        ("postgres://u:", "%23Zk39pQx", "@h.example/db"),
        ("git clone https://", "a1b2c3d4e5a1b2c3d4e5a1b2c3d4e5", "@h.example/r.git"),
        ("git clone https://", secret("github personal"), "@h.example/r.git"),
    ],
)
def test_a_value_is_replaced_where_its_context_says_that_it_is_secret(
    before: str, value: str, after: str
) -> None:
    text = f"see {before}{value}{after}"
    redacted = Redactor().text(text)
    assert re.fullmatch(
        re.escape(f"see {before}") + r"\[REDACTED:[a-z-]+-1\]" + re.escape(after), redacted
    )


LINE_FORMS = {
    "numbered": "{:6}\u2192{}",
    "tabbed": "{:6}\t{}",
    "found": "{}:{}",
    "found in a file": "certs/key.pem:{}:{}",
    "removed": "-{1}",
    "quoted": "> {1}",
    "boxed": "\u2502 {1} \u2502",
    "joined": '"{1}\\n" +',
}
"""How programs show the lines of a file, with their numbers."""


@pytest.mark.parametrize("label", ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY"])
@pytest.mark.parametrize(
    "form",
    [
        *("plain", "escaped", "indented", "without its end", "encrypted", "numbered", "tabbed"),
        *("found", "found in a file", "removed", "quoted", "boxed", "joined"),
    ],
)
def test_a_private_key_is_replaced_as_a_whole(label: str, form: str) -> None:
    key = private_key(3, label)
    lines = key.splitlines()[1:-1]
    if form == "escaped":
        key = key.replace("\n", "\\n")
    elif form == "indented":
        key = key.replace("\n", "\n    ")
    elif form == "without its end":
        key = "\n".join(key.splitlines()[:-2])
    elif form == "encrypted":
        headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,ABCDEF0123\n\n"
        key = key.replace(f"{lines[0]}", headers + lines[0])
    if form in LINE_FORMS:
        numbered = enumerate(key.split("\n"), 1)
        key = "\n".join(LINE_FORMS[form].format(number, line) for number, line in numbered)
    redacted = Redactor().text(f"It is:\n{key}\n\nSo it is, and (this) stays.")
    assert not [line for line in lines if line in redacted]
    assert redacted.count("[REDACTED:private-key-1]") == 1
    assert "(this) stays." in redacted


@pytest.mark.parametrize(
    "text",
    [
        "password = input('Password: ')",
        "password: string",
        'password: "correct horse battery staple"',
        "token = get_token_from_request(request)",
        "const apiKey = process.env.OPENAI_API_KEY",
        "API_KEY=$OPENAI_API_KEY npm test",
        "API_KEY=your_api_key_1",
        "export TOKEN=<token2>",
        "Set `ANTHROPIC_API_KEY=sk-ant-...` first",
        "tokenizer = 'cl100k_base'",
        "postgres://user:password@localhost/db",
        "postgres://${USER}:${PASSWORD}@localhost/db",
        "Authorization: Bearer <token>",
        "the bearer of this letter is authenticated-by-something-else",
        "cookie: HttpOnly; Secure",
        "sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "id 123e4567-e89b-12d3-a456-426614174000",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "toolu_01A09q90qw90lq917835lq9 call_abc123DEF456ghi789JKL012",
        "-----BEGIN PUBLIC KEY-----",
        "it begins with -----BEGIN PRIVATE KEY----- and ends so.",
        "skip-proj-something sk-learn scikit ghp_short AKIAIOSFODNN7",
        "http://localhost:3000/path@2x.png",
        "git@github.com:me/repo.git",
        "max_tokens: '4096'",
        "token=user_token_1, secret=sha256_hash2",
        "auth(token=config.api_token_v2)",
        "password: see section 4.2 of the manual",
        "api_key: string; access_key: number2string",
        "token: abcdefgh",
        "curl -u user:password https://h.example",
        "mysql -u root -p",
        "PASSWORD=$(openssl rand -hex 16)",
        "https://h.example:8080/@me",
    ],
)
def test_ordinary_talk_about_code_is_left_alone(text: str) -> None:
    redactor = Redactor()
    assert redactor.text(text) == text
    assert list(redactor.parts([{"role": "user", "content": text}])) == [
        {"role": "user", "content": text}
    ]
    assert redactor.redactions == {}


def test_real_sessions_have_hardly_a_false_alarm(real_data: Path) -> None:
    """What was found there was looked at: there is no secret in them."""
    redactor = Redactor()
    lines = 0
    for path in sorted((real_data / "foreign").rglob("*")):
        if path.is_file() and path.suffix in (".json", ".jsonl", ".md"):
            content = path.read_text(encoding="utf-8", errors="replace")
            redactor.text(content)
            lines += content.count("\n") + content.count("\\n")
    assert lines > 100_000
    assert sum(redactor.redactions.values()) <= lines / 10_000, redactor.redactions


def test_the_same_secret_has_the_same_marker_and_others_have_others() -> None:
    one, two = secret("github personal", 1), secret("github personal", 2)
    redactor = Redactor()
    assert redactor.text(f"{one} {two} {one}") == (
        "[REDACTED:github-token-1] [REDACTED:github-token-2] [REDACTED:github-token-1]"
    )
    assert redactor.text(two) == "[REDACTED:github-token-2]"
    assert redactor.redactions == {"github-token": 4}


def test_every_place_of_a_message_is_redacted() -> None:
    key = secret("anthropic")
    data = b64encode(f"KEY={key}\n".encode()).decode()
    message = {
        "role": "assistant",
        "content": key,
        "thinking": key,
        "tool_calls": [
            {"id": "1", "name": "Bash", "input": {"command": f"echo {key}", key: [[key]]}},
            {"id": "2", "name": "Login", "input": {"password": "Tr0ub4dor&3", "retries": 3}},
        ],
        "attachments": [{"name": key, "text": key, "uri": key, "data": data, "size": 1}],
        "x_unknown": {"deep": {"er": key}},
    }
    (redacted,) = Redactor().parts([message])
    assert key not in json.dumps(redacted)
    assert "Tr0ub4dor" not in json.dumps(redacted)
    assert redacted["tool_calls"][1]["input"]["retries"] == 3
    attachment = redacted["attachments"][0]
    decoded = b64decode(attachment["data"])
    assert decoded == b"KEY=[REDACTED:anthropic-key-1]\n"
    assert attachment["size"] == len(decoded)
    assert attachment["sha256"] == sha256(decoded).hexdigest()
    assert key in json.dumps(message)


def test_a_redacted_text_has_its_own_size_and_digest() -> None:
    texts = [f"KEY={secret('anthropic')}", "plain"]
    given = [{"text": text, "size": 1, "sha256": "0"} for text in texts]
    (message,) = Redactor().parts([{"role": "user", "content": "", "attachments": given}])
    redacted, plain = message["attachments"]
    content = redacted["text"].encode()
    assert content == b"KEY=[REDACTED:anthropic-key-1]"
    assert (redacted["size"], redacted["sha256"]) == (len(content), sha256(content).hexdigest())
    assert plain == given[1]


def test_a_message_that_a_document_of_1_0_0_has_in_another_shape_is_redacted_in_both() -> None:
    key = secret("npm")
    (redacted,) = Redactor().parts([Refitted({"unknown": {"model": key}}, {"model": key})])
    assert isinstance(redacted, Refitted)
    assert key not in repr(redacted) + repr(redacted.before)


def test_the_header_is_redacted_and_says_so() -> None:
    key = secret("gitlab")
    header = SessionHeader(
        f"Use {key}", None, None, {"a": key}, {"summary": key}, {"x": key}, {"y": [key]}
    )
    redacted = Redactor().header(header)
    assert key not in repr(redacted)
    assert redacted.unknown_metadata["redacted"] is True


@pytest.mark.parametrize("kind", ["github personal", "anthropic", "aws", "jwt", "stripe"])
@pytest.mark.parametrize(
    "end", ["", "...", "... - 2026-02-01_14-30", "\u2026", " - 2026-02-01_14-30"]
)
def test_a_key_that_a_name_has_only_the_beginning_of_is_replaced(kind: str, end: str) -> None:
    name = f"Use {secret(kind)[:18]}{end}"
    redacted = Redactor().header(SessionHeader(name, None, None)).name
    assert redacted == f"Use [REDACTED:truncated-key-1]{end}"


@pytest.mark.parametrize(
    "name",
    [
        "Use sk-learn... - 2026-02-01_14-30",
        "What is npm_config_cache...",
        "hf_hub_download",
        "AIza keys",
    ],
)
def test_a_name_that_begins_as_keys_do_is_left_alone(name: str) -> None:
    assert Redactor().header(SessionHeader(name, None, None)).name == name


def test_attachments_that_are_no_text_are_left_as_they_are() -> None:
    data = b64encode(b"\x89PNG\r\n\xff\xfe" + secret("npm").encode()).decode()
    message = {"role": "user", "content": "x", "attachments": [{"data": data}, {"data": 5}, None]}
    assert list(Redactor().parts([message])) == [message]


def test_mail_addresses_and_home_folders_are_replaced_on_request() -> None:
    text = "jane.doe+x@mail.example wrote /home/jane/a.py, C:\\Users\\jane\\b and /Users/jane"
    assert Redactor().text(text) == text
    redactor = Redactor(ALSO)
    assert redactor.text(text) == (
        "[REDACTED:mail-address-1] wrote /home/[REDACTED:user-name-1]/a.py, "
        "C:\\Users\\[REDACTED:user-name-1]\\b and /Users/[REDACTED:user-name-1]"
    )


def _texts() -> st.SearchStrategy[str]:
    words = st.sampled_from(
        [secret(kind) for kind in KINDS]
        + [private_key(), "password='", "'", "Bearer ", "Cookie: a=", "://u:", "@h", "\n", " ", "="]
        + ["a@b.example", "/home/x", "[REDACTED:", "\ud800", "é"]
    )
    return st.lists(words | st.text(max_size=5), max_size=12).map("".join)


@given(_texts())
def test_redaction_of_what_was_redacted_changes_nothing(text: str) -> None:
    once = Redactor(ALSO).text(text)
    again = Redactor(ALSO)
    assert again.text(once) == once
    assert again.redactions == {}


@given(_texts(), st.sampled_from(sorted(KINDS)))
def test_no_secret_is_left_in_any_text(text: str, kind: str) -> None:
    value = secret(kind, 9)
    assert value not in Redactor().text(f"{text} {value} {text}")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | _texts(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(JSON)
def test_the_quick_test_of_all_parts_misses_nothing(value: Any) -> None:
    part = {"role": "user", "content": "", "x": value}
    one, other = Redactor(), Redactor()
    assert list(one.parts([part])) == [other.value(part)]
    assert one.redactions == other.redactions
