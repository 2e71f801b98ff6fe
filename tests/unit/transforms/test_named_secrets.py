"""Redaction: values that are secret because of the name beside them, in ordinary places."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from hfs_server.transforms.findings import Place
from hfs_server.transforms.redaction import Redactor

V = "Tq8vK2mZx91b"
LONG = "IQoJb3JpZ2luX2VjEJr" * 50 + "4Yt7=="
"""As long as the tokens of sessions of AWS are, and longer."""
BASE64 = "mKq3Zt8LxW0vB5nYc7Rj2Hd9Gf4Ps6Ua1Te/Qi+XoM4="
AWS = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzzzzzzKEY1"[:40]

ASSIGNED = [
    "[db]\npassword = {V}\n",
    "[pypi]\nusername = me\npassword = {V}\nrepository = x",
    "spring.datasource.password = {V}\n",
    "DB_PASS={V}\n",
    'db_pass: "{V}"',
    "db_pass: {V}\n",
    "dbPass = '{V}'",
    "DBPASS={V}",
    "h1 ansible_host=h ansible_become_pass={V} x=1",
    "OPENAI_KEY={V}\n",
    "export MASTER_KEY='{V}'",
    "     5\u2192password = {V}\n     6\u2192user = me",
    'network={{\n psk="{V}"\n}}',
    "psk={V}\n",
    "password\\t= {V}\\n",
]
IN_DOCUMENTS = [
    "<SecretAccessKey>{V}</SecretAccessKey>",
    "<ns:clientSecret>{V}</ns:clientSecret>",
    "<password type='plain'>{V}</password>",
]
APART = [
    '{{"name":"STRIPE_SECRET","value":"{V}"}}',
    '{{\n  "key": "password",\n  "value": "{V}",\n  "type": "text"\n}}',
    '{{\\"name\\":\\"API_KEY\\",\\"value\\":\\"{V}\\"}}',
    '{{"value":"{V}","name":"DB_PASS"}}',
    "env:\n  - name: API_KEY\n    value: {V}\n",
    '- name: "API_KEY"\n  value: "{V}"\n',
    "- name: API_KEY\\n  value: {V}\\n",
    "    7\u2192- name: API_KEY\n    8\u2192  value: {V}\n",
    '<add key="ApiSecret" value="{V}"/>',
    '<property name="db.password" value="{V}" />',
    '{{"token":{{"value":"{V}"}}}}',
    '{{"secrets":["{V}"]}}',
    '{{"passwords": [\n  "{V}"\n]}}',
    "passwords:\n  - {V}\n",
]
BY_BLANKS = [
    "ENV DB_PASSWORD {V}\n",
    "set -x API_TOKEN {V}\n",
    "set -gx OPENAI_KEY '{V}'",
    "setx OPENAI_KEY {V}",
    'setx OPENAI_KEY "{V}" /M',
    "setenv API_TOKEN {V}\n",
    "ALTER USER app WITH PASSWORD '{V}';",
    "CREATE ROLE app LOGIN ENCRYPTED PASSWORD '{V}'",
    "CREATE USER 'app'@'%' IDENTIFIED BY '{V}';",
    'identified with caching_sha2_password by \\"{V}\\"',
    "npm config set //registry.example/:_authToken {V}\n",
    "aws configure set aws_session_token {V}",
    'dotnet user-secrets set "Api:Secret" "{V}"',
]


@pytest.mark.parametrize("value", [V, "nzm8KVbyZMva", "fBjiDICcSbOX7Won", "kTqZvWmRxbLs"])
@pytest.mark.parametrize("text", [*ASSIGNED, *IN_DOCUMENTS, *APART, *BY_BLANKS])
def test_a_random_value_is_replaced_where_a_name_says_that_it_is_secret(
    text: str, value: str
) -> None:
    redacted = Redactor().text("see " + text.format(V=value))
    assert redacted == "see " + text.format(V="[REDACTED:password-1]")


@pytest.mark.parametrize(
    "text",
    [
        "export AWS_SESSION_TOKEN={}\n",
        'AWS_SESSION_TOKEN="{}"',
        "aws_session_token = {}\n",
        '"SessionToken": "{}"',
        "https://b.example/k?X-Amz-Security-Token={}&x=1",
        '"refresh_token": "{}"',
        "tool --token {}",
        "curl -u me:{} https://h.example",
        "machine h login me password {}\n",
        "IDENTIFIED BY '{}'",
    ],
)
def test_a_secret_of_any_length_is_replaced_as_a_whole(text: str) -> None:
    assert Redactor().text(text.format(LONG)) == text.format("[REDACTED:password-1]")


@pytest.mark.parametrize(
    "text",
    [
        "PGPASSWORD=nzm8KVbyZMva psql",
        "Server=h;Pwd=fBjiDICcSbOX7Won;",
        "token: kTqZvWmRxbLs",
        'api_key = "kTqZvWmRxbLs"',
    ],
)
def test_a_value_with_hardly_a_digit_is_replaced_if_its_letters_look_random(text: str) -> None:
    assert re.search(r"\[REDACTED:password-1\]", Redactor().text(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password=hunter2secret!", "hunter2secret!"),
        ("log in with password=hunter2secret! please", "hunter2secret!"),
        ("password=hunter2secret!, then", "hunter2secret!"),
        ("(password=hunter2secret!)", "hunter2secret!"),
        ("Password=hunter2secret", "hunter2secret"),
        ("line\\npwd=hunter2secret\\n", "hunter2secret"),
        ("is it passwd=hunter2secret?", "hunter2secret?"),
        ("/login?user=me&password=Summer2024&x=1", "Summer2024"),
        ("admin_password=Summer2024;", "Summer2024"),
        ("my password: hunter2secret! works", "hunter2secret!"),
        ("`password`: `hunter2secret!`", "hunter2secret!"),
        ("token=hunter2secret!", "hunter2secret!"),
    ],
)
def test_a_password_of_a_person_is_replaced_in_prose_and_in_a_name(text: str, value: str) -> None:
    expected = text.replace(value, "[REDACTED:password-1]")
    assert Redactor().text(text) == expected
    assert Redactor().name_at(Place("name"), text) == expected


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("APP_KEY=base64:", BASE64, "\n"),
        ("[Interface]\nPrivateKey = ", BASE64, "\nAddress = 10.0.0.2/32"),
        ("PresharedKey=", BASE64, "\\n"),
        ("https://api.telegram.org/bot", "123456789:AA" + "b3-" * 11, "/getMe"),
        ("<SecretAccessKey>", AWS, "</SecretAccessKey>"),
        ("client-key-data: ", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ" * 3 + "==", "\n"),
        ('"client-key-data": "', "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ" * 3, '"'),
        ("kind: Secret\ndata:\n  password: ", "VHE4dksybVp4OTFi", "\n"),
    ],
)
def test_a_key_is_replaced_in_the_place_that_is_made_for_it(
    before: str, value: str, after: str
) -> None:
    redacted = Redactor().text(before + value + after)
    assert re.fullmatch(re.escape(before) + r"\[REDACTED:[a-z-]+-1\]" + re.escape(after), redacted)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "STRIPE_SECRET", "value": V},
        {"key": "password", "value": V},
        {"Key": "ApiToken", "Value": V},
        {"token": {"value": V}},
        {"secrets": [V]},
        {"api_keys": ["short", {"value": V}]},
        {"env": [{"name": "DB_PASS", "value": V, "type": "text"}]},
        {"dbPass": V},
        {"headers": {"Authorization": V}},
        {"headers": [{"name": "Proxy-Authorization", "value": V}]},
        {"Cookie": V},
    ],
)
def test_a_secret_of_a_tools_input_is_replaced_also_apart_from_its_name(given: Any) -> None:
    part = {"role": "assistant", "content": "", "tool_calls": [{"name": "x", "input": given}]}
    redactor = Redactor()
    (redacted,) = redactor.parts([part])
    assert json.dumps(redacted) == json.dumps(part).replace(V, "[REDACTED:password-1]")
    assert redactor.redactions == {"password": 1}


@pytest.mark.parametrize(
    "text",
    [
        "password = get2Pass3Word4()",
        "token = parse2Token3[0]",
        "token = self.next2Token3x",
        "connect(password=hash2name, user=x)",
        "connect(password=hash2name)",
        "password=settings2.name",
        "password=db2_password",
        "password=PasswordField1()",
        "password=changeme123",
        "password=abcdefgh the",
        "token = count2value%size",
        "password = getPasswordFromEnvironment",
        "password = PasswordInputField",
        "secret = XMLHttpRequestFactory",
        "const token = useAuthTokenOrNull;",
        "PASSWORD = PASSWORD_FROM_VAULT",
        "password == otherPassword12",
        "token != 'x'",
        "bypass = 'a1b2c3d4e5'",
        "compass: a1b2c3d4e5",
        "PUBLIC_KEY=a1B2c3D4e5F6",
        "12 tests pass = all of them",
        "PASS: test_secret_is_found_2",
        '{"name": "password", "value": "required"}',
        '{"name": "password", "type": "string", "value": "{{password1}}"}',
        "- name: API_KEY\n  valueFrom:\n    secretKeyRef: db2secret1x",
        '<input name="password" value="" />',
        '<add key="ApiSecret" value="${API_SECRET1}"/>',
        '{"token":{"type":"string1234"}}',
        '{"secrets":["inherit"]}',
        "ENV DB_PASSWORD $DB_PASSWORD1",
        "set -x API_TOKEN (cat token2)",
        "set the password correctly2day",
        "setenv API_TOKEN <token2>",
        "WITH PASSWORD 'changeme123'",
        "the password 'correct horse' is long",
        "client-key-data: REDACTED",
        "APP_KEY=base64:",
        "PrivateKey = <your key>",
    ],
)
def test_ordinary_talk_about_names_is_left_alone(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "~/.claude/projects/-home-{}-app/x.jsonl",
        "C--Users-{}-app",
        "cd ~{}/app",
        "drwxr-xr-x  2 {} {} 4096 Jan 1 10:00 app",
        "-rw-r--r--@ 1 {}  staff  12 Jan 1 10:00 a",
        "-rw-r--r-- 1 root {} 12 Jan 1 10:00 a",
    ],
)
def test_a_user_who_is_known_from_a_home_folder_is_replaced_elsewhere(text: str) -> None:
    redactor = Redactor(["home"])
    marker = "[REDACTED:user-name-1]"
    given = text.replace("{}", "jane")
    assert redactor.text(given) == given
    redactor.know_users([b"jane"])
    parts = [{"content": given}, {"content": "/home/jane/app"}]
    assert redactor.parts(parts)[0]["content"] == text.replace("{}", marker)
    assert redactor.parts(parts[:1])[0]["content"] == text.replace("{}", marker)
    assert Redactor().parts(parts) == parts


def test_the_folder_of_a_user_whose_name_has_a_dot_is_replaced() -> None:
    redactor = Redactor(["home"])
    redactor.know_users([b"jane.doe"])
    assert "jane" not in redactor.text("/Users/jane.doe/app is -Users-jane-doe-app")


def test_a_known_user_is_left_where_the_name_is_a_word() -> None:
    text = "jane ~janet a-jane --home-janes 2 jane -home-page"
    redactor = Redactor(["home"])
    redactor.know_users([b"jane"])
    assert redactor.text("/home/jane/app " + text).endswith(text)
