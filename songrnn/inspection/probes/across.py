"""Probes of several runs of a study side by side: what does the state of which hold more of?"""

from collections.abc import Mapping
from dataclasses import dataclass

from songrnn.errors import ConfigError
from songrnn.inspection.probes.stored import StoredProbes, compare
from songrnn.statistics import Interval


@dataclass(frozen=True)
class TaskAcross:
    """One task. figures: value of the setting -> mean IoU, or R², of all states of its run.
    difference: of `second` minus `first`, the two that were to be compared, the same tunes drawn
    together."""

    name: str
    words: str
    figures: dict[str, Interval]
    difference: Interval


def across(probes: Mapping[str, StoredProbes], first: str, second: str) -> tuple[TaskAcross, ...]:
    """Compare runs of a study, by what their values of the setting are called, in order.

    first, second: the two whose difference is formed, chosen before the figures were seen. Raises
    ConfigError when one of the two is missing, or when they were probed on other tunes.
    """
    missing = [name for name in (first, second) if name not in probes]
    if missing:
        raise ConfigError(f"Not probed yet: {', '.join(missing)}.")
    one, other = probes[first], probes[second]
    found = []
    for task in one.tasks:
        difference = compare(other, one, task.name)
        if difference is None:
            continue
        figures = {
            name: each.of_all.main
            for name, all_tasks in probes.items()
            for each in all_tasks.tasks
            if each.name == task.name
        }
        found.append(TaskAcross(task.name, task.words, figures, difference))
    if not found:
        raise ConfigError(f"{first} and {second} were probed on other tunes or with another seed.")
    return tuple(found)


def sentence(found: tuple[TaskAcross, ...], first: str, second: str) -> str:
    """What follows: of which tasks the one state holds more than the other.

    first, second: as they are to be called.
    """
    more = sorted(
        (each for each in found if each.difference.low > 0), key=lambda e: -e.difference.estimate
    )
    less = sorted(
        (each for each in found if each.difference.high < 0), key=lambda e: e.difference.estimate
    )
    rest = [each.words for each in found if each not in more and each not in less]

    def told(some: list[TaskAcross]) -> str:
        return ", ".join(f"{e.words} ({abs(e.difference.estimate):+.2f})" for e in some)

    said = [
        f"The state of {holder} holds more than that of {other} of: {told(some)}."
        for holder, other, some in ((second, first, more), (first, second, less))
        if some
    ]
    said += [f"No difference is shown of: {', '.join(rest)}."] if rest else []
    return " ".join(said)
