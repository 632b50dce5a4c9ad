"""Run folders: the files between training, the command line and the dashboard. No torch."""
