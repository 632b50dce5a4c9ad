"""The beginning of a tune that a run is to go on with, typed or pasted, through the front door."""

from typing import NamedTuple

from songrnn.errors import TuneFileError
from songrnn.notation.files.decoding import normalized, with_plain_line_ends
from songrnn.notation.files.tune_file import TuneFile


class Opening(NamedTuple):
    """text: what the run reads. notices: sentences on what was left out of what was pasted."""

    text: str
    notices: tuple[str, ...] = ()


def opening_of(pasted: str) -> Opening:
    """The opening in a pasted text: plain characters and line ends, and of a whole file (mail, a
    web page, a tunebook) its first tune. What holds no tune yet, such as a header, stays, and so
    does what begins like a tune: a run may have written it.

    >>> opening_of("X:1\\r\\nM:6/8\\r\\n").text
    'X:1\\nM:6/8\\n'
    """
    text = normalized(with_plain_line_ends(pasted))
    if text.startswith("X:") and "\nX:" not in text:
        return Opening(text)
    try:
        opened = TuneFile.from_text(text)
    except TuneFileError:
        return Opening(text)
    if not opened.tunes:
        return Opening(text)
    tune, *others = opened.tunes
    if not others and tune.text.strip() == text.strip():
        return Opening(text)
    notices = list(opened.notices)
    if others:
        notices.append(f"Of its {len(opened.tunes):,} tunes the first is taken.")
    return Opening(tune.text, tuple(notices))
