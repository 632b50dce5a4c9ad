"""Overview: what this is, a song to play at once, and what there is to see."""

import contextlib
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.charts.activations import heat_map
from dashboard.charts.curves import Curve, sparkline
from dashboard.charts.theme import CELL_NAMES
from dashboard.wording import by_best_validation, plain
from songrnn.errors import SongRNNError
from songrnn.inspection.cross_corpus import CrossCorpusCheck
from songrnn.inspection.labelling import NeuronLabel
from songrnn.store.runs import DamagedRun, Run
from songrnn.store.songs import KeptSong

MOST_SHOWN = 8
MOST_CHARACTERS = 60
# Runs whose neurons are featured, and how many of each.
MOST_FEATURED = 2


def song_of(runs: list[Run]) -> tuple[Run, KeptSong] | None:
    """A kept song of the best run that has one.

    A low temperature, but not the lowest, tends to give the most song-like song.
    """
    for run in runs:
        songs = loaders.runs.songs(run)
        if songs:
            nearest = min(songs, key=lambda kept: (abs(kept.config.temperature - 0.6), kept.seed))
            return run, nearest
    return None


def ready_song(runs: list[Run], found: tuple[Run, KeptSong] | None) -> None:
    """The song, ready to play."""
    if found is not None:
        run, song = found
        title = loaders.music.reading(song.text).header.get("T") or "A song without a title"
        st.subheader(plain(title), anchor=False)
        st.caption(
            f"Written by {run.name} at temperature {song.config.temperature:g}, seed {song.seed}, "
            "character by character; chosen by its temperature, not by ear."
        )
        widgets.tune(song.text, key="overview-player", patience=0)
        st.page_link(
            "views/compose/page.py",
            label="Let it write another",
            query_params={state.RUN: run.name},
        )
    elif runs:
        st.info(
            f"No song is kept yet. Let {runs[0].name} write one on the Compose page and keep it: "
            "it will be here, ready to play."
        )
        st.page_link("views/compose/page.py", label="Compose a song")
    else:
        st.info(
            "No run has weights yet. Train one (`songrnn train --epochs 5`), then let it write: "
            "a kept song will be here, ready to play."
        )


def at_a_glance(rows: list[dict[str, Any]]) -> None:
    """The best runs in a small table."""
    table = pd.DataFrame(rows[:MOST_SHOWN])
    table["cell"] = table["cell"].map(lambda cell: CELL_NAMES.get(cell, cell))
    column = st.column_config
    columns = {
        "name": column.TextColumn("Run"),
        "best_validation_bits_per_character": column.NumberColumn("Validation", format="%.3f"),
        "cell": column.TextColumn("Cell"),
        "hidden_size": column.NumberColumn("Units"),
        "parameters": column.NumberColumn("Parameters", format="localized"),
    }
    st.dataframe(
        table,
        hide_index=True,
        column_config=columns,
        column_order=list(columns),
        key="glance",
    )
    st.caption(
        "The best runs of those with weights. Validation: best loss in bits per character over all validation tunes, each read once "
        "from the zero state; lower is better, and a coin flip a character would be 1. "
        "Parameters: trained numbers in the network."
    )


def page() -> None:
    """The page."""
    st.title("SongRNN Lab", anchor=False)
    st.markdown(
        "Small recurrent networks learn to write folk tunes one character at a time; here you "
        "compare how they learned, hear what they write, and see what each neuron does."
    )
    rows = sorted(loaders.runs.rows().values(), key=by_best_validation)
    found = loaders.runs.all_runs()
    by_name = {run.name: run for run in found if isinstance(run, Run)}
    usable = [by_name[row["name"]] for row in rows if row["weights"]]
    left, right = st.columns([7, 5], gap="large")
    found_song = song_of(usable)
    with left:
        ready_song(usable, found_song)
    with right:
        with st.container(border=True, key="card-runs"):
            runs_card(rows, by_name, sum(isinstance(run, DamagedRun) for run in found))
        with st.container(border=True, key="card-compose"):
            compose_card(found_song)
        with st.container(border=True, key="card-neurons"):
            neurons_card(usable, found_song)
        with st.container(border=True, key="card-corpus"):
            corpus_card()


