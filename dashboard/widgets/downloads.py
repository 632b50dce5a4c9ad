"""A song's files, each made when it is asked for."""

import functools

import streamlit as st

from dashboard import loaders
from dashboard.state import elements
from dashboard.state.playing import playing
from songrnn.generation.export import Provenance

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
