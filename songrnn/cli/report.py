"""`songrnn report`: the whole study as one document."""

from pathlib import Path

import click

from songrnn.cli.output import progress_bar


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Names given by repeating the option, or separated by commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


@click.command("report")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write into; it is made when it is not there.",
)
@click.option(
    "--runs", multiple=True, callback=_names, help="Only these runs, separated by commas."
)
@click.option(
    "--study",
    "studies",
    multiple=True,
    callback=_names,
    help="Only this study: its name, or a .toml file. May be repeated.",
)
@click.option("--main", "main_run", help="The run looked at closely  [default: lstm-150 if there].")
@click.option(
    "--sections", multiple=True, callback=_names, help="Only these sections, separated by commas."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
              help="Seed of the three songs.")  # fmt: skip
@click.option("--prime", default="X:1\\n", show_default=True,
              help=r"Start sequence of the three songs; \n is read as a newline.")  # fmt: skip
@click.option("--title", default="", help="Title of the report.")
@click.option("--author", default="", help="Who wrote it.")
@click.option("--date", default="", help="The date, as it shall read; none when left out.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    callback=_names,
    help="html, md, latex, pdf; all when left out (a PDF needs Chromium).",
)
def report(
    folder: Path,
    runs: tuple[str, ...],
    studies: tuple[str, ...],
    main_run: str | None,
    sections: tuple[str, ...],
    seed: int,
    prime: str,
    title: str,
    author: str,
    date: str,
    formats: tuple[str, ...],
) -> None:
    """Write what the runs learned, wrote and know as a report, with figures, tables and songs.

    report.html is one file that needs no other and no network. Every sentence follows from the
    figures, and the same runs give the same bytes.
    """
    from songrnn.report.build import build_report
    from songrnn.report.material import Asked, gather
    from songrnn.report.writing.files import FORMATS, write_report

    material = gather(Asked(runs, studies, main_run, seed, prime.replace("\\n", "\n")))
    with progress_bar("Writing the report") as progress:
        made = build_report(
            material, sections=sections, title=title, author=author, date=date, progress=progress
        )
        progress("Writing files", 1.0)
        written = write_report(made, folder, formats or FORMATS)
    for path in written:
        click.echo(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    if "pdf" in (formats or FORMATS) and not any(path.suffix == ".pdf" for path in written):
        click.echo("No PDF: it is printed by Chromium, which was not found.", err=True)
