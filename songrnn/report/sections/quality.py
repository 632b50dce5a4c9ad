"""How good and how new songs are, beside real tunes that no run learned from."""

from collections.abc import Sequence

from songrnn.quality.temperature_file import MEANINGS, Row, TemperatureStudy
from songrnn.report.document import Block, Figure, Heading, Paragraph, Points, table_of
from songrnn.report.figures.bars import by_temperature
from songrnn.report.inline import plain
from songrnn.report.material import Material
from songrnn.report.numbers import fixed, percent

# Figure -> (its column, decimals, None of a share); a study has those that were measured in its time.
_SHOWN: dict[str, tuple[str, int | None]] = {
    "told_apart": ("Told apart, AUC", 3),
    "well_formed": ("Well-formed", None),
    "valid": ("Well-formed, as counted before", None),
    "repeated_bars": ("Bars said again", None),
    "right_bars": ("Complete bars", None),
    "in_key": ("In key", None),
    "seen_notes": ("8 notes seen", None),
    "longest_notes": ("Longest copy, notes", 2),
    "different": ("Different", None),
    "divergence": ("Divergence, bits", 2),
}
# Of these each run gets a picture.
_DRAWN = {
    "told_apart": "told from real tunes, AUC",
    "well_formed": "share of well-formed songs",
    "valid": "share of well-formed songs, as counted before",
    "seen_notes": "runs of 8 notes seen in training",
}


def quality(material: Material) -> list[Block]:
    """The temperature studies of the runs that have one, against real tunes."""
    studies = material.temperature_studies
    if not studies:
        return [
            Paragraph(
                "No run of this report has a temperature study; to make one: "
                f"`songrnn study-temperature {material.main.name}`."
            )
        ]
    return [
        Paragraph(
            "At each temperature songs are written from consecutive seeds and measured; real tunes "
            "of the validation split are measured in the same way. A song should be as well-formed as they "
            "are, and no more copied than they are: real tunes too share phrases with training tunes."
        ),
        Points(
            tuple(
                f"**{_SHOWN[name][0]}.** {MEANINGS[name]}"
                for name in _SHOWN
                if any(_has(study, name) for study in studies)
            )
        ),
        *[block for study in studies for block in _study(study)],
    ]


def _study(study: TemperatureStudy) -> list[Block]:
    real = study.rows[-1]
    return [
        Heading(f"Songs of {study.run}"),
        Paragraph(f"{plain(study.reason)} {copying(study)}"),
        *[_figure(study, name, words) for name, words in _DRAWN.items() if name in real.figures],
        table_of(
            f"{study.run}-temperature",
            f"Songs of `{study.run}` by temperature: {study.songs} each (one at 0), seeds from "
            f"{study.seed}{', bars kept whole' if study.whole_bars else ''}; the last row is that of "
            f"{real.songs} real tunes, its divergence that of one half of them from the other"
            + (
                ", its AUC that of test tunes against them."
                if "told_apart" in real.figures
                else "."
            ),
            ("T", *(column for name, (column, _) in _SHOWN.items() if _has(study, name))),
            [_row(row, [name for name in _SHOWN if _has(study, name)]) for row in study.rows],
        ),
    ]


def _has(study: TemperatureStudy, name: str) -> bool:
    return any(name in row.figures for row in study.rows)


def copying(study: TemperatureStudy) -> str:
    """Whether the songs at the suggested temperature repeat training tunes more than real ones do."""
    row = next((row for row in study.rows if row.temperature == study.suggested), None)
    if row is None or study.suggested is None or "seen_notes" not in row.figures:
        return ""
    ours, real = row.figures["seen_notes"], study.rows[-1].figures.get("seen_notes")
    if real is None or ours.low is None or ours.high is None:
        return ""
    low = real.estimate if real.low is None else real.low
    high = real.estimate if real.high is None else real.high
    if ours.low > high:
        verdict = "more than real tunes do: these songs lean on what the network learned"
    elif ours.high < low:
        verdict = "less than real tunes do: these songs are no copies"
    else:
        verdict = "and no difference from real tunes could be shown"
    return (
        f"Of their runs of eight notes {percent(ours.estimate)} occur in training tunes (real tunes "
        f"{percent(real.estimate)}), {verdict}."
    )


def _row(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    cells = ["real tunes" if row.temperature is None else f"{row.temperature:g}"]
    for name in names:
        figure, decimals = row.figures.get(name), _SHOWN[name][1]
        if figure is None:
            cells.append("–")
        else:
            cells.append(
                percent(figure.estimate) if decimals is None else fixed(figure.estimate, decimals)
            )
    return tuple(cells)


def _figure(study: TemperatureStudy, name: str, words: str) -> Figure:
    rows = [
        (row.temperature, found.estimate, found.low, found.high)
        for row in study.rows
        if row.temperature is not None and (found := row.figures.get(name)) is not None
    ]
    human = study.rows[-1].figures[name].estimate
    title = words[0].upper() + words[1:]
    return Figure(
        f"{study.run}-{name.replace('_', '-')}-by-temperature",
        f"{title} of `{study.run}` by temperature, with 95 % intervals; the line is "
        "that of real tunes.",
        f"{title}: {', '.join(f'{t:g}: {value:.2f}' for t, value, *_ in rows)}; real "
        f"tunes {human:.2f}.",
        by_temperature(rows, human, words),
    )
