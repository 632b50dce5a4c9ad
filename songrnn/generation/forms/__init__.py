"""Songs in the form of a tune: how many bars, which of them say which again, where sections end.

`reading` reads the form of a training tune, `form` is what it is, `leading` leads a song along one,
`written_bars` cuts a text into bars while it is being written, and `stored` keeps the forms of a
run's training tunes with it. A form holds no note: of the cadences it says where the last note
stands and whether it is the tonic.
"""
