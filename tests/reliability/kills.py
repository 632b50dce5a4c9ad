"""Kills: every action that writes is killed before each of its changes of the disk."""

import shutil
from pathlib import Path

from songrnn.store.history import read_history
from songrnn.store.runs import open_run
from tests.killing import killed_at_every_step
from tests.reliability.writers import ACTIONS, check, finish, lab, ready

# Columns that tell the time.
CLOCK = {"seconds", "characters_per_second"}


def kill(root: Path, names: tuple[str, ...] = tuple(ACTIONS)) -> dict[str, int]:
    """Action -> how often it was killed; after each kill all is readable. Raises AssertionError."""
    killed = {}
    with lab(root):
        for name in names:
            ready(name)
            count = 0
            for _ in killed_at_every_step(ACTIONS[name]):
                check()
                count += 1
            killed[name] = count - 1
            left = finish(root, ACTIONS[name])
            assert not left, (name, left)
    return killed


def trainings_equal(root: Path) -> bool:
    """Whether a training that was killed at every change of the disk ends as one left alone."""
    found = []
    for name in ("alone", "killed"):
        with lab(root / name):
            if name == "killed":
                for _ in killed_at_every_step(ACTIONS["train"]):
                    check()
            else:
                ACTIONS["train"]()
            run = open_run("trained")
            rows = [
                row.model_dump(exclude=CLOCK) for row in read_history(run.path / "history.jsonl")
            ]
            weights = {n: array.tobytes() for n, array in run.weights().items()}
            found.append((rows, weights))
        shutil.rmtree(root / name)
    return found[0] == found[1]
