"""`songrnn corpus`: build, import and list the tunes to learn from."""

from dataclasses import asdict
from pathlib import Path

import click

from songrnn.cli.output import print_json, print_table, progress_bar


@click.group()
def corpus() -> None:
    """Tunes to learn from."""


@corpus.command("build")
@click.argument("name", default="folk")
@click.option("--entry", is_flag=True, help="Print counts and hash as lines of corpora.toml.")
def build_corpus(name: str, entry: bool) -> None:
    """Build the corpus NAME from the tunebooks inside music21 (default: folk)."""
    from songrnn.corpus.sources import counts, load
    from songrnn.corpus.tunebook import SPLITS

    with progress_bar(f"Building {name}") as progress:
        book = load(name, progress=progress)
    characters = sum(len(tune.text) for tune in book.tunes)
    splits = ", ".join(f"{len(book.split(split)):,} {split}" for split in SPLITS)
    click.echo(
        f"{book.name}: {len(book.tunes):,} tunes, {characters:,} characters ({splits}); "
        f"{len(book.failures):,} refused or duplicate."
    )
    if entry:
        for field, value in counts(book).items():
            click.echo(f'{field} = "{value}"' if isinstance(value, str) else f"{field} = {value}")


@corpus.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_corpora(as_json: bool) -> None:
    """List the corpora with their sources, licences and sizes, imported ones last."""
    from songrnn.corpus.import_report import imported
    from songrnn.corpus.sources import available

    rows = [asdict(entry) for entry in available()]
    rows += [
        {
            "name": report.name,
            "tunes": report.taken,
            "characters": report.characters,
            "families": report.families,
            "title": "Imported",
            "licence": "that of its files",
            **report.splits,
        }
        for report in imported()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows, {"name": "name", "tunes": "tunes", "title": "what it is", "licence": "licence"}
        )


@corpus.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The corpus's name: small letters, digits, - and _.")
@click.option("--replace", is_flag=True, help="Replace an imported corpus of the same name.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_corpus(path: Path, name: str, replace: bool, as_json: bool) -> None:
    """Make a corpus of the tunes in PATH: a file, a folder or a zip archive.

    Tunes may be in ABC, between <start> and <end>, as folk-rnn tokens, or in tunes.csv or
    tunes.json of thesession.org. Files called train, val and test keep their split. The report
    says what was taken, cleaned and refused, and why.
    """
    from songrnn.corpus.importing import import_tunes

    with progress_bar(f"Importing {path.name}") as progress:
        _, report = import_tunes(path, name=name, replace_existing=replace, progress=progress)
    if as_json:
        print_json(asdict(report))
        return
    click.echo(str(report))
    click.echo(f"Train on it with: songrnn train --corpus {name}")
    click.echo(f"or from a trained run's weights: songrnn train --from best --corpus {name}")
