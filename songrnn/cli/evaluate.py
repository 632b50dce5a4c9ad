"""`songrnn evaluate`: the exact figures of a run on a split."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.corpus.tunebook import Split

if TYPE_CHECKING:
    from songrnn.corpus.tunebook import Tunebook
    from songrnn.store.runs import Run
    from songrnn.training.evaluation import Evaluation

_SPLITS: dict[str, Split] = {
    "train": "train",
    "validation": "validation",
    "val": "validation",
    "test": "test",
}


_BESIDE = {
    "dynamic": "learning from each tune once it is predicted",
    "mixture": "mixed with an n-gram model",
}


@click.command()
@click.argument("run")
@click.option("--split", type=click.Choice(list(_SPLITS)), default="validation", show_default=True)
@click.option(
    "--corpus",
    "corpus_name",
    help="Another corpus, or another build of it, than the run was trained on.",
)
@click.option(
    "--beside",
    is_flag=True,
    help="Also with learning from each tune once it is predicted, and mixed with an n-gram model.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(run: str, split: str, corpus_name: str | None, beside: bool, as_json: bool) -> None:
    """Loss, accuracy and IoU of RUN on a split, each tune read once from the zero state.

    --beside takes a minute or two: dynamic evaluation (Krause et al. 2018) and a mixture with an
    n-gram model, told beside the run's own figure and never instead of it. The rates of dynamic
    evaluation were found on a quarter of folk's validation tunes, so its figure there is a little
    too good; on test it is not.
    """
    from songrnn.corpus.baselines import measure_baselines
    from songrnn.corpus.sources import load, load_of
    from songrnn.store.runs import open_run
    from songrnn.training.evaluation import evaluate_run

    opened = open_run(run)
    trained_on = opened.config.corpus
    book = load(corpus_name) if corpus_name is not None else load_of(trained_on)
    result = evaluate_run(opened, book, _SPLITS[split])
    with progress_bar("Measuring the baselines") as progress:
        baseline = measure_baselines(book, progress=progress).get(_SPLITS[split], {})
    row: dict[str, Any] = {"run": run, "corpus": book.name, "split": _SPLITS[split]}
    row |= result.as_dict() if hasattr(result, "as_dict") else asdict(result)
    row["baselines"] = baseline
    row["floors"] = baseline  # what the key was called before; for one version more
    compressor = baseline.get("ppmd_12")  # measured on validation and test only
    ratio = result.bits_per_character / compressor if compressor else None
    row["ratio_to_ppmd"] = ratio
    if beside:
        row |= _figures_beside(opened, book, _SPLITS[split], result)
    if as_json:
        print_json(row)
        return
    click.echo(
        f"{run} on {row['split']} of {book.name}: {result.loss:.4f} nats, "
        f"{result.bits_per_character:.4f} bits per character"
        + (f" ({ratio:.3f} × PPMd order 12)" if ratio else "")
        + f", accuracy {result.accuracy:.4f}, mean IoU {result.mean_iou:.4f}."
    )
    for name, words in _BESIDE.items():
        if name in row:
            figure = row[name]
            click.echo(
                f"Beside it, {words}: {figure['bits_per_character']:.4f} bits per character, "
                f"{figure['gain']:+.4f} lower (95 % interval {figure['low']:+.4f} to "
                f"{figure['high']:+.4f}, {figure['tunes']} tunes)."
            )
    print_table(
        [{"region": name, **metrics} for name, metrics in row["regions"].items()],
        {"region": "region", "bits_per_character": "bits/char", "accuracy": "accuracy"},
    )


def _figures_beside(
    run: "Run", book: "Tunebook", split: Split, alone: "Evaluation"
) -> dict[str, Any]:
    from songrnn.model.device import one_thread
    from songrnn.training.beside import NGRAM_ORDER, dynamic, mixture

    one_thread()
    with progress_bar("Dynamic evaluation") as progress:
        learning = dynamic(run, book, split, alone, progress=progress)
    mixed, weight = mixture(run, book, split, alone)
    return {
        name: {
            "bits_per_character": figure.bits_per_character,
            "gain": figure.gain.estimate,
            "low": figure.gain.low,
            "high": figure.gain.high,
            "tunes": figure.gain.n,
            **more,
        }
        for name, figure, more in (
            ("dynamic", learning, {}),
            ("mixture", mixed, {"ngram_order": NGRAM_ORDER, "ngram_weight": weight}),
        )
    }
