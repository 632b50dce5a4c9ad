"""How long each bar is and should be."""

from songrnn.notation.reading import Problem, Reading


def bar_problems(reading: Reading) -> list[Problem]:
    return []
