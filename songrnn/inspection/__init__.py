"""Looking inside: what a network's units do while it reads a text."""
