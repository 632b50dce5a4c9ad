"""Files of songs: of one, each made when it is asked for, and of several in one .zip."""

import functools
import io
import tempfile
import zipfile
from collections.abc import Hashable, Sequence

import streamlit as st

from dashboard import loaders
from dashboard.loaders.music import AS_MUSICIAN, song_file
from dashboard.loaders.turns import Callers
from dashboard.state import elements
from dashboard.state.key import Key
from dashboard.state.playing import playing
from songrnn.errors import SongRNNError
from songrnn.generation.export import FORMATS, Provenance, file_stem
from songrnn.notation.limits import LONGEST_SECONDS
from songrnn.notation.playing.choice import Playing

# Of the files of one .zip together: bytes. Half an hour of sound is more as WAV and less as FLAC.
MOST_BYTES = 200 << 20
# A larger one is a long one, which does not hold up a small one.
_LONG_BYTES = 10 << 20
# Each file that is made or waits keeps a thread of the server (`server.THREADS`), and so many are one
# asker's at most. Streamlit shows no reason for a file that fails: the page says it beforehand.
_CALLERS = Callers(4)
# What files take, about, for each second of sound and for each character of the text, 2 where none
# is named; and besides.
_BYTES_A_SECOND = {"wav": 176_400, "flac": 100_000}
_BYTES_A_CHARACTER = {"svg": 1_000, "musicxml": 300, "mid": 10, "midi": 10}
_LEAST_BYTES = 1_000

FORMAT_NAMES = {
    "txt": ("Text", "text/plain", "Exactly the characters the model wrote."),
    "abc": ("ABC", "text/vnd.abc", "The text, headed by lines that say how it was made."),
    "mid": ("MIDI", "audio/midi", "For sequencers and notation programs."),
    "wav": ("WAV", "audio/wav", "The sound, uncompressed."),
    "flac": ("FLAC", "audio/flac", "The sound, compressed without loss."),
    "musicxml": ("MusicXML", "application/vnd.recordare.musicxml+xml", "For notation programs."),
    "svg": ("SVG", "image/svg+xml", "The staff as a drawing."),
}


def download_row(text: str, stem: str, provenance: Provenance | None, *, key: str) -> None:
    """Buttons for a song's files; each is made when it is asked for.

    A file that cannot be made, because staff or sound could not, has its button switched off.
    """
    formats = [name for name in FORMAT_NAMES if provenance is not None or name != "abc"]
    how = playing()  # what is heard is what is saved
    asker = loaders.music.asker()
    ready = loaders.music.is_ready(text, 0, how)
    music = loaders.music.made(text, how) if ready else None
    broken: set[str] = set()
    if music is not None and music.audio is None:
        broken |= {"mid", "wav", "flac"}
    if music is not None and music.svg is None:
        broken |= {"musicxml", "svg"}
    with st.container(horizontal=True, gap="small", key=elements.ROW.of(key)):
        for name in formats:
            label, mime, help_text = FORMAT_NAMES[name]
            st.download_button(
                label,
                data=functools.partial(_one, text, provenance, name, how, asker),
                file_name=f"{stem}.{name}",
                mime=mime,
                help="This song cannot be converted to this format; the reason is given above."
                if name in broken
                else f"{help_text} (.{name})",
                key=elements.FILE.of(key, name),
                on_click="ignore",
                disabled=name in broken,
            )


