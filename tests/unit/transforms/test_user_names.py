"""The names of users in a session: wherever a path has one, it is replaced everywhere."""

import itertools
import json
from base64 import b64encode

import pytest

from hfs_server.export_session import open_session
from hfs_server.find_secrets import find_secrets
from hfs_server.transforms import user_names
from hfs_server.transforms.redaction import Redactor
from tests.unit.store.sqlite.sessions import message, save, use

BARE = "-home-jane-app ~jane -Users-jane-app"
PATH = "/home/jane/app"
MARKER = "[REDACTED:user-name-1]"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store" / "sessions.db"


async def exported(store, session_id):
    """All that an export with redaction reads, as one text."""
    redactor = Redactor(["home"])
    async with open_session(store, session_id, redactor) as session:
        parts = [session.header.name, await session.related(), session.header.unknown_members]
        parts += [each async for batch in session.messages() for each in batch.messages]
        parts += [each async for batch in session.checkpoints() for each in batch.checkpoints]
    return json.dumps(parts)


def checkpoint(state):
    return {"trigger": "t", "message_index": 1, "created_at": None, "state": state}


ATTACHMENT = {
    "name": "a",
    "media_type": "text/plain",
    "size": len(PATH),
    "sha256": "0" * 64,
    "data": b64encode(PATH.encode()).decode(),
}
PLACES = {
    "a later message": {"messages": [message(BARE), message(PATH)]},
    "a message of a much later batch": {
        "messages": [message(BARE), *(message(f"{number}") for number in range(60)), message(PATH)]
    },
    "an earlier message": {"messages": [message(PATH), message(BARE)]},
    "the same message": {"messages": [message(f"{BARE} {PATH}")]},
    "the name": {"messages": [message(BARE)], "name": PATH},
    "thinking": {"messages": [message(BARE), message("x", thinking=PATH)]},
    "an attachment": {"messages": [message(BARE), message("x", attachments=[ATTACHMENT])]},
    "an unknown key": {"messages": [message(BARE), message("x", more={PATH: 1})]},
    "a checkpoint": {"messages": [message(BARE)], "checkpoints": [checkpoint({"in": [PATH]})]},
    "an unknown member": {"messages": [message(BARE)], "more": {"in": [PATH]}},
    "a folder of Windows": {"messages": [message(BARE), message("C:\\Users\\jane\\app")]},
}


@pytest.mark.parametrize("given", PLACES.values(), ids=PLACES)
def test_a_name_is_replaced_wherever_the_path_is_that_says_whose_it_is(path, given):
    async def work(store):
        return await exported(store, await save(store, **given))

    assert "jane" not in use(path, work)


ODD_PATHS = {
    "C:\\Users\\{}\\x": ["Anna Maria", "john smith", "Jan van der Berg", "Conor O'Brien"],
    "C:\\\\Users\\\\{}\\\\x": ["Anna Maria", "J\u00f6rg M\u00fcller"],
    "C:/Users/{}/x": ["Anna Maria"],
    "/home/{}/x": ["O'Brien", "kate's", "j\u00f6rg"],
    "file:///home/{}/x": ["hank%20z", "j%C3%B6rg", "o%27brien"],
    "folder=%2Fhome%2F{}%2Fx": ["hank", "hank%20z"],
    "\\\\srv\\home\\{}": ["erin"],
    "\\\\\\\\srv\\\\Users\\\\{}\\\\x": ["erin"],
    "\\\\wsl$\\Ubuntu\\home\\{}\\x": ["erin"],
    "/home/'{}'/": ["zed"],
    '/home/"{}"/x': ["zed"],
}


