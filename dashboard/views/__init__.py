"""One page, one short script: it picks, loads and draws."""