def download_songs(
    label: str,
    songs: Sequence[tuple[str, Provenance]],
    chosen: Key[list[str]],
    *,
    help: str,
    formats: Sequence[str] = ("txt", "abc", "mid"),
) -> None:
    """A button that opens the choice of file types and hands over a .zip of (text, provenance).

    chosen: where the choice is kept. formats: those chosen at first.
    """
    with st.popover(label, help=help):
        wanted = st.pills(
            "File types",
            (*FORMATS, "midi"),
            selection_mode="multi",
            default=formats,
            key=chosen,
            help="Each song is written as each of these; staff (svg) and sound (wav, flac) take a "
            "moment for each song. midi is mid under the ending that some courses ask for.",
        )
        why_not = too_large(songs, wanted)
        if not why_not and _CALLERS.are_many(loaders.music.asker()):
            why_not = "The files asked for before are still being made; look again in a moment."
        if why_not:
            st.caption(why_not)
        st.download_button(
            f"{len(songs)} song{'s' if len(songs) > 1 else ''} as .zip",
            data=functools.partial(in_turn, songs, wanted, playing(), loaders.music.asker()),
            file_name="songs.zip",
            mime="application/zip",
            key=elements.FILE.of(chosen, "zip"),
            on_click="ignore",
            disabled=not wanted or bool(why_not),
        )


def too_large(songs: Sequence[tuple[str, object]], formats: Sequence[str]) -> str:
    """Why the files of so many songs are not made at once, in a sentence; "" when they are."""
    if _bytes_of(songs, formats) <= MOST_BYTES:
        return ""
    return (
        f"As these file types the {len(songs):,} songs would take more than {MOST_BYTES >> 20} MB, "
        "the most that one .zip may hold: choose other file types (sound, wav and flac, takes the "
        "most), or fewer songs."
    )


def _bytes_of(songs: Sequence[tuple[str, object]], formats: Sequence[str]) -> int:
    """About what the files take; of more than MOST_BYTES the rest is not counted."""
    each_second = sum(_BYTES_A_SECOND.get(name, 0) for name in formats)
    each_character = sum(_BYTES_A_CHARACTER.get(name, 2) for name in formats)
    found = 0
    for text, _ in songs:
        found += each_character * len(text) + _LEAST_BYTES * len(formats)
        if each_second:
            # What is longer is refused when its turn comes.
            found += int(each_second * min(loaders.music.seconds(text), LONGEST_SECONDS))
        if found > MOST_BYTES:
            break
    return found


def in_turn(
    songs: Sequence[tuple[str, Provenance]], formats: Sequence[str], how: Playing, turn_of: Hashable
) -> io.BufferedReader:
    """The archive, made in the turn of that asker: called in a thread in which nobody is known.

    Raises SongRNNError when that asker waits for many files already.
    """
    with _CALLERS.one_more(turn_of):
        is_long = _bytes_of(songs, formats) > _LONG_BYTES
        work = functools.partial(archive, songs, formats, how, turn_of)
        return loaders.music.archives().submit(work, asker=turn_of, is_long=is_long).result()


def _one(
    text: str, provenance: Provenance | None, name: str, how: Playing, turn_of: Hashable
) -> bytes:
    """One file, called in such a thread as well."""
    with _CALLERS.one_more(turn_of):
        return song_file(text, provenance, name, how, turn_of)


def archive(
    songs: Sequence[tuple[str, Provenance]],
    formats: Sequence[str],
    how: Playing = AS_MUSICIAN,
    turn_of: Hashable = None,
) -> io.BufferedReader:
    """A zip of the songs' files, open to be read; what cannot be made is named in MISSING.txt with
    its reason. Raises SongRNNError when it would be too large."""
    if why_not := too_large(songs, formats):
        raise SongRNNError(why_not)
    missing = []
    with tempfile.NamedTemporaryFile(prefix="songs-", suffix=".zip") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
            for text, provenance in songs:
                stem = file_stem(text, provenance)
                for name in formats:
                    try:
                        made = loaders.music.song_file(text, provenance, name, how, turn_of)
                        zipped.writestr(f"{stem}.{name}", made)
                    except SongRNNError as error:
                        missing.append(f"{stem}.{name}: {error}\n")
            if missing:
                zipped.writestr("MISSING.txt", "".join(missing))
        file.flush()
        # Its name goes with this block, what it holds when the reader lets go of it.
        return open(file.name, "rb")
