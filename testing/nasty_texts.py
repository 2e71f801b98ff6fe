"""Texts that something between an editor and the store is likely to change."""

NASTY_TEXTS = {
    "NUL": "before\0after",
    "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9f\x1b[31m",
    "line ends": "a\r\nb\rc\nd\u2028e\u2029f\x85g",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 \U0010ffff \U0001d54f",
    "right to left": "\u202eabc\u202c שלום \u200b\ufeff",
    "not normalized": "e\u0301 é ﬁ",
    "noncharacters": "\ufffe\uffff\ufffd",
    "escapes": '\\u0041 \\\\ "quoted" \\ud800 </script> \\n',
    "JSON": '{"jsonrpc": "2.0", "id": 1, "result": {}}',
    "white space": "  \t\n ",
    "nothing": "",
    "long": "äb🙂" * 20_000,
}
