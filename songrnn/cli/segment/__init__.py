"""`songrnn segment`: networks that label the pixels of printed music. A command a module."""

import click

from songrnn.cli.segment.evaluate import evaluate
from songrnn.cli.segment.predict import predict
from songrnn.cli.segment.read import read
from songrnn.cli.segment.runs import list_runs, study
from songrnn.cli.segment.train import train


@click.group()
def segment() -> None:
    """Label the pixels of printed music and read the tune: train, evaluate and use U-Nets."""


for _command in (train, evaluate, predict, read, list_runs, study):
    segment.add_command(_command)
