"""A text as it is being read: what each character is, and what is wrong with it."""

from songrnn.notation.problems import MOST_PROBLEMS, problem
from songrnn.notation.reading import Kind, Problem, Severity

_MOST_SHOWN = 20  # characters of the text that a sentence quotes


class Sheet:
    """text. kinds: a `Kind` a character, filled in as the reading goes. problems: so far."""

    __slots__ = ("_looked_at", "_unknown", "kinds", "problems", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds = bytearray(len(text))
        self.problems: list[Problem] = []
        self._unknown: tuple[int, int] | None = None
        self._looked_at = 0  # no note or rest before this

    def paint(self, start: int, end: int, kind: Kind) -> None:
        """Say what the characters of a range are."""
        self.kinds[start:end] = bytes([kind]) * (end - start)

    def paint_length(self, start: int, end: int, kind: Kind) -> None:
        """A token of one character of a kind and a length."""
        self.kinds[start] = kind
        if end > start + 1:
            self.paint(start + 1, end, Kind.LENGTH)

    def has_music(self, end: int) -> bool:
        """Whether there is a note or a rest, of whatever voice, before `end`."""
        if any(self.kinds.find(kind, self._looked_at, end) >= 0 for kind in (Kind.NOTE, Kind.REST)):
            return True
        self._looked_at = end
        return False

    def report(
        self,
        code: str,
        start: int,
        end: int,
        *,
        severity: Severity | None = None,
        **details: object,
    ) -> None:
        """Add a problem of the table, unless there are too many already."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem(code, start, end, severity=severity, **details))

    def unknown(self, start: int, end: int) -> None:
        """Characters that mean nothing here; neighbours are reported as one."""
        self.paint(start, end, Kind.UNKNOWN)
        if self._unknown and self._unknown[1] == start:
            self._unknown = (self._unknown[0], end)
        else:
            self.flush()
            self._unknown = (start, end)

    def flush(self) -> None:
        """Report the unknown characters that are still being collected."""
        if self._unknown:
            start, end = self._unknown
            self._unknown = None
            self.report("unknown-character", start, end, text=self.quoted(start, end))

    def quoted(self, start: int, end: int) -> str:
        """The beginning of a range, as a sentence can show it."""
        shown = self.text[start : min(end, start + _MOST_SHOWN)]
        return shown.encode("utf-8", "replace").decode()
