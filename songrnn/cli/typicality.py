"""`songrnn typicality`: learn what the songs of a run are ranked by."""

from typing import TYPE_CHECKING

import click

from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.config import SampleConfig, recommended, with_phrases

if TYPE_CHECKING:
    from songrnn.generation.forms.form import Forms
    from songrnn.generation.phrases import Judge
    from songrnn.recall.gate import Gate
    from songrnn.store.runs import Run

# Seeds of the songs that are learned from; nobody asks for these.
_FIRST_SEED = 1_000_000_000
_PRIME = "X:1\n"


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="RUN…")
@click.option(
    "--songs",
    type=click.IntRange(min=50),
    default=3000,
    show_default=True,
    help="Songs to learn from; a quarter as many are written for the figure, two fifths phrase by phrase.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def typicality(names: tuple[str, ...], songs: int, as_json: bool) -> None:
    """Learn to tell songs of a run from its training tunes, and keep that with the run.

    `songrnn generate RUN --count 40 --best 5` ranks songs by it, and `--ways 4` chooses phrases by
    what it learns of beginnings. It learns the forms of the training tunes (`--form`) as well, and from
    songs with the recommended settings, written straight on. The figure is its AUC on songs and
    validation tunes that it did not learn from.
    """
    from functools import partial

    from songrnn.access import check_may_change
    from songrnn.corpus.sources import load_of
    from songrnn.generation.forms.stored import FILE as FORMS
    from songrnn.generation.forms.stored import write_forms
    from songrnn.model.device import one_thread
    from songrnn.quality.beginnings import fit as fit_beginnings
    from songrnn.quality.beginnings import fit_drafts
    from songrnn.quality.beginnings_file import write_beginnings
    from songrnn.quality.typicality import fit, held_out_auc
    from songrnn.quality.typicality_file import write_typicality
    from songrnn.recall.stored import read_gate
    from songrnn.store.runs import open_run

    one_thread()
    rows = []
    for name in names:
        run = open_run(name)
        check_may_change(run.path)
        book = load_of(run.config.corpus)
        gate = read_gate(run)
        train = [tune.text for tune in book.split("train")]
        forms = _forms_of(run, train)
        settings = recommended(recall=gate is not None, phrases=False, forms=bool(forms.forms))
        texts = _written(run, settings, gate, forms, songs + songs // 4)
        few = min(songs, len(train))
        chosen = [train[place * len(train) // few] for place in range(few)]
        found = fit(texts[:songs], chosen)
        with progress_bar(name) as progress:
            told = partial(progress, "Learning of beginnings")
            beginnings = fit_beginnings(texts[:songs], chosen, told)
        # Written by what was learned, songs differ from tunes in other ways.
        one_draft = with_phrases(settings).model_copy(update={"drafts": 1})
        judge, after = beginnings.judge(), len(texts)
        drafts = _written(run, one_draft, gate, forms, songs * 2 // 5, judge=judge, after=after)
        beginnings = fit_drafts(beginnings, drafts, chosen)
        if forms.forms:
            write_forms(run, forms.forms, len(train))
        else:
            (run.path / FORMS).unlink(missing_ok=True)
        write_beginnings(run, beginnings, settings=settings, songs=songs, tunes=len(chosen))
        auc = held_out_auc(found, texts[songs:], [t.text for t in book.split("validation")])
        write_typicality(
            run, found, settings=settings, songs=songs, tunes=len(chosen), told_apart=auc
        )
        rows.append({"run": name, "songs": songs, "tunes": len(chosen), "told_apart": auc})
    if as_json:
        print_json(rows)
    else:
        print_table(rows, {"run": "run", "songs": "songs", "tunes": "tunes", "told_apart": "AUC"})


def _forms_of(run: "Run", tunes: list[str]) -> "Forms":
    """The forms of the tunes that have one."""
    from songrnn.generation.forms.form import Forms
    from songrnn.generation.forms.reading import form_of

    found = []
    with progress_bar(run.name) as progress:
        for number, text in enumerate(tunes, start=1):
            if (form := form_of(text)) is not None:
                found.append(form)
            progress("Reading forms", number / len(tunes))
    return Forms(found)


def _written(
    run: "Run",
    settings: SampleConfig,
    gate: "Gate | None",
    forms: "Forms",
    count: int,
    *,
    judge: "Judge | None" = None,
    after: int = 0,
) -> list[str]:
    """The texts of so many songs; after: how many were written before."""
    from songrnn.generation.composer import compose_each
    from songrnn.model.engine import Engine

    texts: list[str] = []
    with progress_bar(run.name) as progress:
        for song in compose_each(
            Engine.of(run),
            run.vocabulary,
            prime=_PRIME,
            config=settings,
            gate=gate,
            forms=forms,
            judge=judge,
            seeds=range(_FIRST_SEED + after, _FIRST_SEED + after + count),
        ):
            texts.append(song.text)
            progress("Writing songs", len(texts) / count)
    return texts
