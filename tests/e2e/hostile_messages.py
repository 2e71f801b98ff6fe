"""Abuse of the protocol as a table: what is sent, and all that may be answered.

A row is a name, the bytes, and the answers: pairs of an id (None for the id null) and a code
(``RESULT`` for no error).
"""

from __future__ import annotations

import base64
import json

from testing.messages import (
    BAD_PARAMS,
    FAILED,
    HOSTILE,
    INVALID,
    PING,
    RESULT,
    UNKNOWN,
    UNREADABLE,
    Answers,
    command,
    frame,
    identified,
    note,
    params,
    request,
    said,
)

DEEP_CURSOR = base64.urlsafe_b64encode(b"[" * 50_000).decode()
NESTED = "[" * 100_000 + "]" * 100_000
OBJECTS = '{"id": 5, "a": ' * 30_000 + "1" + "}" * 30_000
DIGITS = "9" * 5000
ANSWERED: Answers = [("a", RESULT)]
NOTHING: Answers = []

MESSAGES: list[tuple[str, bytes, Answers]] = [
    # Headers.
    ("header in lower case", frame(PING, b"content-length: %d\r\n\r\n"), ANSWERED),
    ("header in upper case", frame(PING, b"CONTENT-LENGTH: %d\r\n\r\n"), ANSWERED),
    ("header without a blank", frame(PING, b"Content-Length:%d\r\n\r\n"), ANSWERED),
    ("header with many blanks", frame(PING, b"Content-Length:   %d  \r\n\r\n"), ANSWERED),
    ("header with a tab", frame(PING, b"Content-Length :\t%d\r\n\r\n"), ANSWERED),
    ("header with leading zeros", frame(PING, b"Content-Length: 000%d\r\n\r\n"), ANSWERED),
    ("header with bare line ends", frame(PING, b"Content-Length: %d\n\n"), ANSWERED),
    ("header of another field", frame(PING, b"X: \xff\r\nContent-Length: %d\r\n\r\n"), ANSWERED),
    ("header of no colon", frame(PING, b"nonsense\r\nContent-Length: %d\r\n\r\n"), ANSWERED),
    ("header of no name", frame(PING, b"Content-Length: %d\r\n: x\r\n\r\n"), ANSWERED),
    ("header said twice", frame(PING, b"Content-Length: %d\r\n" * 2 % ((len(PING),) * 2)
        + b"X: %d\r\n\r\n"), ANSWERED),
    ("charset utf-8", frame(PING, b"Content-Length: %d\r\nContent-Type: "
        b"application/vscode-jsonrpc; charset=utf-8\r\n\r\n"), ANSWERED),
    ("charset utf8, before", frame(PING, b"Content-Type: application/vscode-jsonrpc; "
        b"charset=utf8\r\nContent-Length: %d\r\n\r\n"), ANSWERED),
    ("charset nobody knows", frame(PING, b"Content-Type: x; charset=klingon\r\n"
        b"Content-Length: %d\r\n\r\n"), ANSWERED),
    ("charset utf-16", frame(PING.decode().encode("utf-16"), b"Content-Type: x; charset=utf-16\r\n"
        b"Content-Length: %d\r\n\r\n"), [(None, UNREADABLE)]),
    # Bodies that are no JSON.
    ("empty body", frame(b""), [(None, UNREADABLE)]),
    ("a blank", frame(b" "), [(None, UNREADABLE)]),
    ("a brace", frame(b"{"), [(None, UNREADABLE)]),
    ("words", frame(b"nonsense"), [(None, UNREADABLE)]),
    ("single quotes", frame(b"{'jsonrpc': '2.0'}"), [(None, UNREADABLE)]),
    ("cut off", frame(PING[:-1]), [(None, UNREADABLE)]),
    ("more after the end", frame(PING + b"x"), [(None, UNREADABLE)]),
    ("two in one frame", frame(PING + PING), [(None, UNREADABLE)]),
    ("a byte order mark", frame(b"\xef\xbb\xbf" + PING), [(None, UNREADABLE)]),
    ("NUL after the end", frame(PING + b"\0"), [(None, UNREADABLE)]),
    ("zeros", frame(b"\0" * 1000), [(None, UNREADABLE)]),
    ("NaN", params('{"limit": NaN}'), [(None, UNREADABLE)]),
    ("minus infinity", params('{"x": -Infinity}'), [(None, UNREADABLE)]),
    ("no UTF-8", frame(PING[:-1] + b', "x": "\xff"}'), [(None, UNREADABLE)]),
    ("a surrogate's bytes", frame(PING[:-1] + b', "x": "\xed\xa0\x80"}'), [(None, UNREADABLE)]),
    ("UTF-16 without a mark", frame(PING.decode().encode("utf-16-le")), [(None, UNREADABLE)]),
    ("a raw line end in a text", frame(PING[:-1] + b', "x": "\n"}'), [(None, UNREADABLE)]),
    ("brackets", frame(b"[" * 100_000), [(None, UNREADABLE)]),
    ("an id of 5000 digits", identified(DIGITS), [(None, UNREADABLE)]),
    ("what comes after is read", frame(b"{") + frame(PING), [(None, UNREADABLE), ("a", RESULT)]),
    # Bodies that are JSON, and too much; the id is found wherever it stands.
    *(
        (f"{name}, {where}", frame(body), [("a", UNREADABLE)])
        for name, much in (("levels", NESTED), ("levels of objects", OBJECTS),
            ("digits", DIGITS), ("digits below zero", "-" + DIGITS),
            ("digits deep within", '{"id": 7, "x": [{"id": 8, "y": ' + DIGITS + "}]}"))
        for where, body in (
            ("id in front", f'{{"id": "a", "method": "x", "params": {much}}}'),
            ("id behind", f'{{"method": "x", "params": {much}, "id": "a"}}'),
            ("id in disguise", f'{{"method": "x", "p": {much}, "\\u0069\\u0064" : "\\u0061"}}'),
            ("id twice", f'{{"id": "b", "method": "x", "p": {much}, "id": "a"}}'),
            ("id after texts like it", '{"x": "\\"id\\": 1", "y": "id", "z": ["id", {"id": 2}], '
                f'"method": "x", "params": {much}, "id":"a"}}'),
            ("no method", f'{{"id": "a", "params": {much}}}'),
            ("a request and a reply", f'{{"id": "a", "method": "", "result": {much}}}'),
            ("as the method", f'{{"id": "a", "method": {much}}}'),
            ("as jsonrpc", f'{{"id": "a", "jsonrpc": {much}}}'),
            ("as params and cut off", f'{{"id": "a", "params": {much}'),
        )
        # What is cut off is known to be too much only by what comes first.
        if where != "as params and cut off" or name != "digits deep within"
    ),
    *(
        (f"{name}, no id", frame(body), [(None, UNREADABLE)])
        for name, body in (
            ("levels as the id", f'{{"id": {NESTED}, "method": "x"}}'),
            ("digits as the second id", f'{{"id": "a", "method": "x", "id": {DIGITS}}}'),
            ("digits in a note", f'{{"method": "x", "params": {{"id": 1, "x": {DIGITS}}}}}'),
            ("digits in a reply", f'{{"id": "a", "result": {DIGITS}}}'),
            ("levels in an error", f'{{"error": {NESTED}, "id": "a"}}'),
            ("digits beside an odd id", f'{{"id": 1.5, "method": "x", "params": {DIGITS}}}'),
            ("digits beside id null", f'{{"id": null, "method": "x", "params": {DIGITS}}}'),
            ("digits in a batch", f'[{{"id": "a", "method": "x", "params": {DIGITS}}}]'),
            ("digits alone", DIGITS),
            ("levels alone", NESTED),
        )
    ),
    ("levels, an id of 4000 digits", frame(f'{{"p": {NESTED}, "method": "", "id": {"1" * 4000}}}'),
        [(int("1" * 4000), UNREADABLE)]),
    ("levels, an id of half a pair", frame(f'{{"p": {NESTED}, "method": "", "id": "\\ud800"}}'),
        [("\ud800", UNREADABLE)]),
    ("levels that can be read", params('{"x": ' + "[" * 500 + "]" * 500 + "}"), ANSWERED),
    ("a fraction of 5000 digits", params('{"x": 0.' + DIGITS + "}"), ANSWERED),
    ("an exponent of 5000 digits", params('{"x": 1e' + DIGITS + "}"), ANSWERED),
    # JSON that is no message.
    ("an empty batch", frame(b"[]"), [(None, INVALID)]),
    ("a batch of one", frame(b"[" + PING + b"]"), [(None, INVALID)]),
    ("a batch of notes", frame(b'[{"jsonrpc": "2.0", "method": "x"}, 1]'), [(None, INVALID)]),
    ("null", frame(b"null"), [(None, INVALID)]),
    ("a number", frame(b"5"), [(None, INVALID)]),
    ("a text", frame(b'"text"'), [(None, INVALID)]),
    ("true", frame(b"true"), [(None, INVALID)]),
    # Ids.
    ("id null", identified("null"), [(None, INVALID)]),
    ("id 1.5", identified("1.5"), [(None, INVALID)]),
    ("id 1.0", identified("1.0"), [(None, INVALID)]),
    ("id 1e400", identified("1e400"), [(None, INVALID)]),
    ("id true", identified("true"), [(None, INVALID)]),
    ("id list", identified("[1]"), [(None, INVALID)]),
    ("id object", identified('{"a": 1}'), [(None, INVALID)]),
    ("id null of no method", said({"jsonrpc": "2.0", "id": None}), [(None, INVALID)]),
    ("id 0", request(0), [(0, RESULT)]),
    ("id -0", identified("-0"), [(0, RESULT)]),
    ("id below zero", request(-1), [(-1, RESULT)]),
    ("id past a double", request(2**53 + 1), [(2**53 + 1, RESULT)]),
    ("id past 64 bits", request(2**70), [(2**70, RESULT)]),
    ("id of 4000 digits", request(10**4000 - 1), [(10**4000 - 1, RESULT)]),
    ("id of no letters", request(""), [("", RESULT)]),
    ("id like a number", request("1") + request(1), [("1", RESULT), (1, RESULT)]),
    ("id like null", request("null"), [("null", RESULT)]),
    ("id with NUL", request("\0"), [("\0", RESULT)]),
    ("id of any letters", request("ü🙂\n"), [("ü🙂\n", RESULT)]),
    ("id of half a pair", request("\ud800"), [("\ud800", RESULT)]),
    ("id very long", request("x" * 100_000), [("x" * 100_000, RESULT)]),
    ("id twice in one message", frame(b'{"id": "b", ' + PING[1:]), ANSWERED),
    ("id used one after the other", request("a", "x") + request(),
        [("a", UNKNOWN), ("a", RESULT)]),
    # Members that are missing or of another type.
    ("no jsonrpc", said({"id": "a", "method": "hfs/listSessions"}), [("a", INVALID)]),
    ("jsonrpc 1.0", request(jsonrpc="1.0"), [("a", INVALID)]),
    ("jsonrpc a number", request(jsonrpc=2.0), [("a", INVALID)]),
    ("jsonrpc null", request(jsonrpc=None), [("a", INVALID)]),
    ("nothing but an id", said({"id": "a"}), [("a", INVALID)]),
    ("no method", said({"jsonrpc": "2.0", "id": "a"}), [("a", INVALID)]),
    ("params and no method", said({"jsonrpc": "2.0", "id": "a", "params": {}}), [("a", INVALID)]),
    ("method a number", request(method=5), [("a", INVALID)]),
    ("method null", request(method=None), [("a", INVALID)]),
    ("method a list", request(method=["hfs/listSessions"]), [("a", INVALID)]),
    ("method an object", request(method={}), [("a", INVALID)]),
    ("a request and a reply", request(result=1, error=2), ANSWERED),
    ("names in another case", frame(PING.replace(b"method", b"Method")), [("a", INVALID)]),
    # Methods.
    *(
        (f"method {method[:30]!r}", request(method=method, params={}), [("a", UNKNOWN)])
        for method in ("", " ", "hfs/unknown", "HFS/LISTSESSIONS", "hfs/listSessions ",
            "textDocument/hover", "textDocument/didOpen", "$/cancelRequest", "$/unknown",
            "initialized", "exit", "hfs/didChangeSessions", "window/workDoneProgress/cancel",
            "__class__", "handlers", "\ud800", "\0", "x" * 10_000)
    ),
    # Params.
    ("params null", params("null"), ANSWERED),
    ("params empty", params("{}"), ANSWERED),
    ("params an empty list", params("[]"), ANSWERED),
    ("export of an empty list", params("[]", "hfs/export"), [("a", BAD_PARAMS)]),
    ("unknown of an empty list", params("[]", "hfs/unknown"), [("a", UNKNOWN)]),
    ("params twice", params('{"limit": 0}, "params": {}'), ANSWERED),
    ("params unknown", params('{"limits": 0, "Limit": 0}'), ANSWERED),
    *(
        (f"params {text[:20]}", params(text), [("a", BAD_PARAMS)])
        for text in ("[[]]", "[{}]", "[null]", "0", "1.5", "false", '""', '"text"', '{"limit": 0}',
            '{"limit": 501}', '{"limit": null}', '{"limit": 1.0}', '{"limit": 1e400}',
            '{"limit": true}', '{"limit": "1"}', '{"limit": {"jsonrpc": "2.0"}}',
            '{"limit": 9' + "0" * 4000 + "}", '{"query": 5}', '{"query": "\\ud800"}',
            '{"cursor": "x"}', '{"cursor": "\\udc00"}', '{"cursor": []}')
    ),
    ("a cursor that is deep", params(json.dumps({"cursor": DEEP_CURSOR})), [("a", BAD_PARAMS)]),
    ("params of any names", request(params=HOSTILE), ANSWERED),
    ("names in an export", request(method="hfs/export", params={**HOSTILE, "sessionId": 2**62,
        "format": "json"}), [("a", FAILED)]),
    ("names in a content", request(method="hfs/import", params={**HOSTILE, "content": "[5]"}),
        [("a", FAILED)]),
    ("names in a command", command([{**HOSTILE, "limit": 1}]), ANSWERED),
    ("export of no params", request(method="hfs/export"), [("a", BAD_PARAMS)]),
    ("export past 64 bits", params('{"sessionId": 9223372036854775808, "format": "json"}',
        "hfs/export"), [("a", BAD_PARAMS)]),
    ("content as an object", params('{"content": {"messages": []}}', "hfs/import"),
        [("a", BAD_PARAMS)]),
    ("content with half a pair", params('{"content": "\\ud800"}', "hfs/import"), [("a", FAILED)]),
    ("uri with NUL", params('{"uri": "file:///%00"}', "hfs/import"), [("a", BAD_PARAMS)]),
    ("uri with a bad host", params('{"uri": "file://[x/y"}', "hfs/import"), [("a", BAD_PARAMS)]),
    ("uri with half a pair", params('{"uri": "file:///\\ud800"}', "hfs/import"),
        [("a", BAD_PARAMS)]),
    ("text of any uri", params('{"uri": "http://[x"}', "workspace/textDocumentContent"),
        [("a", BAD_PARAMS)]),
    ("a token that is none", params('{"content": "[]", "workDoneToken": 1.5}', "hfs/import"),
        [("a", BAD_PARAMS)]),
    # Commands.
    ("command of no arguments", command([]), ANSWERED),
    ("command of null", command(None), ANSWERED),
    ("command of a null", command([None]), ANSWERED),
    ("command of an empty list", command([[]]), ANSWERED),
    ("command that is none", command([], "hfs.server.exit"), [("a", BAD_PARAMS)]),
    ("command of no name", command([], None), [("a", BAD_PARAMS)]),
    *(
        (f"command of {value!r}", command(value), [("a", BAD_PARAMS)])
        for value in ({}, 5, [0], [False], [""], [[[]]], ["x"], [{}, {}], [{"limit": 0}])
    ),
    # Notifications, and replies to nothing.
    *(
        (f"note {method!r} with {str(given)[:30]}", note(method, params=given), NOTHING)
        for method, given in (("hfs/unknown", {}), ("hfs/listSessions", {"limit": "x"}),
            ("shutdown", None), ("initialize", {}), ("initialized", {}), ("initialized", 5),
            ("textDocument/didOpen", 5), ("$/setTrace", {"value": "nonsense"}),
            ("$/cancelRequest", None), ("$/cancelRequest", []), ("$/cancelRequest", {"id": {}}),
            ("$/cancelRequest", {"id": None}), ("$/cancelRequest", {"id": 123456}),
            ("window/workDoneProgress/cancel", {"token": []}),
            ("window/workDoneProgress/cancel", {"token": "?"}), (5, None), (None, None),
            ("hfs/listSessions", HOSTILE), ("x" * 10_000, {}))
    ),
    ("nothing but a version", said({"jsonrpc": "2.0"}), NOTHING),
    ("an empty object", frame(b"{}"), NOTHING),
    ("a note of jsonrpc 1.0", note("exit!", jsonrpc="1.0"), NOTHING),
    *(
        (f"reply {str(given)[:50]}", said({"jsonrpc": "2.0", **given}), NOTHING)
        for given in ({"id": 5000, "result": None}, {"id": "?", "result": {"jsonrpc": "2.0"}},
            {"id": None, "error": {"code": 1, "message": "x"}}, {"id": 5000, "error": 5},
            {"id": [], "result": 1}, {"id": 1e308, "result": 1, "error": {}})
    ),
]  # fmt: skip
