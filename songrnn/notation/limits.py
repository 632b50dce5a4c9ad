"""How much of a tune is played, put on a staff and made into sound.

Any text is read; what is made of it grows with its notes and its length, which a few characters can
make huge (`P:(A99)99`, `C99999`, chords of thirty notes). Everything that is made of a text keeps
to these limits, so that none of it takes minutes or a gigabyte. The largest real tune that we know
has 1,100 notes and lasts five minutes.
"""

# Of one text that a page reads, draws and plays, typed, pasted or from an address. Reading takes
# 0.6 kB and 8 µs of each character. The longest tune of folk has 3,000, of an import 20,000.
MOST_CHARACTERS = 20_000
# Of a text that is pasted: a tunebook, a mail or a web page, out of which a tune is taken.
MOST_PASTED = 200_000
# Of a line typed into a field: words to look for, a name, a title, tags.
MOST_IN_FIELD = 500
# Events in the order they are played; what would be played after them is left out.
MOST_PLAYED = 50_000
# Notes of a MIDI file, those of chords, ornaments and accompaniment among them.
MOST_NOTES = 20_000
# Of a recording. 600 s of stereo are 106 MB as WAV.
LONGEST_SECONDS = 600
# Of a recording: the lengths of all its notes together, that is sixteen at every moment.
MOST_NOTE_SECONDS = 16 * LONGEST_SECONDS
# Notes and rests on a staff, those of chords among them.
MOST_WRITTEN = 8_000
# Of each program that is asked for sound.
SYNTH_SECONDS = 60
# Recordings that one process makes at the same time; others wait.
AT_ONCE = 2
