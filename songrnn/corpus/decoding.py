"""Which encoding a file is in, and its text with plain line ends.

UTF-8 and UTF-16, with a byte-order mark or without; Windows-1252 and Latin-1 for old tunebooks.
What is no text at all (a picture, a PDF, a MIDI file) is refused.
"""

import codecs
import re
import unicodedata

from songrnn.errors import CorpusError

# The longer mark first: UTF-32's begins like UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with byte-order mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
# What people mistake for tunebooks, by its first bytes.
_BINARY = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"MThd": "a MIDI file",
    b"RIFF": "a sound or picture file",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"SQLite format 3": "a database",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SAMPLE = 4096
# Tabs and line ends aside, a text has next to none; a binary file read as Latin-1 has 10 %.
_MOST_CONTROL = 0.005
_SEQUENCE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{1,3}")
_HIGH = re.compile(rb"[\x80-\xff]")

REPLACED = "\ufffd"


def decode(data: bytes) -> tuple[str, str]:
    """The text, line ends as newlines, and the name of its encoding.

    Bytes that break an otherwise valid UTF-8 text become U+FFFD, so that only the tunes they
    stand in are lost. CorpusError when the data is no text.
    """
    for magic, what in _BINARY.items():
        if data.startswith(magic):
            raise CorpusError(f"is {what}, not text")
    text, encoding = _decode(data)
    if "\0" in text:
        raise CorpusError("is not text (it holds NUL characters)")
    control = len(_CONTROL.findall(text))
    if control > _MOST_CONTROL * len(text):
        raise CorpusError(f"is not text ({control:,} of {len(text):,} characters are controls)")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    return text, encoding


def normalised(text: str) -> str:
    """Composed characters (NFC), plain spaces, and nothing invisible or controlling.

    A model should not spend symbols on two ways to write é or on a space that does not break.

    >>> normalised("A\u00a0B\u200bC e\u0301")
    'A BC é'
    """
    if text.isascii() and not _CONTROL.search(text):
        return text
    return "".join(_plain(c) for c in unicodedata.normalize("NFC", text))


def _plain(character: str) -> str:
    if character in "\n\t":
        return character
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp"):
        return " "
    return "" if category in ("Cc", "Cf") else character


def _decode(data: bytes) -> tuple[str, str]:
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            try:
                # A file cut off within a character loses that character only.
                return data.decode(codec, "replace" if codec == "utf-8-sig" else "strict"), name
            except UnicodeDecodeError as error:
                raise CorpusError(
                    f"begins like {name} but is none (at byte {error.start:,})"
                ) from error
    codec = _unmarked_utf16(data[:_SAMPLE])
    if codec:
        try:
            return data.decode(codec), "UTF-16 without byte-order mark"
        except UnicodeDecodeError as error:
            raise CorpusError(f"is not text (at byte {error.start:,})") from error
    try:
        return data.decode("utf-8"), "ASCII" if data.isascii() else "UTF-8"
    except UnicodeDecodeError:
        pass
    # A few bad bytes in a UTF-8 text must not turn its every é into two letters.
    valid = _SEQUENCE.findall(data)
    stray = len(_HIGH.findall(data)) - sum(map(len, valid))
    if len(valid) > stray:
        return data.decode("utf-8", "replace"), "UTF-8 with damaged bytes"
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "Latin-1"


def _unmarked_utf16(sample: bytes) -> str:
    """The codec, when nearly every second byte is zero as in a Western text; else ""."""
    half = len(sample) // 2
    if half < 2:
        return ""
    even = sample[0 : 2 * half : 2].count(0)
    odd = sample[1 : 2 * half : 2].count(0)
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return ""