def runs_card(rows: list[dict[str, Any]], by_name: dict[str, Run], damaged: int) -> None:
    """How the runs learned: the best, the curves, a small table."""
    st.page_link("views/runs/page.py", label="**Runs**: compare how they learned")
    if rows:
        best = rows[0]
        bits = best["best_validation_bits_per_character"]
        if bits is not None:
            st.markdown(f"Best of {len(rows)}: **{best['name']}**, {bits:.3f} bits per character.")
        curves = []
        for row in rows[:MOST_SHOWN]:
            with contextlib.suppress(SongRNNError):  # the Runs page says what is damaged
                history = loaders.runs.history(by_name[row["name"]])
                curves.append(Curve(row["name"], row["cell"], history))
        st.plotly_chart(
            sparkline(curves, colours=frame.colours()),
            theme=None,
            key="sparkline",
            config={"displayModeBar": False},
            alt="Validation losses falling over the epochs",
        )
        at_a_glance([row for row in rows if row["weights"]] or rows)
    else:
        st.caption("No run yet: `songrnn train --epochs 5` makes one in a minute or so.")
    if damaged:
        st.caption(
            f"{damaged} run {'folder' if damaged == 1 else 'folders'} cannot be read; "
            "the Runs page says why."
        )


def compose_card(found: tuple[Run, KeptSong] | None) -> None:
    """How one seed sounds at several temperatures: the beginnings of the melodies."""
    st.page_link("views/compose/page.py", label="**Compose**: a song at any temperature")
    if found is None:
        st.caption("Give it a beginning, choose how daring it is, hear the result, keep it.")
        return
    run, shown = found
    lines = [
        f"{song.config.temperature:>4g}  {melody(song.text)[:MOST_CHARACTERS]}"
        for song in sorted(loaders.runs.songs(run), key=lambda kept: kept.config.temperature)
        if song.seed == shown.seed
    ]
    st.code("\n".join(lines[:3]), language=None)
    st.caption(f"How melodies of {run.name} begin, after their temperature, seed {shown.seed}.")


def melody(text: str) -> str:
    """The first line of a song's music, or of its text when there is no music."""
    lines = text[loaders.music.reading(text).body :].strip().split("\n")
    return lines[0] or text.strip().split("\n")[-1]


def neurons_card(usable: list[Run], found: tuple[Run, KeptSong] | None) -> None:
    """The neurons with the clearest labels, and the first of them on the beginning of the song."""
    st.page_link(
        "views/neurons/page.py", label="**Neurons**: what one unit does, on every character"
    )
    if not usable:
        st.caption("Any text, coloured by what one unit of a run does at every character.")
        return
    featured = {run.name: clearest(run) for run in usable if loaders.neurons.has_index(run)}
    featured = dict([(name, labels) for name, labels in featured.items() if labels][:MOST_FEATURED])
    by_name = {run.name: run for run in usable}
    song = found[1] if found is not None else None
    readers = [by_name[name] for name in featured] or ([found[0]] if found is not None else [])
    reader = next(
        (run for run in readers if song is not None and not run.vocabulary.unknown(song.text)),
        None,
    )
    if reader is not None and song is not None:
        strip(reader, song, next(iter(featured.get(reader.name, [])), None))
    for name, labels in featured.items():
        st.markdown(f"The clearest labels of **{name}**")
        for label in labels:
            st.page_link(
                "views/neurons/page.py",
                label=f"Neuron {label.neuron} {label.words} · {scores(by_name[name], label)}",
                query_params=neuron_address(name, label),
            )
    if featured:
        others = {
            check.corpus for name in featured for check in loaders.neurons.checks(by_name[name])
        }
        names = ", ".join(sorted(others))
        beside = (
            f" Beside it that on {names}, on which no label was chosen; neurons whose label does "
            "not hold there are left out here."
        )
        st.caption(
            "By held-out R²: how well the property predicts the neuron on tunes it was not fitted "
            "on; those that remember come first."
            + (beside if others else "")
            + (" In the strip purple is −1, orange +1." if reader is not None else "")
        )
    elif reader is not None:
        st.caption(
            f"Of layer 1's {reader.config.model.hidden_size} units of {reader.name} the one that "
            "varies most on this song. Purple is −1, orange is +1."
        )
    else:
        model = usable[0].config.model
        st.caption(
            f"{usable[0].name} has {model.layers * model.hidden_size:,} of them; "
            "colour a tune by any one."
        )


