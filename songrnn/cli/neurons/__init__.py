"""`songrnn neurons`: what the units of a run do, with labels that were earned. A command a module."""

import click

from songrnn.cli.neurons.ablate import ablate
from songrnn.cli.neurons.check import check
from songrnn.cli.neurons.count import count
from songrnn.cli.neurons.dose import dose
from songrnn.cli.neurons.find import search, select
from songrnn.cli.neurons.patch import patch
from songrnn.cli.neurons.probe import probe
from songrnn.cli.neurons.rank import rank
from songrnn.cli.neurons.reach import reach, wiring
from songrnn.cli.neurons.show import export, show
from songrnn.cli.neurons.steer import steer


@click.group()
@click.argument("run")
@click.pass_context
def neurons(context: click.Context, run: str) -> None:
    """Rank, show, check, find, count with, switch off, probe, patch, steer or export the neurons of RUN."""
    from songrnn.store.runs import open_run

    context.obj = open_run(run)


for _command in (
    rank,
    show,
    check,
    select,
    search,
    count,
    ablate,
    dose,
    probe,
    patch,
    steer,
    reach,
    wiring,
    export,
):
    neurons.add_command(_command)
