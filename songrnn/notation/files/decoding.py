"""A file's bytes as text with plain line ends: its encoding declared, evident, or guessed.

A byte-order mark counts first, then UTF-16 by its zeros, then whatever is valid UTF-8, then the
charset that the text itself declares (`%%abc-charset`, `I:abc-charset`), and at last a guess
(`guessing.py`). What is no text at all (a picture, a PDF, a MIDI file) is refused.
"""

import codecs
import re
import unicodedata
from typing import NamedTuple

from songrnn.errors import TuneFileError
from songrnn.notation.files.guessing import guess

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
    b"PK\x03\x04": "a zip archive",
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
# ABC 2.1, sections 4 (I: fields) and 8.1: the charset of all text strings of the file.
_DECLARED = re.compile(
    rb"^[ \t>]*(?:%%|I:)[ \t]*abc-charset[ \t]*[ \t:=][ \t]*([A-Za-z0-9_.:-]{2,40})",
    re.MULTILINE | re.IGNORECASE,
)
# Names of charsets that tunebooks use and Python has under another.
_ALIASES = {"macintosh": "mac_roman", "macroman": "mac_roman", "ansi": "cp1252"}
# Codecs that Python counts among the encodings of text and no file is written in.
_NOT_OF_FILES = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf_7"}

REPLACED = "\ufffd"


class Decoded(NamedTuple):
    """A file's text.

    text: with "\\n" at the ends of lines. encoding: its name for people. notice: a sentence when
    the encoding was guessed or is not what the file says it is, else "".
    """

    text: str
    encoding: str
    notice: str = ""


def decode(data: bytes) -> Decoded:
    """The text of a file.

    Bytes that break an otherwise valid UTF-8 text become U+FFFD, so that only the tunes they
    stand in are lost. TuneFileError when the data is not text.
    """
    for magic, what in _BINARY.items():
        if data.startswith(magic):
            raise TuneFileError(f"is {what}, not text")
    text, encoding, notice = _decode(data)
    if "\0" in text:
        raise TuneFileError("is not text (it holds NUL characters)")
    control = len(_CONTROL.findall(text))
    if control > _MOST_CONTROL * len(text):
        raise TuneFileError(f"is not text ({control:,} of {len(text):,} characters are controls)")
    return Decoded(with_plain_line_ends(text), encoding, notice)


def with_plain_line_ends(text: str) -> str:
    """The text with a newline for each end of a line or page, and no byte-order marks.

    Files that were joined have one wherever the next began.
    """
    text = text.replace("\ufeff", "")
    if "\r" in text or "\f" in text or "\v" in text:
        text = re.sub(r"\r\n?|[\f\v]", "\n", text)
    return text


def normalized(text: str) -> str:
    """Composed characters (NFC), plain spaces, and nothing invisible or controlling.

    A model should not spend symbols on two ways to write é or on a space that does not break.

    >>> normalized("A\u00a0B\u200bC e\u0301")
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


def _decode(data: bytes) -> Decoded:
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            try:
                # A file cut off within a character loses that character only.
                text = data.decode(codec, "replace" if codec == "utf-8-sig" else "strict")
                return Decoded(text, name)
            except UnicodeDecodeError as error:
                raise TuneFileError(
                    f"begins like {name} but is none (at byte {error.start:,})"
                ) from error
    codec = _unmarked_utf16(data[:_SAMPLE])
    if codec:
        try:
            return Decoded(data.decode(codec), "UTF-16 without byte-order mark")
        except UnicodeDecodeError as error:
            raise TuneFileError(f"is not text (at byte {error.start:,})") from error
    if data.isascii():
        return Decoded(data.decode("ascii"), "ASCII")
    declared = _declared_codec(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_bytes(data, declared)
    notice = ""
    if declared is not None and codecs.lookup(declared[0]).name != "utf-8":
        notice = f"It declares the charset {declared[1]}, but its bytes are UTF-8."
    return Decoded(text, "UTF-8", notice)


def _decode_bytes(data: bytes, declared: tuple[str, str] | None) -> Decoded:
    """What is not UTF-8: as declared, as damaged UTF-8, or as guessed."""
    notice = ""
    if declared is not None:
        codec, name = declared
        try:
            return Decoded(data.decode(codec), f"{name}, as declared")
        except UnicodeDecodeError:
            notice = f"It declares the charset {name}, but its bytes are not that. "
    # A few bad bytes in a UTF-8 text must not turn its every é into two letters.
    valid = _SEQUENCE.findall(data)
    stray = len(_HIGH.findall(data)) - sum(map(len, valid))
    if len(valid) > stray:
        count = "A byte" if stray == 1 else f"{stray:,} bytes"
        verb = "is" if stray == 1 else "are"
        notice += f"{count} of its UTF-8 {verb} damaged."
        return Decoded(data.decode("utf-8", "replace"), "UTF-8 with damaged bytes", notice)
    codec, name = guess(data)
    notice += f"Its encoding is not declared; {name} was guessed."
    return Decoded(data.decode(codec, "replace"), name, notice)


def _declared_codec(data: bytes) -> tuple[str, str] | None:
    """Codec and name of the charset that the text declares, None when there is no such codec."""
    match = _DECLARED.search(data)
    if match is None:
        return None
    name = match[1].decode("ascii").rstrip(".:")
    codec = _ALIASES.get(name.lower(), name)
    try:
        # Only what turns bytes to text: Python has codecs of other kinds (rot13, hex).
        "a".encode(codec).decode(codec)
        known = codecs.lookup(codec).name.replace("-", "_")
    except (LookupError, UnicodeError, ValueError, TypeError):
        return None
    return None if known in _NOT_OF_FILES else (codec, name)


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
