"""What is written at notes: decorations, chord symbols, annotations and slurs."""

from songrnn.notation.reading import Kind, Mark
from songrnn.notation.sheet import Sheet
from songrnn.notation.tables import ANNOTATION_PLACES, DECORATION_LETTERS, DECORATION_NAMES


class Marks:
    """The marks of one voice. Those `waiting` belong to the next event; `letters` are of U: fields."""

    __slots__ = ("_open_slurs", "_sheet", "found", "letters", "slurs", "waiting")

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.letters: dict[str, str] = {}
        self.found: list[Mark] = []
        self.slurs: list[tuple[int, int]] = []
        self.waiting: list[tuple[tuple[int, int], Kind, str]] = []
        self._open_slurs: list[tuple[int, int]] = []  # (index of the next event, position)

    def define(self, value: str) -> None:
        """U: gives a letter a decoration (4.16)."""
        letter, _, meaning = value.partition("=")
        if len(letter.strip()) == 1:
            self.letters[letter.strip()] = meaning.strip().strip("!+")

    def letter(self, start: int, end: int, text: str) -> bool:
        """A letter that stands for a decoration; whether it does (4.14, 4.16)."""
        name = self.letters.get(text) or DECORATION_LETTERS.get(text)
        if name is None:
            return False
        self._sheet.kinds[start] = Kind.DECORATION
        self.waiting.append(((start, end), Kind.DECORATION, name))
        return True

    def decoration(self, start: int, end: int, text: str) -> None:
        """!…! or +…+ (4.14)."""
        name = text[1:-1]
        if name not in DECORATION_NAMES:
            self._sheet.report("unknown-decoration", start, end, name=name)
        self.waiting.append(((start, end), Kind.DECORATION, name))

    def quote(self, start: int, end: int, text: str) -> None:
        """A chord symbol or an annotation (4.18, 4.19)."""
        kind = paint_quote(self._sheet, start, end)
        if len(text) < 2 or text[-1] != '"':
            self._sheet.report("quote-open", start, end)
        self.waiting.append(((start, end), kind, text.strip('"')))

    def event(self, index: int | None) -> None:
        """What has been waiting belongs to this event; to none at the end of the tune."""
        if self.waiting:
            for span, kind, text in self.waiting:
                self.found.append(Mark(span, kind, text, index))
            self.waiting.clear()

    def slur(self, start: int, end: int, text: str, events: int) -> None:
        """( and ), `events` notes and rests after the tune's beginning (4.11)."""
        if text == "(":
            self._open_slurs.append((events, start))
        elif self._open_slurs:
            first, _ = self._open_slurs.pop()
            if first < events:
                self.slurs.append((first, events - 1))
        else:
            self._sheet.report("slur-not-open", start, end)

    def finish(self) -> None:
        """The tune is over."""
        for _, at in self._open_slurs:
            self._sheet.report("slur-open", at, at + 1)
        self.event(None)


def paint_quote(sheet: Sheet, start: int, end: int) -> Kind:
    """Say whether quotes hold an annotation or a chord symbol: its first character tells (4.19)."""
    annotation = sheet.text[start + 1 : start + 2] in tuple(ANNOTATION_PLACES)
    kind = Kind.ANNOTATION if annotation else Kind.CHORD_SYMBOL
    sheet.paint(start, end, kind)
    return kind
