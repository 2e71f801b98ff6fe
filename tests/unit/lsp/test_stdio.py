"""Frames: what is read, what ends the stream, and a client that does not read."""

import io
import threading

import pytest

from hfs_server.lsp.stdio import MAX_BODY_BYTES, FrameWriter, FramingError, frames

GOOD = {
    "one": (b"Content-Length: 2\r\n\r\n{}", [b"{}"]),
    "two": (b"Content-Length: 2\r\n\r\n{}Content-Length: 1\r\n\r\n5", [b"{}", b"5"]),
    "any case": (b"content-LENGTH: 2\r\n\r\n{}", [b"{}"]),
    "no blank": (b"Content-Length:2\r\n\r\n{}", [b"{}"]),
    "other headers": (b"Content-Type: x; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
    "bare line ends": (b"Content-Length: 2\n\n{}", [b"{}"]),
    "the same length twice": (b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
    "a field without a name": (b"Content-Length: 2\r\n: x\r\n\r\n{}", [b"{}"]),
    "an empty body": (b"Content-Length: 0\r\n\r\n", [b""]),
    "nothing": (b"", []),
}
LOST = {
    "no length": b"Content-Type: x\r\n\r\n{}",
    "no header at all": b'{"jsonrpc": "2.0"}\r\n\r\n',
    "an impossible length": b"Content-Length: 4611686018427387904\r\n\r\n",
    "a length over the limit": b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1),
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a length in letters": b"Content-Length: two\r\n\r\n{}",
    "the end within a body": b"Content-Length: 5\r\n\r\n{}",
    "the end within a header": b"Content-Length: 5\r\n",
    "an endless header": b"X" * 100_000,
    "endless headers": b"X: y\r\n" * 100_000,
}


@pytest.mark.parametrize(("stream", "bodies"), GOOD.values(), ids=GOOD.keys())
def test_frames_are_read(stream, bodies):
    assert list(frames(io.BytesIO(stream))) == bodies


@pytest.mark.parametrize("stream", LOST.values(), ids=LOST.keys())
def test_a_stream_with_invalid_framing_is_an_error(stream):
    with pytest.raises(FramingError):
        list(frames(io.BytesIO(stream)))


class Slow(io.BytesIO):
    """A client that begins to read when it is allowed to."""

    def __init__(self):
        super().__init__()
        self.may_go_on = threading.Event()

    def write(self, data):
        assert self.may_go_on.wait(60)
        return super().write(data)


def test_writing_does_not_wait_for_a_client_that_does_not_read():
    stream = Slow()
    writer = FrameWriter(stream, on_lost=lambda: None)
    for number in range(3):
        writer.write(b"%d" % number)
    stream.may_go_on.set()
    writer.close(60)
    assert list(frames(io.BytesIO(stream.getvalue()))) == [b"0", b"1", b"2"]


def test_a_client_that_is_gone_is_noticed():
    gone = threading.Event()
    stream = io.BytesIO()
    stream.close()
    FrameWriter(stream, on_lost=gone.set).write(b"{}")
    assert gone.wait(60)
