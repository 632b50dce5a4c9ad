"""Words in HTML, Markdown and LaTeX: marks are marks, everything else stays as it was."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from songrnn.report import inline

# What TeX would take for a command, a comment, mathematics, a table or a parameter.
_BARE = re.compile(r"(?<!\\)[&%#_]")


@given(st.text())
def test_what_others_wrote_holds_no_marks(text: str) -> None:
    assert [kind for kind, _ in inline.spans(inline.plain(text))] in ([], ["text"])


@given(st.text())
def test_html_unescaped_is_the_text(text: str) -> None:
    shown = inline.to_html(inline.plain(text))
    assert "<" not in shown
    assert html.unescape(shown) == html.unescape(html.escape(inline.plain(text)))


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_latex_leaves_no_character_that_tex_would_act_on(text: str) -> None:
    shown = inline.latex_characters(text)
    assert not _BARE.search(shown)
    assert shown.count("{") - shown.count("\\{") == shown.count("}") - shown.count("\\}")


def test_marks_become_tags() -> None:
    assert inline.to_html("a `b` **c**") == "a <code>b</code> <strong>c</strong>"
    assert inline.to_latex("a `b_1`") == r"a \texttt{b\_1}"
    assert inline.to_markdown("a|b `c|d`") == r"a\|b `c|d`"
