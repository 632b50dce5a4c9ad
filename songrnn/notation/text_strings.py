r"""Text strings as people write them in ASCII: \'e, &eacute;, \u00e9 (ABC 2.1, 8.2)."""

import html
import re
import unicodedata

# After the backslash: a sign and the letter it is put on, as combining characters.
_MARKS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", ".": "\u0307", ";": "\u0328",
}  # fmt: skip
_LETTERS = {
    "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "/o": "ø", "/O": "Ø",
    "/l": "ł", "/L": "Ł", "/d": "đ", "/D": "Đ", "ss": "ß", "dh": "ð", "DH": "Ð", "th": "þ",
    "TH": "Þ", "oo": "ő", "OO": "Ő",
}  # fmt: skip
_ESCAPE = re.compile(
    r"\\(?:u(?P<short>[0-9A-Fa-f]{4})|U(?P<long>[0-9A-Fa-f]{8})"
    rf"|(?P<letters>{'|'.join(map(re.escape, _LETTERS))})"
    r"|(?P<mark>[`'^~\"=uvHc.;])(?P<letter>[A-Za-z])|(?P<itself>[\\%&]))"
    r"|(?P<entity>&(?:[A-Za-z]{2,8}|\#[0-9]{1,6}|\#x[0-9A-Fa-f]{1,6});)",
    re.VERBOSE,
)
_HIGHEST = 0x10FFFF


def text_of(value: str) -> str:
    r"""A title, a name or a word with its escapes written out; what is none stays as it is.

    >>> text_of(r"Caf\'e, G&ouml;ran, \u0141\'od\'z, \/Oster \& s\o\n")
    'Café, Göran, Łódź, Øster & s\\o\\n'
    """
    if "\\" not in value and "&" not in value:
        return value
    return _ESCAPE.sub(_character, value)


def _character(match: re.Match[str]) -> str:
    if number := match["short"] or match["long"]:
        code = int(number, 16)
        printable = code <= _HIGHEST and chr(code).isprintable()
        return chr(code) if printable else match[0]
    if match["letters"]:
        return _LETTERS[match["letters"]]
    if match["mark"]:
        composed = unicodedata.normalize("NFC", match["letter"] + _MARKS[match["mark"]])
        return composed if len(composed) == 1 else match[0]
    if match["itself"]:
        return match["itself"]
    character = html.unescape(match["entity"])
    return character if character.isprintable() else match[0]
