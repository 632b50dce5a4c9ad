"""Training a run: the loop, its exact evaluation, going on after a stop, and doing it apart."""
