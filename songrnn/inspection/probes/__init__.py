"""Linear probes: what the whole state holds, wherever it is.

`tasks` gives every character a class or a value, `linear` fits a line or a multinomial logistic
regression from a state to it, `outcomes` scores predictions as a segmentation of the text,
`measuring` goes the whole way for a run and the controls beside it, `stored` keeps the result.
"""
