"""Songs side by side: one seed and opening, several temperatures, one run or several."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.state.songs import (
    BESIDE_FORMATS,
    BOTH_RECALLS,
    Song,
    set_fresh_song,
    set_songs_compared,
    songs_compared,
)
from dashboard.views.compose.figures import song_figures, withheld
from dashboard.wording import plain
from songrnn.config import CorpusReference, SampleConfig
from songrnn.generation.composer import check_songs, compose
from songrnn.generation.export import HOW_IT_STOPPED, Provenance
from songrnn.store.runs import Run

TEMPERATURES = (0.0, 0.25, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0)
# The course's three settings, and the likeliest character each time.
FIRST_TEMPERATURES = (0.0, 0.5, 1.0, 2.0)
MOST_RUNS = 4


def choose(run: Run) -> tuple[list[Run], list[float]]:
    """The run chosen above with those compared with it, and the temperatures."""
    temperatures = st.pills(
        "Temperatures",
        TEMPERATURES,
        selection_mode="multi",
        default=FIRST_TEMPERATURES,
        key=state.TEMPERATURES,
        format_func=lambda value: "0 (always the likeliest)" if value == 0 else f"{value:g}",
        help="Each run writes one song at each of them, all with the same seed. At 0 it always "
        "takes the likeliest character, whatever the seed. Side by side, songs are written straight on, "
        "not phrase by phrase.",
    )
    others = {
        other.name: other
        for other in loaders.runs.all_runs()
        if isinstance(other, Run) and other.has_weights and other.name != run.name
    }
    picked = st.multiselect(
        "Also compare runs",
        sorted(others),
        max_selections=MOST_RUNS - 1,
        key=state.OTHER_RUNS,
        bind="query-params",
        help="Each of these runs writes as well, from the same opening and seed.",
    )
    if loaders.runs.gate(run) is not None:
        widgets.toggle(
            "With and without recall",
            BOTH_RECALLS,
            "Writes each song twice, with the recall set below and without.",
        )
    return [run, *[others[name] for name in picked if name in others]], sorted(temperatures)


def write(
    runs: Sequence[Run], temperatures: Sequence[float], config: SampleConfig, prime: str, seed: int
) -> None:
    """Write all songs, with progress; a run that does not know a character of the opening is left out."""
    songs: list[Song] = []
    cells = [
        (run, temperature, recall)
        for run in runs
        for temperature in temperatures
        for recall in _recalls(run, config)
    ]
    check_songs(len(cells) * config.counts_as)
    bar = st.progress(0.0, "Writing …")
    for number, (run, temperature, recall) in enumerate(cells):
        bar.progress(number / len(cells), f"{plain(run.name)} at temperature {temperature:g} …")
        if run.vocabulary.unknown(prime):
            continue
        gate = loaders.runs.gate(run)
        forms = loaders.runs.forms(run)
        settings = config.model_copy(
            update={
                "temperature": temperature,
                "recall": recall,
                "form": config.form and forms is not None,
            }
        )
        made = compose(
            loaders.runs.engine(run),
            run.vocabulary,
            prime=prime,
            config=settings,
            gate=gate,
            forms=forms,
            seed=seed,
        )
        written = Song(made.text, run.name, prime, settings, seed, made.stopped_by)
        log_probabilities = tuple(made.log_probabilities.tolist())
        share = made.share_withheld if settings.whole_bars else None
        songs.append(replace(written, log_probabilities=log_probabilities, share_withheld=share))
    bar.empty()
    set_songs_compared(songs)


def _recalls(run: Run, config: SampleConfig) -> tuple[float, ...]:
    """The settings of recall that a run writes with."""
    if loaders.runs.gate(run) is None:
        return (0.0,)
    if not state.get(BOTH_RECALLS):
        return (config.recall,)
    return (config.recall or 1.0, 0.0)


def show() -> None:
    """The songs in a grid: one row per run, two songs next to each other."""
    songs = songs_compared()
    if not songs:
        st.info("Press *Compose* to let the runs write, each at every temperature chosen.")
        return
    corpora = {
        run.name: run.config.corpus for run in loaders.runs.all_runs() if isinstance(run, Run)
    }
    for run in dict.fromkeys(song.run for song in songs):
        st.subheader(plain(run), anchor=False)
        row = [song for song in songs if song.run == run]
        for first in range(0, len(row), 2):
            for column, song in zip(
                st.columns(2, gap="medium"), row[first : first + 2], strict=False
            ):
                with column.container(border=True):
                    _show_one(song, corpora.get(run))
    writers = {song.run for song in songs}
    widgets.download_songs(
        "Download these songs",
        [
            (song.text, Provenance(song.run, song.config, song.seed, song.stopped_by))
            for song in songs
        ],
        BESIDE_FORMATS,
        help="Text, MIDI, sound and staff of all songs above in one .zip.",
        formats=("txt", "midi"),
    )
    st.caption(
        f"{len(songs)} songs by {len(writers)} run{'s' if len(writers) > 1 else ''}, seed "
        f"{songs[0].seed}. One song says little about a temperature: listen to several seeds."
    )


def _show_one(song: Song, corpus: CorpusReference | None) -> None:
    temperature = song.config.temperature
    name = f"Temperature {temperature:g}" + (", always the likeliest" if temperature == 0 else "")
    key = elements.COMPARED.of(song.run, f"{temperature:g}")
    if song.config.recall:
        key, name = key.of(f"{song.config.recall:g}"), f"{name}, recall {song.config.recall:g}"
    title = loaders.music.reading(song.text).header.get("T")
    st.markdown(f"**{name}**" + (f" · {plain(title)}" if title else ""))
    st.caption(HOW_IT_STOPPED[song.stopped_by])
    widgets.tune(song.text, key=key, patience=0.5, width=loaders.music.NARROW)
    widgets.figures(song_figures(song.text, corpus) + withheld(song))
    st.button(
        "Show this song alone",
        key=elements.LARGE.of(key),
        on_click=_show_large,
        args=(song,),
        help="Opens it large, with all figures and files; there it can be kept.",
    )


def _show_large(song: Song) -> None:
    set_fresh_song(song)
    state.choose(state.RUN, song.run)
    state.forget(state.SONG)
    state.put(state.HOW, "one")
