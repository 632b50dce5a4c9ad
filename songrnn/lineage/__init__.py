"""What runs learned from, and which other tunes are kin of that."""
