"""How good songs are: whether they hold together, whether they are new, how like real tunes."""
