"""Viewers with all the extensions on that people use with them, as functions to HTML."""

from __future__ import annotations

from collections.abc import Callable

import cmarkgfm
import comrak
import marko
import mistune
import pyromark
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.field_list import fieldlist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin
from mdit_py_plugins.tasklists import tasklists_plugin
from mdit_py_plugins.texmath import texmath_plugin
from mistune.directives import (
    Admonition,
    FencedDirective,
    Figure,
    Image,
    RSTDirective,
    TableOfContents,
)

Render = Callable[[str], str]


def _strict(preset: str) -> Render:
    """One with the nesting that its preset allows."""
    return _open(MarkdownIt(preset, {"html": True}))


def _markdown_it_with_notes() -> Render:
    viewer = MarkdownIt("js-default", {"html": True, "linkify": True, "typographer": True})
    viewer.enable(["replacements", "smartquotes"])
    for plugin in (footnote_plugin, deflist_plugin, tasklists_plugin, sub_plugin):
        viewer.use(plugin)
    for plugin in (superscript_plugin, front_matter_plugin, admon_plugin, anchors_plugin):
        viewer.use(plugin)
    for name in ("warning", "note", "details"):
        viewer.use(container_plugin, name)
    return _open(viewer)


def _markdown_it_with_attributes() -> Render:
    viewer = MarkdownIt("js-default", {"html": True}).use(footnote_plugin).use(deflist_plugin)
    return _open(viewer.use(attrs_plugin, spans=True).use(attrs_block_plugin))


def _markdown_it_with_formulas(delimiters: str) -> Render:
    return _open(MarkdownIt("js-default", {"html": True}).use(texmath_plugin, delimiters))


def _myst() -> Render:
    viewer = MarkdownIt("commonmark", {"html": True, "maxNesting": 100})
    viewer.enable(["table", "strikethrough"])
    for plugin in (front_matter_plugin, myst_block_plugin, myst_role_plugin, footnote_plugin):
        viewer.use(plugin)
    for plugin in (deflist_plugin, fieldlist_plugin, colon_fence_plugin, amsmath_plugin):
        viewer.use(plugin)
    viewer.use(dollarmath_plugin, double_inline=True)
    return _open(viewer.use(attrs_plugin, spans=True).use(attrs_block_plugin))


def _open(viewer: MarkdownIt) -> Render:
    # Editors let more links through than the parser does by itself.
    viewer.validateLink = lambda url: True  # type: ignore[method-assign]
    return viewer.render


def _mistune() -> Render:
    directives = [Admonition(), Figure(), Image(), TableOfContents()]
    plugins = [
        *("strikethrough", "mark", "insert", "superscript", "subscript", "footnotes", "table"),
        *("url", "abbr", "def_list", "math", "ruby", "task_lists", "spoiler"),
        *(FencedDirective(directives), RSTDirective(directives)),
    ]
    viewer = mistune.create_markdown(escape=False, plugins=plugins)
    return lambda text: str(viewer(text))


def _cmark_gfm(text: str) -> str:
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_SMART
    extensions = ["table", "autolink", "strikethrough", "tasklist"]
    return str(cmarkgfm.markdown_to_html_with_extensions(text, options, extensions=extensions))


def _comrak() -> Render:
    extensions, parsing, writing = (
        comrak.ExtensionOptions(),
        comrak.ParseOptions(),
        comrak.RenderOptions(),
    )
    for name in (
        *("alerts", "autolink", "block_directive", "description_lists", "footnotes", "highlight"),
        *("inline_footnotes", "insert", "math_code", "math_dollars", "math_latex", "subtext"),
        *("multiline_block_quotes", "shortcodes", "spoiler", "strikethrough", "subscript"),
        *("superscript", "table", "tasklist", "wikilinks_title_after_pipe"),
    ):
        setattr(extensions, name, True)
    writing.unsafe_ = writing.full_info_string = True
    parsing.relaxed_tasklist_matching = True
    return lambda text: str(comrak.render_markdown(text, extensions, parsing, writing))


def _pulldown_cmark(text: str) -> str:
    options = pyromark.Options.ENABLE_TABLES
    for name in (
        *("DEFINITION_LIST", "FOOTNOTES", "GFM", "HEADING_ATTRIBUTES", "MATH", "STRIKETHROUGH"),
        *("SUBSCRIPT", "SUPERSCRIPT", "TASKLISTS", "WIKILINKS", "SMART_PUNCTUATION"),
        *("YAML_STYLE_METADATA_BLOCKS", "PLUSES_DELIMITED_METADATA_BLOCKS"),
    ):
        options |= getattr(pyromark.Options, f"ENABLE_{name}")
    return str(pyromark.html(text, options=options))


EXTENDED_VIEWERS: dict[str, Render] = {
    "markdown-it, strict": _strict("commonmark"),
    "markdown-it, as it comes": _strict("js-default"),
    "markdown-it with notes": _markdown_it_with_notes(),
    "markdown-it with attributes": _markdown_it_with_attributes(),
    "markdown-it with brackets": _markdown_it_with_formulas("brackets"),
    "markdown-it with kramdown": _markdown_it_with_formulas("kramdown"),
    "markdown-it as MyST": _myst(),
    "mistune": _mistune(),
    "cmark-gfm": _cmark_gfm,
    "comrak": _comrak(),
    "pulldown-cmark": _pulldown_cmark,
    "marko": marko.Markdown(extensions=["gfm", "footnote", "toc"]).convert,
}
