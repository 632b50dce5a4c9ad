"""`songrnn neurons RUN probe`: what the whole state holds, beside what it must be compared with."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.inspection.probes.outcomes import Figures
    from songrnn.inspection.probes.stored import StoredProbes, TaskProbes
    from songrnn.store.runs import Run

_COLUMNS = {
    "task": "task",
    "all": "all states",
    "best": "best state",
    "single": "best unit",
    "few": "best 8",
    "untrained": "untrained",
    "recent": "last 8 characters",
    "majority": "majority",
    "ceiling": "sees all",
    "selectivity": "selectivity",
    "beyond": "beyond last 8",
    "more": "beyond untrained",
}


@click.command()
@options.seed
@click.option("--with", "others", multiple=True, help="Another run that was probed, to compare.")
@click.option(
    "--study", "study_name", help="Compare the probed runs of this study, such as cells or hidden."
)
@click.option("--keep/--no-keep", default=True, show_default=True, help="Store it with the run.")
@click.option("--again", is_flag=True, help="Measure again even if the stored result is valid.")
@click.option(
    "--ceiling",
    is_flag=True,
    help="Also train a U-Net that sees the whole tune, forwards and backwards, for the same tasks: "
    "minutes.",
)
@options.json
@click.pass_obj
def probe(
    run: "Run",
    seed: int,
    others: tuple[str, ...],
    study_name: str | None,
    *,
    keep: bool,
    again: bool,
    ceiling: bool,
    as_json: bool,
) -> None:
    """Fit linear probes of the state to what every character is, and measure them held out.

    Mean IoU of the classes, or R² of a number, with 95 % intervals over tunes. A stored result is
    shown at once; --again, another seed and other weights measure it again.
    """
    from songrnn.access import check_may_change

    stored = None if again else _stored(run, seed)
    if keep and stored is None:
        check_may_change(run.path)  # before it takes minutes, not after
    found = stored or _measured(run, seed)
    if ceiling and (again or not any(task.ceiling for task in found.tasks)):
        found = _with_ceiling(run, found)
    if keep and found is not stored:
        found.write(run.path)
    compared = {name: _compared(found, name) for name in others}
    study = _across(study_name) if study_name is not None else None
    if as_json:
        record = _record(run, found, compared)
        print_json(options.plain(record | ({"study": study} if study is not None else {})))
        return
    print_table([_row(task) for task in found.tasks], _COLUMNS)
    click.echo(
        f"Fitted on {found.fitted:,} characters of training tunes, penalty chosen on {found.aside:,} "
        f"of other families, measured on {found.held:,} of {found.tunes} validation tunes of "
        f"{found.corpus}. Classes: mean IoU; numbers: R²."
    )
    click.echo(found.sentence)
    if found.without_ceiling:
        click.echo(found.without_ceiling)
    for name, each in compared.items():
        click.echo(_comparison(run.name, name, each))
    if study is not None:
        _print_across(study)


def _stored(run: "Run", seed: int) -> "StoredProbes | None":
    from songrnn.errors import DamagedRunError
    from songrnn.inspection.probes.stored import StoredProbes

    try:
        found = StoredProbes.read(run.path)
    except DamagedRunError as error:
        click.echo(f"{error} Measuring again.", err=True)
        return None
    return found if found is not None and found.is_of(run) and found.seed == seed else None


def _measured(run: "Run", seed: int) -> "StoredProbes":
    from songrnn.corpus.sources import load_of
    from songrnn.inspection.probes.building import build_probes

    book = load_of(run.config.corpus)
    with progress_bar("Probes") as progress:
        return build_probes(
            run,
            book.split("train"),
            book.split("validation"),
            seed=seed,
            progress=lambda share: progress("Probing", share),
        )


def _with_ceiling(run: "Run", found: "StoredProbes") -> "StoredProbes":
    """The probes with what a U-Net that sees the whole tune tells of the same characters."""
    import torch

    from songrnn.corpus.sources import load_of
    from songrnn.inspection.probes.ceiling import measure_ceiling, outputs
    from songrnn.inspection.probes.samples import draw_all, draw_samples
    from songrnn.inspection.probes.stored import with_ceiling
    from songrnn.inspection.probes.whole_tune import DETECTORS, WholeTune
    from songrnn.segmentation.settings import UNetSettings
    from songrnn.segmentation.unet import UNet

    book = load_of(run.config.corpus)
    training = book.split("train")
    samples = draw_samples(run.vocabulary, training, book.split("validation"), seed=found.seed)
    samples["fitted"] = draw_all(run.vocabulary, training)
    symbols = run.vocabulary.size
    torch.manual_seed(found.seed)
    settings = UNetSettings(depth=6, base_width=32, widest=96)
    inner = UNet(settings, inputs=symbols + DETECTORS, classes=outputs(), dimensions=1)
    network = WholeTune(inner, symbols, DETECTORS)
    with progress_bar("Ceiling") as progress:
        told = measure_ceiling(
            network,
            samples,
            symbols,
            seed=found.seed,
            progress=lambda share: progress("Training a U-Net", share),
        )
    return with_ceiling(found, told)


def _compared(found: "StoredProbes", name: str) -> dict[str, Any]:
    """Task -> by how much more the state of `found` tells than that of another run."""
    from songrnn.inspection.probes.stored import StoredProbes, compare
    from songrnn.store.runs import open_run

    run = open_run(name)
    other = StoredProbes.read(run.path)
    if other is None or not other.is_of(run):
        raise ConfigError(
            f"{name} was not probed yet, or has other weights by now; to do so: "
            f"songrnn neurons {name} probe"
        )
    differences = {task.name: compare(found, other, task.name) for task in found.tasks}
    if not any(differences.values()):
        raise ConfigError(f"{name} was probed on other tunes or with another seed.")
    return {task: asdict(each) for task, each in differences.items() if each is not None}


def _across(name: str) -> dict[str, Any]:
    """The probed runs of a study, task by task. Raises ConfigError."""
    from songrnn.inspection.probes.across import across, sentence
    from songrnn.inspection.probes.stored import StoredProbes
    from songrnn.store.runs import Run, list_runs
    from songrnn.tuning.answers import ends_of, first_members, name_of
    from songrnn.tuning.study import find_study

    study = find_study(name)
    runs = first_members(study, [run for run in list_runs() if isinstance(run, Run)])
    probed = {value: StoredProbes.read(run.path) for value, run in runs.items()}
    known = {
        value: each
        for value, each in probed.items()
        if each is not None and each.is_of(runs[value])
    }
    first, second = ends_of(study)
    for value in (first, second):
        if value not in known and value in runs:
            raise ConfigError(
                f"{runs[value].name} was not probed yet; to do so: "
                f"songrnn neurons {runs[value].name} probe"
            )
    found = across(known, first, second)
    return {
        "name": study.name,
        "setting": study.vary,
        "runs": {value: runs[value].name for value in known},
        "compared": [first, second],
        "sentence": sentence(found, name_of(study, first), name_of(study, second)),
        "tasks": [asdict(each) for each in found],
    }


def _print_across(study: dict[str, Any]) -> None:
    values = list(study["runs"])
    first, second = study["compared"]
    rows = [
        {
            "task": task["name"],
            **{v: f"{task['figures'][v]['estimate']:.2f}" for v in values if v in task["figures"]},
            "difference": options.interval_words(task["difference"], 2),
        }
        for task in study["tasks"]
    ]
    titles = {value: f"{study['setting']} {value}" for value in values}
    print_table(rows, {"task": "task", **titles, "difference": f"{second} less {first}"})
    click.echo(
        f"{study['sentence']} One training of each; intervals are over tunes, not over trainings."
    )


def _record(run: "Run", found: "StoredProbes", compared: dict[str, Any]) -> dict[str, Any]:
    tasks = []
    for task in found.tasks:
        units = [{**asdict(unit), "layer": unit.layer + 1} for unit in task.few_units]
        tasks.append(
            {**asdict(task), "single_unit": units[0], "few_units": units, "known": task.known}
        )
    return {
        "run": run.name,
        "corpus": found.corpus,
        "seed": found.seed,
        "fitted": found.fitted,
        "aside": found.aside,
        "held_out": found.held,
        "tunes": found.tunes,
        "sentence": found.sentence,
        "tasks": tasks,
        "compared_with": compared,
    }


def _row(task: "TaskProbes") -> dict[str, Any]:
    def short(figures: "Figures") -> str:
        return f"{figures.main.estimate:.2f}"

    best = max(task.states, key=lambda name: task.states[name].main.estimate)
    every = task.of_all.main
    unit = task.single_unit
    return {
        "task": task.name,
        "all": f"{every.estimate:.2f} ({every.low:.2f} to {every.high:.2f})",
        "best": f"{short(task.states[best])} {best}",
        "single": f"{short(task.single)} {unit.layer + 1}/{unit.neuron}",
        "few": short(task.few),
        "untrained": short(task.untrained["all"]),
        "recent": short(task.recent),
        "majority": short(task.majority),
        "ceiling": short(task.ceiling) if task.ceiling else None,
        "selectivity": None if task.selectivity is None else f"{task.selectivity:+.2f}",
        "beyond": options.interval_words(asdict(task.beyond_recent), 2),
        "more": options.interval_words(asdict(task.beyond_untrained), 2),
    }


def _comparison(run: str, other: str, found: dict[str, Any]) -> str:
    more = [name for name, each in found.items() if each["low"] > 0]
    less = [name for name, each in found.items() if each["high"] < 0]
    told = ", ".join(f"{name} {options.interval_words(found[name], 2)}" for name in [*more, *less])
    return f"{run} compared with {other}: {told or 'no difference shown in any task'}."
