"""What stands above and below the staff of a tune: title, rhythm, composer; the words of W:.

The drawing of the staff itself is left as it is and set between them.
"""

import html
import re
import textwrap

from songrnn.notation.reading import Reading
from songrnn.notation.staff.page_words import values_of, words_below
from songrnn.notation.staff.words import printable

_ROOT = re.compile(r'viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"')
_INNER = '<svg class="definition-scale"'
_MOST_LINES = 400  # of words
_FAMILY = "Times, serif"
_MARGIN = 16.0  # of the staff, left
# A letter's mean width, of its size, in a face such as Times.
_LETTER = 0.5


class _Lines:
    """Lines of text, one below the other."""

    def __init__(self, width: float) -> None:
        self._width = width
        self._parts: list[str] = []
        self.height = 0.0

    def add(
        self, text: str, size: float, place: str, *, style: str = "", below: bool = True
    ) -> None:
        """A line; place: "start", "middle" or "end". below: not beside the one before."""
        room = self._width - 2 * _MARGIN
        size = min(size, max(room / (_LETTER * max(len(text), 1)), 6.0))
        if below:
            self.height += round(size * 1.35, 1)
        x = {"start": _MARGIN, "middle": self._width / 2, "end": self._width - 2}[place]
        self._parts.append(
            f'<text x="{x:g}" y="{self.height:g}" font-size="{size:g}px" text-anchor="{place}"'
            f"{style}>{html.escape(text)}</text>"
        )

    def drawn(self, y: float, name: str) -> str:
        """The group, its first line's top at y."""
        words = "".join(self._parts)
        return (
            f'<g class="{name}" font-family="{_FAMILY}" fill="currentColor" stroke="none" '
            f'transform="translate(0, {y:g})">{words}</g>'
        )


def with_heading(svg: str, reading: Reading) -> str:
    """The engraving of a tune with its title, rhythm and composer above and its words below.

    >>> from songrnn.notation.reader import read
    >>> with_heading('<svg viewBox="0 0 9 9"></svg>', read("K:C"))
    '<svg viewBox="0 0 9 9"></svg>'
    """
    root = _ROOT.search(svg)
    if root is None:
        return svg
    width, height = float(root["width"]), float(root["height"])
    above, below = _above(reading, width), _below(reading, width)
    if not above.height and not below.height:
        return svg
    top, bottom = (lines.height and lines.height + 8 for lines in (above, below))
    opening = svg.index(">", root.end()) + 1
    box = f'viewBox="0 0 {width:g} {top + height + bottom:g}"'
    inside = svg[opening:].replace(
        _INNER, f'{_INNER} x="0" y="{top:g}" width="{width:g}" height="{height:g}"', 1
    )
    words = (above.drawn(0, "heading") if top else "") + (
        below.drawn(top + height, "verses") if bottom else ""
    )
    return svg[: root.start()] + box + svg[root.end() : opening] + words + inside


def _above(reading: Reading, width: float) -> _Lines:
    lines = _Lines(width)
    titles = [words for words in map(printable, values_of(reading, "T")) if words][:6]
    for number, words in enumerate(titles):
        lines.add(words, 14 if number else 21, "middle")
    rhythm, composer = printable(reading.header.get("R", "")), _composer(reading)
    if rhythm:
        lines.add(rhythm, 14, "start", style=' font-style="italic"')
    if composer:
        lines.add(composer, 14, "end", style=' font-style="italic"', below=not rhythm)
    return lines


def _composer(reading: Reading) -> str:
    """Who it is by, with the origin in brackets (3.1.3, 3.1.4)."""
    composer, origin = (printable(reading.header.get(name, "")) for name in "CO")
    return composer + f" ({origin})" * bool(origin) if composer else origin


def _below(reading: Reading, width: float) -> _Lines:
    lines = _Lines(width)
    for verse in words_below(reading)[:_MOST_LINES]:
        letters = max(int((width - 2 * _MARGIN) / (15 * _LETTER)), 20)
        for line in textwrap.wrap(verse, letters) or [""]:
            lines.add(line, 15, "start")
    return lines
