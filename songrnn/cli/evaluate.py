"""`songrnn evaluate`: the exact figures of a run on a split."""

from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.corpus.tunebook import Split

if TYPE_CHECKING:
    from songrnn.corpus.tunebook import Tunebook
    from songrnn.store.runs import Run
    from songrnn.training.comparison import Comparison
    from songrnn.training.evaluation import Evaluation

_SPLITS: dict[str, Split] = {
    "train": "train",
    "validation": "validation",
    "val": "validation",
    "test": "test",
}


# Key in the JSON -> what the figure is.
_COMPARED = {
    "with_recall": "With recall of what the tune said before",
    "dynamic": "Learning from each tune once it is predicted",
    "mixture": "Interpolated with an n-gram model",
}


@click.command()
@click.argument("run")
@click.option("--split", type=click.Choice(list(_SPLITS)), default="validation", show_default=True)
@click.option(
    "--corpus",
    "corpus_name",
    help="Evaluate on this corpus, or this build of it, instead of the one the run was trained on.",
)
@click.option(
    "--compare",
    is_flag=True,
    help="Compare with two ways to a lower loss: learning from each tune once it is predicted, and "
    "interpolating with an n-gram model. Takes a minute or two.",
)
@click.option("--beside", "compare_too", is_flag=True, hidden=True, help="The former --compare.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(
    run: str,
    split: str,
    corpus_name: str | None,
    compare: bool,
    compare_too: bool,
    as_json: bool,
) -> None:
    """Loss, accuracy and IoU of RUN on a split, each tune read once with an empty memory at its start.

    --compare adds dynamic evaluation (Krause et al. 2018) and an interpolation with an n-gram
    model: neither is the network's own figure. The rates of dynamic evaluation were found on a
    quarter of folk's validation tunes, so its figure there is a little too good; on test it is not.
    """
    from songrnn.corpus.baselines import measure_baselines
    from songrnn.corpus.sources import load, load_of
    from songrnn.store.runs import open_run
    from songrnn.training.evaluation import evaluate_run

    opened = open_run(run)
    book = load(corpus_name) if corpus_name is not None else load_of(opened.config.corpus)
    result = evaluate_run(opened, book, _SPLITS[split])
    with progress_bar("Measuring the baselines") as progress:
        baselines = measure_baselines(book, progress=progress).get(_SPLITS[split], {})
    row: dict[str, Any] = {"run": run, "corpus": book.name, "split": _SPLITS[split]}
    row |= result.as_dict()
    row["baselines"] = baselines
    row["floors"] = baselines  # what the key was called before; for one version more
    compressor = baselines.get("ppmd_12")  # measured on validation and test only
    row["ratio_to_ppmd"] = result.bits_per_character / compressor if compressor else None
    row |= _with_recall(opened, book, _SPLITS[split], result)
    if compare or compare_too:
        row |= _compared(opened, book, _SPLITS[split], result)
    if as_json:
        print_json(row)
    else:
        _print(row)


def _print(row: dict[str, Any]) -> None:
    ratio = row["ratio_to_ppmd"]
    click.echo(
        f"{row['run']} on {row['split']} of {row['corpus']}: {row['loss']:.4f} nats, "
        f"{row['bits_per_character']:.4f} bits per character"
        + (f" ({ratio:.3f} × PPMd order 12)" if ratio else "")
        + f", accuracy {row['accuracy']:.4f}, mean IoU {row['mean_iou']:.4f}."
    )
    if row["kin"]:
        click.echo(_kin_sentence(row))
    for name, words in _COMPARED.items():
        if name in row:
            figure = row[name]
            click.echo(
                f"{words}: {figure['bits_per_character']:.4f} bits per character, a gain of "
                f"{figure['gain']:.4f} (95 % interval {figure['low']:.4f} to {figure['high']:.4f}, "
                f"{figure['tunes']} tunes)."
            )
    print_table(
        [{"region": name, **metrics} for name, metrics in row["regions"].items()],
        {"region": "region", "bits_per_character": "bits/char", "accuracy": "accuracy"},
    )


def _kin_sentence(row: dict[str, Any]) -> str:
    """How many of the tunes are kin of what was learned, and the figure without them."""
    words = (
        f"{row['kin']:,} of the {row['tunes']:,} tunes are kin of tunes that the run, or a run it "
        "was fine-tuned from, learned from"
    )
    if row["without_kin"] is None:
        return f"{words}; there are no others."
    return (
        f"{words}; without them: {row['without_kin']['bits_per_character']:.4f} bits per character."
    )


def _with_recall(run: "Run", book: "Tunebook", split: Split, alone: "Evaluation") -> dict[str, Any]:
    """The figure with recall, when the run has it."""
    from songrnn.recall.stored import read_gate
    from songrnn.training.recalling import evaluate_recall

    gate = read_gate(run)
    if gate is None:
        return {}
    return {"with_recall": _as_row(evaluate_recall(run, book, split, gate, alone))}


def _as_row(figure: "Comparison", **more: Any) -> dict[str, Any]:
    return {
        "bits_per_character": figure.bits_per_character,
        "gain": figure.gain.estimate,
        "low": figure.gain.low,
        "high": figure.gain.high,
        "tunes": figure.gain.n,
        **more,
    }


def _compared(run: "Run", book: "Tunebook", split: Split, alone: "Evaluation") -> dict[str, Any]:
    from songrnn.model.device import one_thread
    from songrnn.training.dynamic_evaluation import evaluate_dynamically
    from songrnn.training.interpolation import NGRAM_ORDER, interpolate

    one_thread()
    with progress_bar("Dynamic evaluation") as progress:
        learning = evaluate_dynamically(run, book, split, alone, progress=progress)
    mixed, weight = interpolate(run, book, split, alone)
    return {
        "dynamic": _as_row(learning),
        "mixture": _as_row(mixed, ngram_order=NGRAM_ORDER, ngram_weight=weight),
    }
