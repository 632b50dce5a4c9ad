"""The stricter rule: does a unit remember a property, or only echo the last characters?

`features` are what any unit can know of the last characters, and of the position in the tune.
`fitting` takes them out of activations and properties alike, `held_out` scores what is left on
other tunes, `echoes` says what a unit follows that remembers nothing, `rule` judges, `measuring`
goes the whole way for a run and for untrained networks of its shape.
"""