def scores(run: Run, label: NeuronLabel) -> str:
    """A label's score, and those on corpora it was not chosen on: "R² 0.68, essen 0.55"."""
    said = [f"R² {label.score:.2f}"]
    for check in loaders.neurons.checks(run):
        found = check.of(label.quantity, label.layer, label.neuron)
        if found is not None and found.score_there is not None:
            said.append(f"{check.corpus} {max(found.score_there, 0):.2f}")
    return ", ".join(said)


def holds_there(check: CrossCorpusCheck, label: NeuronLabel) -> bool:
    """Whether another corpus would earn the neuron its label again."""
    found = check.of(label.quantity, label.layer, label.neuron)
    return found is not None and found.holds


def neuron_address(run: str, label: NeuronLabel) -> dict[str, str]:
    """What the address of a neuron's card says."""
    return {
        state.RUN: run,
        state.QUANTITY: label.quantity,
        state.LAYER: str(label.layer + 1),
        state.NEURON: str(label.neuron),
        state.VIEW: "card",
    }


def strip(run: Run, song: KeptSong, label: NeuronLabel | None) -> None:
    """The beginning of a song's music, coloured by one neuron of the hidden state."""
    begin = loaders.music.reading(song.text).body
    end = min(begin + MOST_CHARACTERS, len(song.text))
    values = loaders.neurons.activation_map(run, song.text).quantities["hidden"]
    layer = 0 if label is None else label.layer
    neuron = int(values[0].std(axis=0).argmax()) if label is None else label.neuron
    st.plotly_chart(
        heat_map(
            song.text[begin:end].replace("\n", " "),
            values[layer][begin:end, neuron],
            colours=frame.colours(),
            columns=MOST_CHARACTERS // 2,
            legend=False,
            letter_size=12,
        ),
        theme=None,
        key="strip",
        config={"displayModeBar": False},
        alt=f"Neuron {neuron} of {run.name} on the beginning of the song",
    )
    st.page_link(
        "views/neurons/page.py",
        label=f"Neuron {neuron} of {run.name} on this song",
        query_params={
            state.RUN: run.name,
            state.LAYER: str(layer + 1),
            state.NEURON: str(neuron),
            state.TEXT: "kept",
            state.SONG: song.id,
        },
    )


def clearest(run: Run, count: int = 3) -> list[NeuronLabel]:
    """Neurons of the hidden state with the clearest labels, each label once.

    Only labels that hold on every corpus they were checked on. Those that remember come first: it
    is the stronger claim.
    """
    index = loaders.neurons.index(run)
    if index is None:
        return []
    checks = loaders.neurons.checks(run)
    found = [
        label
        for label in index.labels
        if label.quantity == "hidden"
        and label.label is not None
        and all(holds_there(check, label) for check in checks)
    ]
    found.sort(key=lambda label: (label.kind != "remembers", -label.score))
    firsts: dict[str | None, NeuronLabel] = {}
    for label in found:
        firsts.setdefault(label.label, label)
    return list(firsts.values())[:count]


def corpus_card() -> None:
    """What there is to learn from."""
    st.page_link("views/corpus/page.py", label="**Corpus**: the tunes they learned from")
    if loaders.corpora.is_built("folk"):
        tunes = len(loaders.corpora.tunebook("folk").tunes)
        st.caption(f"{tunes:,} tunes from old collections: search, read, listen.")
    else:
        st.caption("Real tunes from old collections; built at the first visit.")


page()
