"""Times are read as a second reader reads them, which shares no code with the first."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hfs_server.timestamps import iso_from_store, iso_from_text, store_text


def microseconds_of(text: str) -> int | None:
    """The instant that a text names, in microseconds since the year 1; None for no time.

    It reads character by character and calculates.
    """
    rest = text
    digits = "0123456789"

    def number(length: int) -> int:
        nonlocal rest
        part, rest = rest[:length], rest[length:]
        if len(part) != length or any(c not in digits for c in part):
            raise ValueError
        return int(part)

    def taken(*signs: str) -> bool:
        nonlocal rest
        if not rest.startswith(signs):
            return False
        rest = rest[1:]
        return True

    def below(end: int, value: int) -> int:
        if value >= end:
            raise ValueError
        return value

    def pairs(most: int) -> list[int]:
        """Two digits, and as many more pairs, all with a colon before them or none."""
        values = [number(2)]
        has_colons = rest.startswith(":")
        while len(values) < most and (taken(":") if has_colons else rest[:1] in (*digits,)):
            values.append(number(2))
        return values + [0] * (most - len(values))

    def day() -> int:
        year = number(4)
        is_extended = taken("-")
        if taken("W"):
            week = number(2)
            has_day = taken("-") if is_extended else rest[:1] in (*digits,)
            return date.fromisocalendar(year, week, number(1) if has_day else 1).toordinal()
        month = number(2)
        if is_extended and not taken("-"):
            raise ValueError
        return date(year, month, number(2)).toordinal()

    try:
        days, seconds, fraction, offset = day(), 0, 0, 0
        if taken("T", "t", " "):
            clock = rest
            hour, minute, second = pairs(3)
            has_seconds = len(clock) - len(rest) in (6, 8)
            if has_seconds and taken(".", ","):
                written = ""
                while rest[:1] in (*digits,):
                    written += str(number(1))
                if not written:
                    raise ValueError
                fraction = int(written[:6].ljust(6, "0"))
                if hour == 24 and int(written):
                    raise ValueError
            seconds = below(25, hour) * 3600 + below(60, minute) * 60 + below(60, second)
            if seconds > 86_400:
                raise ValueError
            if taken("+", "-"):
                sign = -1 if text[len(text) - len(rest) - 1] == "-" else 1
                hour, minute, second = pairs(3)
                offset = below(24, hour) * 3600 + below(60, minute) * 60 + below(60, second)
                offset *= sign
            else:
                taken("Z", "z")
        if rest:
            return None
        return ((days - 1) * 86_400 + seconds - offset) * 1_000_000 + fraction
    except ValueError:
        return None


LAST = microseconds_of("9999-12-31T23:59:59.999999Z") or 0
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


def numbers(low: int, high: int, width: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda value: f"{value:0{width}}")


pair = st.one_of(numbers(0, 59, 2), numbers(22, 25, 2), numbers(58, 61, 2))
clock = st.builds(
    lambda parts, sign: sign.join(parts),
    st.lists(pair, min_size=1, max_size=4),
    st.sampled_from([":", ":", ""]),
)
pieces = st.tuples(
    st.one_of(
        st.dates().map(str),
        st.dates().map(lambda day: f"{day:%Y%m%d}".zfill(8)),
        st.builds("{}-W{}-{}".format, numbers(1, 9999, 4), numbers(0, 54, 2), numbers(0, 8, 1)),
        st.builds("{}W{}{}".format, numbers(1, 9999, 4), numbers(0, 54, 2), numbers(0, 8, 1)),
        st.builds("{}-W{}".format, numbers(1, 9999, 4), numbers(0, 54, 2)),
        st.builds("{}-{}-{}".format, numbers(0, 9999, 4), numbers(0, 13, 2), numbers(0, 32, 2)),
    ),
    st.sampled_from(["T", "T", " ", "t", "", "x", "TT"]),
    st.one_of(clock, st.just("")),
    st.one_of(st.just(""), st.from_regex(r"\A[.,][0-9]{0,9}\Z")),
    st.one_of(
        st.sampled_from(["", "Z", "z", "ZZ", " Z", "-00:00", "+24:00"]),
        st.builds(str.__add__, st.sampled_from("+-"), clock),
    ),
)
times = pieces.map("".join)
strays = st.sampled_from([*"0123456789:-+.,TtZzWw \0\n\u0665\uff10x"])


@st.composite
def spoilt_times(draw: st.DrawFn) -> str:
    text = draw(times)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 1))
        text = text[:place] + draw(st.one_of(st.just(""), strays)) + text[place + length :]
    return text


@settings(max_examples=250)
@given(st.one_of(times, spoilt_times(), st.text(max_size=30)))
def test_a_time_is_read_as_a_grammar_of_its_own_reads_it(written: str) -> None:
    instant = microseconds_of(written)
    found = iso_from_store(written)
    if instant is None or not 0 <= instant <= LAST:
        assert found is None
        return
    meant = BEGINNING + timedelta(microseconds=instant)
    assert found == meant.replace(tzinfo=None).isoformat() + "Z"
    assert iso_from_text(written) == iso_from_text(found) == found
    assert iso_from_store(store_text(found)) == found
