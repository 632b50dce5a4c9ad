"""What was written in this session: back and forth, discarding, undo, and variations."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dashboard import loaders, state
from dashboard.state import elements
from dashboard.state.songs import (
    Song,
    can_undo,
    discard_shown,
    history,
    set_fresh_song,
    show_written,
    undo,
)
from dashboard.views.compose.writing import as_song
from songrnn.errors import SongRNNError
from songrnn.generation.composer import compose
from songrnn.generation.variation import SameRhythm, head_of
from songrnn.notation.transpose import transpose
from songrnn.store.runs import Run
from songrnn.store.songs import Variation, VariationRule, song_id

# Characters of a song's title that its variations note.
_LONGEST_TITLE = 200
# Semitones: up a fourth, down a fourth, up a whole tone.
_TRANSPOSITIONS = {"up a fourth": 5, "down a fourth": -5, "up a tone": 2}


def row(run: Run, song: Song) -> None:
    """Buttons for the songs of this session, and for variations of the one shown."""
    songs, place = history()
    if not songs:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _button(
            "◀", elements.EARLIER, show_written, place - 1, off=place == 0, help="The one before"
        )
        st.caption(f"Song {place + 1} of {len(songs)} of this session", width="content")
        last = place == len(songs) - 1
        _button("▶", elements.LATER, show_written, place + 1, off=last, help="The one after")
        _button("Discard", elements.DISCARD, discard_shown, help="Takes this song out of the list.")
        _button(
            "Undo",
            elements.TAKE_BACK,
            undo,
            off=not can_undo(),
            help="Takes back the last writing, discarding or going to another song.",
        )
        _vary(run, song)


def _button(
    label: str, key: str, do: Callable[..., None], *args: object, off: bool = False, help: str
) -> None:
    st.button(label, key=key, on_click=do, args=args, disabled=off, help=help)


def _vary(run: Run, song: Song) -> None:
    with st.popover("Vary", help="Writes another song from this one."):
        key = elements.VARY
        _button(
            "New tail",
            key.of("tail"),
            new_tail,
            run,
            song,
            help="Keeps the first section, or half of the bars, and writes the rest again.",
        )
        _button(
            "New pitches",
            key.of("pitches"),
            new_pitches,
            run,
            song,
            help="Keeps the rhythm, the bars and the repeats, and writes other notes into them.",
        )
        for words, semitones in _TRANSPOSITIONS.items():
            _button(
                f"Transposed {words}",
                key.of(str(semitones)),
                transposed,
                song,
                semitones,
                help="The same song in another key.",
            )


def new_tail(run: Run, song: Song) -> None:
    """Write the song's second half again, with the next seed."""
    head = head_of(loaders.music.reading(song.text))
    _write(run, song, head, None, variation_of(song, "tail"))


def new_pitches(run: Run, song: Song) -> None:
    """Write other notes into the song's rhythm, with the next seed."""
    reading = loaders.music.reading(song.text)
    try:
        rules = SameRhythm(reading, run.vocabulary)
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
        return
    _write(run, song, song.text[: reading.body], rules, variation_of(song, "pitches"))


def transposed(song: Song, semitones: int) -> None:
    """The song in another key."""
    try:
        text = transpose(loaders.music.reading(song.text), semitones)
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
        return
    made = variation_of(song, "transposed", semitones)
    set_fresh_song(replace(song, text=text, log_probabilities=(), id=None, rank="", variation=made))


def variation_of(song: Song, rule: VariationRule, semitones: int = 0) -> Variation:
    """What is noted of a variation of this song."""
    return Variation(
        of=song.id or song_id(song.run, song.config, song.prime, song.seed, song.text),
        title=loaders.music.reading(song.text).header.get("T", "")[:_LONGEST_TITLE],
        rule=rule,
        semitones=semitones,
    )


def _write(
    run: Run, song: Song, prime: str, rules: SameRhythm | None, variation: Variation
) -> None:
    seed = song.seed + 1
    limit = song.config.limit if rules is None else max(rules.length + 1, 1)
    config = song.config.model_copy(update={"limit": limit, "ways": 1, "drafts": 1})
    gate = loaders.runs.gate(run)
    if gate is None:
        config = config.model_copy(update={"recall": 0.0})
    forms = loaders.runs.forms(run)
    if forms is None or rules is not None:
        config = config.model_copy(update={"form": False})
    try:
        written = compose(
            loaders.runs.engine(run),
            run.vocabulary,
            prime=prime,
            config=config,
            seed=seed,
            constraint=rules,
            gate=gate,
            forms=forms,
        )
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
        return
    set_fresh_song(as_song(run, written, variation=variation))
