"""What a line of a file is: field, directive, music, prose, or markup. Sections are of ABC 2.1."""

import html
import re

from songrnn.notation.tables import BODY_FIELDS, HEADER_FIELDS

FIELD = re.compile(r"([A-Za-z+]):(.*)")
BLOCK = re.compile(r"%%[ \t]*begin([a-z]+)")
TYPESET = re.compile(
    r"%%[ \t]*(?:begin|end)?(?:text|center|textfont|vskip|sep|ps|svg|ml|newpage)\b"
)
# Letters that stand for no note, rest or usual decoration: two of them in a row make a word.
_WORDLIKE = re.compile(r"[h-tw][h-tw]")
_NOT_MUSIC = re.compile(r'"[^"\n]*"?|![^!\s]{1,40}!|\+[^+\s]{1,40}\+|\[[A-Za-z]:[^][\n]*\]|%.*')
_WORD = re.compile(r"[^\W\d_][^\W\d_'’.-]+")
_MUSIC = re.compile(r"[\sA-GXZa-gxyzuv0-9/,'|:\[\](){}<>^_=~.&\\HLMOPST-]*")
# What else ends a tune: a rule, a fence, a heading, a mail's signature, quotation and header.
_MARKUP = re.compile(
    r"[ \t]*(?:`{3,}[^`]*|~{3,}[ \t]*\w*|#{1,6}[ \t].*|-- ?|(?:[-*_=][ \t]?){3,}|-{3,}.*-{3,}"
    r"|>(?:[ \t>].*)?|(?:From|To|Cc|Bcc|Subject|Date|Sent|Reply-To|Message-ID|Content-[A-Za-z-]+|MIME-Version"
    r"|In-Reply-To|References|Received|Return-Path|X-[A-Za-z-]+)[ \t]*:.*)"
)
# Tags by name, since B<a>c is music. Those that part lines from each other:
_BLOCKS = (
    "html|head|body|title|meta|link|style|script|pre|p|hr|div|table|tbody|thead|tr|td|th|ul|ol|li"
    "|h[1-6]|center|blockquote|textarea|form|input|object|embed|article|section|header|footer|nav"
    "|main|abc|iframe|button|details|summary|address"
)
_TAG = re.compile(
    rf"<!--[^<>]*-->|<!doctype[^<>]*>|</?(?:{_BLOCKS})(?:[ \t][^<>]*)?/?>", re.IGNORECASE
)
# and those that only say how words look.
_LOOK = re.compile(
    r"</?(?:code|span|img|font|tt|strong|em|small|big|sup|sub|label|samp|kbd)(?:[ \t][^<>]*)?/?>"
    r"|<(?P<tag>[abiu])(?:[ \t][^<>]*)?>(?P<words>[^<>]*)</(?P=tag)>|<[aiu][ \t][^<>]*>|</[abiuq]>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});")
# Titles, composers, notes, sources, words …
_WORDS_OF_PEOPLE = re.compile(r"[ABCDFGHNORSTWZw]:")
_LONGEST = 1000  # no markup is longer, and longer lines would take long to tell
END = "\x00"  # stands for a place where markup ends or separates tunes


def has_markup(text: str) -> bool:
    """Whether tags of HTML are in the text."""
    return "<" in text and any(tag.search(text) for tag in (_TAG, _BREAK, _LOOK))


def without_tags(lines: list[str]) -> tuple[list[str], list[int]]:
    """Lines of HTML as plain lines, and for each the line (from 1) it is from.

    A tag parts what stands before and after it, `END` marks the place; a <br> is no more than the
    end of a line. Entities become characters. Where nothing but words of people, such as titles,
    holds such tags the text is no page, and a reel may be called <style>.
    """
    is_page = any(
        "<" in line and _TAG.search(line) for line in lines if not _WORDS_OF_PEOPLE.match(line)
    )
    plain: list[str] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, start=1):
        if "<" not in line:
            rows = [line]
        else:
            line = _LOOK.sub(lambda match: match["words"] or "", line)
            parted = is_page or not _WORDS_OF_PEOPLE.match(line)
            pieces = (END.join(_TAG.split(row)) if parted else row for row in _BREAK.split(line))
            rows = [
                row for piece in pieces for row in re.split(f"({END})", piece) if row.strip(" \t")
            ]
        plain += [_ENTITY.sub(lambda match: html.unescape(match[0]), row) for row in rows]
        numbers += [number] * len(rows)
    return plain, numbers


def ends_a_tune(line: str) -> bool:
    """Whether a line is markup or mail, which is never music."""
    if line[:1] == ">" and is_music(line):
        return False  # a broken rhythm that goes on from the line before
    return line == END or (len(line) <= _LONGEST and _MARKUP.fullmatch(line) is not None)


def is_prose(line: str, own_letters: bool = False) -> bool:
    """Whether a line is words for people.

    own_letters: whether the tune gives letters a meaning of its own (U:, m:), which may look like
    words.

    >>> is_prose("Thanks, John"), is_prose('uTABc ~d2 "Fine" |')
    (True, False)
    """
    if _WORDLIKE.search(line) is None:
        return False
    bare = _NOT_MUSIC.sub(" ", line)
    if _WORDLIKE.search(bare) is None:
        return False
    tokens = bare.split()
    words = sum(_WORDLIKE.search(word) is not None for word in _WORD.findall(bare))
    if own_letters:
        return words >= 4 and "|" not in bare
    return words > 0 and 2 * words >= len([t for t in tokens if t[:1].isalpha()])


def is_music(line: str) -> bool:
    """Whether a line holds notes and bar lines and little else."""
    bare = _NOT_MUSIC.sub(" ", line)
    return "|" in bare and _MUSIC.fullmatch(bare) is not None


def is_header_field(line: str) -> bool:
    """Whether a line before the music is a field (section 3)."""
    return line[1:2] == ":" and line[0] in HEADER_FIELDS


def is_body_field(line: str) -> bool:
    """Whether a line within the music is a field (section 3.2): `A:|` and `d:|` are music.

    >>> is_body_field("w:la la"), is_body_field("B:|"), is_body_field("P:A")
    (True, False, True)
    """
    return line[1:2] == ":" and line[0] in BODY_FIELDS


def is_misplaced_field(line: str) -> bool:
    """Whether a line within the music is a field that belongs before it, such as C:Trad."""
    return (
        line[1:2] == ":"
        and line[0] in "ABCDEFG"
        and line[2:3] not in ("|", ":", "]")
        and _MUSIC.fullmatch(_NOT_MUSIC.sub(" ", line[2:])) is None
    )
