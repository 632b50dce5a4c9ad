"""What the files of a song are called."""

import re
import unicodedata

_WORDS = re.compile(r"[^a-z0-9]+")
# Characters of a title that a name keeps.
_LONGEST_TITLE = 40


def song_stem(title: str, run: str, temperature: float, seed: int, mark: str) -> str:
    """`the-blackbird-lstm-150-t0.8-seed-3-1f2e3d`: no two songs have one name.

    title: the song's, "" for none. mark: hex digits that only this song has, its id or the hash of
    its text; the first six are kept. Letters, digits, dots and dashes alone, whatever the title is.

    >>> song_stem("Ó’Neill's <Reel>", "lstm-150", 0.5, 0, "abcdef012345")
    'o-neill-s-reel-lstm-150-t0.5-seed-0-abcdef'
    """
    letters = unicodedata.normalize("NFKD", title.replace("’", "'"))
    plain = letters.encode("ascii", "ignore").decode().lower()
    words = _WORDS.sub("-", plain)[:_LONGEST_TITLE].strip("-")
    return f"{words or 'untitled'}-{run}-t{temperature:g}-seed-{seed}-{mark[:6]}"
