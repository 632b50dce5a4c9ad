"""A file of tunes, opened: what every entry (import, rendering, uploads, pasted text) goes through.

So all of them see the same tunes, and say the same sentences about what was guessed or left out.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from songrnn.errors import TuneFileError
from songrnn.notation.files.decoding import (
    REPLACED,
    Decoded,
    decode,
    normalized,
    with_plain_line_ends,
)
from songrnn.notation.files.file_tunes import FileTune, Refusal
from songrnn.notation.files.formats import recognize, tunes_of
from songrnn.notation.files.tune_lines import LeftOut

# No single file may be larger, whichever way it comes: thesession.org's dumps are a third of it.
MOST_MEBIBYTES = 64
MOST_BYTES = MOST_MEBIBYTES * 2**20


class TooManyTunesError(TuneFileError):
    """A file holds more tunes than are allowed."""


@dataclass(frozen=True)
class TuneFile:
    """The tunes of a file, and what became of the rest.

    format: one of `formats.recognize`. encoding: for people. refusals: tunes that cannot be used,
    with the reason. notices: sentences on what was guessed, and on lines that are in no tune.
    """

    format: str
    encoding: str
    tunes: tuple[FileTune, ...]
    refusals: tuple[Refusal, ...]
    notices: tuple[str, ...]

    @classmethod
    def from_bytes(cls, data: bytes, *, most_tunes: int | None = None) -> Self:
        """The tunes of a file's data.

        TuneFileError when it is larger than MOST_BYTES, when it is not text, when no format is
        recognized; TooManyTunesError when there are more than `most_tunes`.
        """
        if len(data) > MOST_BYTES:
            raise TuneFileError(f"is larger than {MOST_MEBIBYTES} MiB")
        return cls._of(decode(data), most_tunes)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The tunes of a text that needs no decoding: pasted, or typed. Errors as `from_bytes`."""
        return cls._of(Decoded(with_plain_line_ends(text), "Unicode"), None)

    @classmethod
    def _of(cls, decoded: Decoded, most_tunes: int | None) -> Self:
        text, encoding, notice = decoded
        left_out = LeftOut()
        format = recognize(text)
        tunes: list[FileTune] = []
        refusals: list[Refusal] = []
        rewritten = 0
        for item in _bounded(tunes_of(text, format, left_out), most_tunes):
            if isinstance(item, Refusal):
                refusals.append(item)
                continue
            plain = item if item.text.isascii() else _plain(item)
            if isinstance(plain, Refusal):
                refusals.append(plain)
                continue
            rewritten += plain.text != item.text
            tunes.append(plain)
        notices = [notice] if notice else []
        notices += left_out.sentences()
        if rewritten:
            notices.append(
                f"In {rewritten:,} {'tune' if rewritten == 1 else 'tunes'} characters were "
                "written in another way: composed accents, plain spaces, nothing invisible."
            )
        return cls(format, encoding, tuple(tunes), tuple(refusals), tuple(notices))


def _bounded(found: Iterable[FileTune | Refusal], most: int | None) -> Iterator[FileTune | Refusal]:
    for count, item in enumerate(found):
        if most is not None and count >= most:
            raise TooManyTunesError(f"holds more than {most:,} tunes")
        yield item


def _plain(tune: FileTune) -> FileTune | Refusal:
    """The tune in plain characters, or why it cannot be written in them."""
    text = normalized(tune.text)
    if REPLACED in text:
        reason = "it holds bytes that are not characters of the file's encoding"
        return Refusal(tune.place, tune.title, reason)
    if any(unicodedata.category(c) == "Cs" for c in text if not c.isascii()):
        return Refusal(tune.place, tune.title, "it holds half a character (a lone surrogate)")
    return tune if text == tune.text else replace(tune, text=text)
