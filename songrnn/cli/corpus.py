"""`songrnn corpus`: build and list the tunes to learn from."""

from dataclasses import asdict

import click

from songrnn.cli.output import print_json, print_table, progress_bar


@click.group()
def corpus() -> None:
    """Tunes to learn from."""


@corpus.command("build")
@click.argument("name", default="folk")
def build_corpus(name: str) -> None:
    """Build the corpus NAME from the tunebooks inside music21 (default: folk)."""
    from songrnn.corpus.sources import load
    from songrnn.corpus.tunebook import SPLITS

    with progress_bar(f"Building {name}") as progress:
        book = load(name, progress=progress)
    characters = sum(len(tune.text) for tune in book.tunes)
    splits = ", ".join(f"{len(book.split(split)):,} {split}" for split in SPLITS)
    click.echo(
        f"{book.name}: {len(book.tunes):,} tunes, {characters:,} characters ({splits}); "
        f"{len(book.failures):,} refused or duplicate."
    )


@corpus.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_corpora(as_json: bool) -> None:
    """List the corpora with their sources, licences and sizes."""
    from songrnn.corpus.sources import available

    rows = [asdict(entry) for entry in available()]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows, {"name": "name", "tunes": "tunes", "title": "what it is", "licence": "licence"}
        )
