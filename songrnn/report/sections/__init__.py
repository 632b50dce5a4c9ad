"""The parts of a report, each a function from the material to its blocks."""
