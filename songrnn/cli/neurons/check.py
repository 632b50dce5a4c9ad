"""`songrnn neurons RUN check`: labels on tunes of another corpus."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.inspection.cross_corpus import CrossCorpusCheck
    from songrnn.inspection.index import NeuronIndex
    from songrnn.store.runs import Run

_COLUMNS = {
    "quantity": "quantity",
    "layer": "layer",
    "neuron": "neuron",
    "kind": "kind",
    "label": "label",
    "score": "R²",
    "n": "n",
    "score_there": "R² there",
    "n_there": "n there",
}


@click.command()
@click.argument("corpus_name", metavar="CORPUS", default="essen")
@options.split
@click.option("--keep/--no-keep", default=True, show_default=True, help="Store it with the run.")
@options.json
@click.pass_obj
def check(run: "Run", corpus_name: str, split: str, *, keep: bool, as_json: bool) -> None:
    """Score the labels on tunes of a CORPUS that they were not chosen on (default: essen)."""
    from songrnn.inspection.index import open_index

    index = open_index(run.path)
    checked = on_another_corpus(run, index, corpus_name, split, keep=keep)
    if as_json:
        print_json(record_of(checked))
        return
    rows = sorted(record_of(checked)["labels"], key=lambda each: -each["score"])
    print_table(rows, _COLUMNS)
    click.echo(sentence_of(checked, index.corpus))


def on_another_corpus(
    run: "Run", index: "NeuronIndex", corpus: str, split: str, *, keep: bool
) -> "CrossCorpusCheck":
    """Check all labels of an index, and keep the result with the run."""
    import numpy as np

    from songrnn.access import check_may_change
    from songrnn.corpus.sources import load, load_of
    from songrnn.inspection.cross_corpus import check_labels
    from songrnn.inspection.memory.building import CHARACTERS
    from songrnn.inspection.recording import draw_tunes
    from songrnn.model.engine import Engine

    if keep:
        check_may_change(run.path)
    if corpus == index.corpus:
        raise ConfigError(f"The labels of {run.name} were chosen on {corpus}; name another corpus.")
    tunes = load(corpus).split("validation")
    own = []
    if index.memory is not None:
        training = load_of(run.config.corpus).split("train")
        own = draw_tunes(training, CHARACTERS, np.random.default_rng(0))
    with progress_bar("Neurons") as progress:
        found = check_labels(
            Engine.of(run),
            run.vocabulary,
            index,
            tunes,
            corpus,
            split,
            own=own,
            progress=lambda share: progress(f"Reading {corpus}", share),
        )
    if keep:
        found.write(run.path)
    return found


def record_of(found: "CrossCorpusCheck") -> dict[str, Any]:
    """As people count, layers from 1, with what follows from the scores."""
    labels = [
        {**asdict(label), "layer": label.layer + 1, "holds": label.holds} for label in found.labels
    ]
    record = {**asdict(found), "labels": labels, "labelled": len(labels), "holding": found.holding}
    if found.memories is None:
        del record["memories"]
    else:
        record["memories"] = [
            {**asdict(each), "layer": each.layer + 1, "holds": each.holds}
            for each in found.memories
        ]
    return record


def sentence_of(found: "CrossCorpusCheck", corpus: str) -> str:
    """How many labels hold there, in words."""
    skipped = f" ({found.skipped} with unknown characters left out)" if found.skipped else ""
    return (
        f"{found.holding} of {len(found.labels)} labels chosen on {corpus} hold "
        f"on {found.corpus} too: an R² of at least 0.25 on {found.held_out:,} held-out characters of "
        f"{found.tunes} {found.split} tunes{skipped}." + _memories_sentence(found, corpus)
    )


def _memories_sentence(found: "CrossCorpusCheck", corpus: str) -> str:
    if found.memories is None:
        return ""
    holding = sum(each.holds for each in found.memories)
    return (
        f" Of {len(found.memories)} neurons that remember something by the stricter rule {holding} "
        f"do so there too, with the lines fitted on {corpus}."
    )
