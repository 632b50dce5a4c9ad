"""`songrnn recall`: teach runs to repeat themselves as real tunes do."""

import click

from songrnn.cli.output import print_json, print_table, progress_bar


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="RUN…")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def recall(names: tuple[str, ...], as_json: bool) -> None:
    """Fit the recall of runs to their training tunes and keep it with them.

    With recall a song may take up its own earlier bars: `songrnn generate RUN --recall 1`. The
    network stays as it is; a small gate learns when to believe it and when an earlier place. The
    figures are bits per character on validation tunes, the gain with its 95 % interval (bootstrap
    over tunes).
    """
    from songrnn.access import check_may_change
    from songrnn.corpus.sources import load_of
    from songrnn.model.device import one_thread
    from songrnn.recall.fitting import fit_and_keep
    from songrnn.store.runs import open_run
    from songrnn.training.evaluation import evaluate_run
    from songrnn.training.recalling import evaluate_recall

    one_thread()
    rows = []
    for name in names:
        run = open_run(name)
        check_may_change(run.path)
        book = load_of(run.config.corpus)
        texts = [tune.text for tune in book.split("train")]
        with progress_bar(name) as progress:
            gate = fit_and_keep(run, texts, progress=progress)
        alone = evaluate_run(run, book, "validation")
        figure = evaluate_recall(run, book, "validation", gate, alone)
        rows.append(
            {
                "run": name,
                "network": alone.bits_per_character,
                "with_recall": figure.bits_per_character,
                "gain": figure.gain.estimate,
                "low": figure.gain.low,
                "high": figure.gain.high,
                "tunes": figure.gain.n,
            }
        )
    if as_json:
        print_json(rows)
    else:
        columns = {"run": "run", "network": "network", "with_recall": "with recall"}
        print_table(
            rows,
            columns | {"gain": "gain", "low": "from", "high": "to", "tunes": "validation tunes"},
        )
