"""Files of songs: of one, each made when it is asked for, and of several in one .zip."""

import functools
import io
import zipfile
from collections.abc import Sequence

import streamlit as st

from dashboard import loaders
from dashboard.loaders.music import AS_MUSICIAN
from dashboard.state import elements
from dashboard.state.key import Key
from dashboard.state.playing import playing
from songrnn.errors import SongRNNError
from songrnn.generation.export import FORMATS, Provenance, file_stem
from songrnn.notation.playing.choice import Playing

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
                data=functools.partial(loaders.music.song_file, text, provenance, name, how),
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
        st.download_button(
            f"{len(songs)} song{'s' if len(songs) > 1 else ''} as .zip",
            data=functools.partial(archive, songs, wanted, playing()),
            file_name="songs.zip",
            mime="application/zip",
            key=elements.FILE.of(chosen, "zip"),
            on_click="ignore",
            disabled=not wanted,
        )


def archive(
    songs: Sequence[tuple[str, Provenance]], formats: Sequence[str], how: Playing = AS_MUSICIAN
) -> bytes:
    """A zip of the songs' files; what cannot be made is named in MISSING.txt with its reason."""
    buffer = io.BytesIO()
    missing = []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for text, provenance in songs:
            stem = file_stem(text, provenance)
            for name in formats:
                try:
                    made = loaders.music.song_file(text, provenance, name, how)
                    zipped.writestr(f"{stem}.{name}", made)
                except SongRNNError as error:
                    missing.append(f"{stem}.{name}: {error}\n")
        if missing:
            zipped.writestr("MISSING.txt", "".join(missing))
    return buffer.getvalue()
