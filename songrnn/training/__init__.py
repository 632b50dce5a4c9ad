"""Training a run: its course, exact evaluation, resuming to the bit, a process of its own."""
