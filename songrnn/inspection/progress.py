"""Progress of work that is a part of other work."""

from collections.abc import Callable


def part_of(
    progress: Callable[[float], None] | None, begin: float, end: float
) -> Callable[[float], None] | None:
    """Tells `progress` of a part that goes from the share `begin` to the share `end` of the whole.

    >>> told = []
    >>> half = part_of(told.append, 0.5, 1.0)
    >>> half(0.5), told
    (None, [0.75])
    """
    if progress is None:
        return None
    return lambda share: progress(begin + (end - begin) * share)
