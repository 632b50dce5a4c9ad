"""Studies: many runs that differ in one setting, trained as a sweep and compared honestly."""
