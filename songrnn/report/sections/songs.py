"""Three songs of the main run, at a low, the model's own, and a high temperature."""

from songrnn.config import SampleConfig
from songrnn.errors import SongRNNError
from songrnn.generation.composer import compose
from songrnn.generation.composition import Composition
from songrnn.generation.export import HOW_IT_STOPPED, Provenance, file_stem
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.quality.reference import song_record
from songrnn.report.document import Block, Drawing, Formula, Paragraph, SongPart
from songrnn.report.inline import plain
from songrnn.report.material import USUAL_PRIME, Material
from songrnn.report.numbers import percent

TEMPERATURES = (0.5, 1.0, 2.0)
# As many characters as `songrnn generate` allows, so that it writes the same songs.
LIMIT = 2000
# Pixels of a page's width that a line of music is laid out for, and of a picture of it.
_WIDTH, _PICTURE = 860, 1720


def songs(material: Material) -> list[Block]:
    """What temperature does, and a song at each."""
    run = material.main
    if material.engine is None:
        return [Paragraph(f"`{run.name}` has its history but no weights, so it cannot compose.")]
    return [
        Paragraph(
            f"`{run.name}` wrote these songs character by character, all primed with the start "
            f"sequence {_shown(prime_of(material))} and from the seed {material.seed}, none chosen by "
            "ear. The network reads the start sequence first; what it draws next goes on from the "
            "state in which that leaves it. Before each draw the logits z are divided by the "
            "temperature T: below 1 likely characters become likelier, above 1 all become more "
            f"alike. A song ends with END, or is cut at {LIMIT} characters."
        ),
        Formula(
            r"p_i = \frac{\exp(z_i / T)}{\sum_j \exp(z_j / T)}", "p(i) = exp(z(i)/T) / Σ exp(z(j)/T)"
        ),
        *[_song(material, temperature) for temperature in TEMPERATURES],
    ]  # fmt: skip


def composed(material: Material, temperature: float) -> Composition:
    """The report's song at a temperature."""
    assert material.engine is not None
    return compose(
        material.engine,
        material.main.vocabulary,
        prime=prime_of(material),
        config=SampleConfig(temperature=temperature, limit=LIMIT),
        seed=material.seed,
    )


def prime_of(material: Material) -> str:
    """The start sequence; the usual one is left out for a run that does not know its characters.

    One that a person asked for is kept, and `compose` says which character is not known.
    """
    unknown = material.main.vocabulary.unknown(material.prime)
    return "" if unknown and material.prime == USUAL_PRIME else material.prime


def _shown(prime: str) -> str:
    """A start sequence within a sentence."""
    return f"`{plain(prime.replace(chr(10), '↵'))}`" if prime else "of no character"


def _song(material: Material, temperature: float) -> SongPart:
    song = composed(material, temperature)
    reading = read(song.text)
    missing: list[str] = []
    staff, files = _music(reading, missing)
    title = reading.header.get("T", "")
    return SongPart(
        title=f"T = {temperature:g}: {plain(title) or 'without a title'}",
        stem=file_stem(
            song.text, Provenance(material.main.name, song.config, song.seed, song.stopped_by)
        ),
        about=_figures(material, song, reading),
        text=song.text,
        staff=staff,
        files={"txt": song.text.encode(), **files},
        missing=tuple(missing),
    )


def _figures(material: Material, song: Composition, reading: Reading) -> str:
    reference = material.reference
    found = song_record(
        reading, ended=song.stopped_by == "end", index=reference.index if reference else None
    )
    about = (
        f"{len(song.text):,} characters, {HOW_IT_STOPPED[song.stopped_by]}. {found['bars']} bars, "
        f"{percent(found['right_bars'])} of them as long as the meter says; {found['errors']} "
        f"{'error' if found['errors'] == 1 else 'errors'} of notation; {percent(found['in_key'])} of its notes in the key."
    )
    if found["longest_notes"] is not None:
        about += (
            f" The longest run of notes also found in a training tune has {found['longest_notes']}"
        )
        about += f"; {percent(found['novelty'])} of its runs of eight notes are in none."
    return about


def _music(reading: Reading, missing: list[str]) -> tuple[Drawing | None, dict[str, bytes]]:
    """Staff, MIDI and MP3; a sentence in `missing` for what could not be made."""
    from songrnn.notation.engraving import engrave
    from songrnn.notation.playing.choice import Playing
    from songrnn.notation.sound import midi_of, sound_of

    staff: Drawing | None = None
    files: dict[str, bytes] = {}
    try:
        staff = staff_drawing(engrave(reading, width=_WIDTH))
    except SongRNNError as error:
        missing.append(f"No staff: {plain(str(error))}")
    try:
        files["midi"] = midi_of(reading, Playing())
        files["mp3"] = sound_of(reading, Playing(), "mp3").data
    except SongRNNError as error:
        missing.append(f"No sound: {plain(str(error))}")
    return staff, files


def staff_drawing(svg: str) -> Drawing:
    """An engraving for screen and page; on the page it is a picture of many pixels."""
    import resvg_py

    black = " ".join(svg.split()).replace("currentColor", "#000000")
    png = resvg_py.svg_to_bytes(svg_string=black, width=_PICTURE, background="white")
    return Drawing(black, bytes(png), "png")
