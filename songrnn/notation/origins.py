"""A reading of a text with its macros written out, given back the places of the text as it stands.

What a macro plays has the characters of its use: all notes of ~G3 are where ~G3 is.
"""

from collections.abc import Iterable
from dataclasses import replace

from songrnn.notation.reading import Placed, Reading, T

Span = tuple[int, int]


def as_in_original(played: Reading, written: Reading, origins: list[Span]) -> Reading:
    """The reading of the original text, with the music of the other.

    played: of the text that `origins` belongs to. written: of the original as it stands, which says
    what each of its characters is.
    """

    def place(span: Span) -> Span:
        start, end = span
        return origins[start][0], origins[end - 1][1] if end > start else origins[start][0]

    def placed(values: Iterable[Placed[T]]) -> tuple[Placed[T], ...]:
        return tuple([replace(value, span=place(value.span)) for value in values])

    def voice(reading: Reading) -> Reading:
        return replace(
            reading,
            text=written.text,
            kinds=written.kinds,
            fields=written.fields,
            header=written.header,
            body=written.body,
            end=written.end,
            events=tuple(
                [
                    event._replace(
                        span=place(event.span), head=tuple([place(span) for span in event.head])
                    )
                    for event in reading.events
                ]
            ),
            barlines=tuple([replace(b, span=place(b.span)) for b in reading.barlines]),
            problems=tuple([replace(p, span=place(p.span)) for p in reading.problems]),
            keys=placed(reading.keys),
            meters=placed(reading.meters),
            tempos=placed(reading.tempos),
            clefs=placed(reading.clefs),
            parts=placed(reading.parts),
            marks=tuple([replace(mark, span=place(mark.span)) for mark in reading.marks]),
            lyrics=tuple([replace(lyric, span=place(lyric.span)) for lyric in reading.lyrics]),
            voices=tuple([voice(other) for other in reading.voices]),
        )

    return voice(played)
