"""Words within a line: `code` and **strong**, as HTML, Markdown and LaTeX."""

import html
import re
from collections.abc import Iterator

from songrnn.plain_text import visible

_MARKED = re.compile(r"\*\*(?P<strong>.+?)\*\*|`(?P<code>[^`]+)`")

# TeX's own characters, and those that a plain pdflatex does not set as they stand.
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "−": r"$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "÷": r"$\div$",
    "·": r"$\cdot$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "→": r"$\rightarrow$",
    "²": r"$^2$",
    "Δ": r"$\Delta$",
    "∞": r"$\infty$",
    "♯": r"$\sharp$",
    "♭": r"$\flat$",
    "★": r"$\star$",
    "↵": r"$\hookleftarrow$",
    "␣": r"\textvisiblespace{}",
    "–": "--",
    "…": r"\ldots{}",
    "“": "``",
    "”": "''",
    "’": "'",
}


def plain(text: str) -> str:
    """What others wrote, with nothing in it that would be taken for a mark."""
    return visible(text).replace("`", "'").replace("**", "∗∗")


def spans(text: str) -> Iterator[tuple[str, str]]:
    """(kind, words): kind is "text", "strong" or "code".

    >>> list(spans("a `b` c"))
    [('text', 'a '), ('code', 'b'), ('text', ' c')]
    """
    at = 0
    for match in _MARKED.finditer(text):
        if match.start() > at:
            yield "text", text[at : match.start()]
        kind = match.lastgroup or "text"
        yield kind, match[kind]
        at = match.end()
    if at < len(text):
        yield "text", text[at:]


def to_html(text: str) -> str:
    """The words as HTML; everything that is not a mark is escaped."""
    tags = {"text": "{}", "strong": "<strong>{}</strong>", "code": "<code>{}</code>"}
    return "".join(tags[kind].format(html.escape(words)) for kind, words in spans(text))


def to_markdown(text: str) -> str:
    """The words as Markdown; characters that would mean something there are escaped."""
    tags = {"strong": "**{}**", "code": "`{}`"}
    return "".join(
        tags[kind].format(words) if kind == "code" else tags.get(kind, "{}").format(_escaped(words))
        for kind, words in spans(text)
    )


def _escaped(words: str) -> str:
    escaped = re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", words)
    return escaped.replace("&", "&amp;")


def to_latex(text: str) -> str:
    """The words as LaTeX, for pdflatex as well as for lualatex."""
    tags = {"text": "{}", "strong": r"\textbf{{{}}}", "code": r"\texttt{{{}}}"}
    return "".join(
        tags[kind].format(_name(words) if kind == "code" else latex_characters(words))
        for kind, words in spans(text)
    )


def _name(words: str) -> str:
    """A name, which TeX would break nowhere, with places to break after its hyphens."""
    return latex_characters(words).replace("-", r"-\allowbreak{}")


def latex_characters(words: str) -> str:
    """Characters as TeX sets them; one that the common fonts lack is named by its code."""
    return "".join(_LATEX.get(each) or _known(each) for each in words)


def _known(character: str) -> str:
    if character.isascii() or "\xa0" <= character <= "\u017f":
        return character
    return f"[U+{ord(character):04X}]"
