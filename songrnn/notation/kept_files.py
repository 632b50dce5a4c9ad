"""Made things kept on disk by their content: bounded, the least recently used go first."""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KeptFiles:
    """A folder of files that can be made again. Reading and keeping never fail: the disk may be
    full or read-only, then things are made again.

    most_bytes: beyond this sum the files longest unused are deleted.
    """

    folder: Path
    most_bytes: int

    def get(self, name: str) -> bytes | None:
        """The file of that name, None when it is not there."""
        path = self.folder / name
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def keep(self, name: str, data: bytes) -> None:
        """Store a file whole or not at all, then drop what is over the bound."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            # Threads and processes may keep the same file at once: each writes one of its own.
            temporary = self.folder / f".{name}.{secrets.token_hex(4)}"
            try:
                temporary.write_bytes(data)
                temporary.replace(self.folder / name)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise
            self._bound()

    def _bound(self) -> None:
        found = [(entry.stat(), entry) for entry in os.scandir(self.folder) if entry.is_file()]
        found.sort(key=lambda pair: pair[0].st_mtime, reverse=True)
        total = 0
        for status, entry in found:
            total += status.st_size
            if total > self.most_bytes:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
