"""The front door: from a file's bytes or a pasted text to its tunes, the same for every entry.

decoding   bytes -> text; guessing where no charset is declared
formats    text  -> which of the ways to keep tunes it is in
division   ABC   -> tunes, file header, free text, typeset text, markup
tokens     folk-rnn's tokens -> tunes;   dumps   thesession.org's tables -> tunes
tune_file  all of it: `TuneFile`, and the sentences on what was guessed and left out
"""
