"""The judge of pages finds what it is there for."""

from __future__ import annotations

import pytest

from tests.unit.exporters.html.pages import page
from tests.unit.exporters.html.test_attacks import check_session
from tests.unit.exporters.markdown.test_dom import SAID
from tests.unit.exporters.markdown.test_tool_messages_dom import session_with

FAULTS = {
    "an element that is left": f"</p></div></article><article><div><p>{SAID}",
    "a forged message": "</p></div></article><article id='message-6'><div><p>",
    "an element that is not closed": "<b>",
    "an end too many": "</b>",
    "a fold": "<details></details>",
    "a heading": "</p><h3>x</h3><p>",
    "a script": "<script>x</script>",
    "a style": "<p style='x'></p>",
    "an event": "<b onclick='x'></b>",
    "an image": "<img src='http://x.y/z.png'>",
    "a drawing": "<img src='data:image/svg+xml;base64,AAAA'>",
    "a link": "<a href='javascript:x'></a>",
    "a link to a machine": "<a href='//x/y.html'></a>",
    "an unknown element": "<x-y></x-y>",
    "a comment": "<!-- -->",
    "an id of ours": "<b id='outline'></b>",
    "a class of a program": "<b class='x'></b>",
    "another text": "x",
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_page_with_a_fault_is_refused(fault: str) -> None:
    html = page(*session_with("calm"))
    check_session(html)
    with pytest.raises(AssertionError):
        check_session(html.replace(f"<p>{SAID}</p>", f"<p>{SAID}{fault}</p>"))
