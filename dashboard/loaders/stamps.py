"""What makes a cached result stale: when, and how large, the files it came from were written."""

from pathlib import Path

Stamp = tuple[tuple[str, int, int], ...]


def stamp(folder: Path, *names: str) -> Stamp:
    """When and how large some files of a folder are: changes when they are written."""
    found = []
    for name in names:
        try:
            status = (folder / name).stat()
        except OSError:
            continue
        found.append((name, status.st_mtime_ns, status.st_size))
    return tuple(found)