@pytest.mark.parametrize(
    ("form", "name"), [(form, name) for form, names in ODD_PATHS.items() for name in names]
)
def test_an_odd_name_in_a_path_is_replaced_as_a_whole(form, name):
    given, expected = (f"in {form.format(each)} now" for each in (name, MARKER))
    assert Redactor(["home"]).text(given) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cd C:\\Users\\anna and then to src\\main", "anna"),
        ("copy C:\\Users\\anna D:\\x", "anna"),
        ("the rest of /home/kate's work", "kate"),
        ("cp '/home/kate' '/home/x/y'", "kate"),
        ("'/home/kate'/x", "kate"),
        ("'/home/' + user + '/x'", ""),
        ("'/home/'+user+'/x'", ""),
        ("/home/%USERNAME%/x /home/$USER/x /home/{user}/x", ""),
    ],
)
def test_what_follows_a_name_is_no_part_of_it(text, name):
    redacted = Redactor(["home"]).text(text)
    assert redacted.split("[REDACTED")[0] == (text.partition(name)[0] if name else text)
    if name:
        assert redacted.split("]", 1)[1].startswith(text.partition(name)[2][:8])


SAID = ("{}@host:~$", "ssh {}@host", "Author: {} <x>", "USER={}", "$ whoami\n{}\n", "~{}")


@pytest.mark.parametrize("text", SAID)
def test_a_known_name_is_replaced_where_programs_say_whose_it_is(text):
    redactor = Redactor(["home"])
    redactor.know_users([b"mike"])
    assert redactor.text(f"in {text.format('mike')}") == f"in {text.format(MARKER)}"
    others = "mike mike@2 x.mike@host /scratch/mike/data mikey@host"
    assert redactor.text(others) == others


def test_a_mail_address_that_begins_with_a_known_name_is_replaced_as_a_whole():
    redactor = Redactor(["home", "mail"])
    redactor.know_users([b"mike"])
    assert redactor.text("to mike@mail.example") == "to [REDACTED:mail-address-1]"


def test_a_known_name_of_several_words_is_replaced_everywhere():
    redactor = Redactor(["home"])
    redactor.know_users([b"Anna Maria", b"hank%20z"])
    given = "C:\\Users\\Anna Maria\\x then Anna Maria, hank z and hank%20z; Anna is not"
    expected = given.replace("Anna Maria", MARKER)
    expected = expected.replace("hank z", MARKER.replace("1", "2"))
    assert redactor.text(given) == expected.replace("hank%20z", MARKER.replace("1", "3"))


@pytest.mark.parametrize("key", ["working_directory", "cwd"])
@pytest.mark.parametrize("name", ["j\u00f6rg o'neil", "a,b (c)", "x $y"])
def test_the_name_in_a_folder_ends_where_the_folder_does(path, key, name):
    async def work(store):
        more = {key: f"/home/{name}/proj"}
        return await exported(store, await save(store, messages=[message("x")], **more))

    shown = use(path, work)
    assert json.dumps(name)[1:-1] not in shown
    assert "/home/[REDACTED:user-name-1]/proj" in shown


def test_the_order_of_messages_does_not_matter(path):
    said = [BARE, PATH, "/Users/kim/x ~jane", "~kim and ~lee"]

    async def work(store):
        found = []
        for order in itertools.permutations(said):
            session_id = await save(store, [message(text) for text in order])
            findings = await find_secrets(store, session_id, Redactor(["home"]))
            found.append((findings.counts, sorted(each.count for each in findings.secrets)))
        return found

    assert use(path, work) == [({"user-name": 7}, [2, 5])] * 24


def test_of_too_many_names_the_same_ones_are_looked_for_in_any_order(path, monkeypatch):
    monkeypatch.setattr(user_names, "_MOST_NAMES", 5)
    monkeypatch.setattr(user_names, "_MOST_KEPT", 10)
    names = [f"u{number:02}" for number in range(40)]

    async def known(store, order):
        session_id = await save(store, [message(f"/home/{name}/x") for name in order])
        async with store.snapshot(session_id) as session:
            return await user_names.user_names(session)

    async def work(store):
        return [await known(store, order) for order in (names, names[::-1])]

    expected = [name.encode() for name in names[:5]]
    assert use(path, work) == [expected, expected]


def test_no_name_is_replaced_without_the_option(path):
    async def work(store):
        session_id = await save(store, [message(BARE), message(PATH)])
        return (await find_secrets(store, session_id, Redactor())).counts

    assert use(path, work) == {}
