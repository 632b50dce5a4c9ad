"""SongRNN Lab: small recurrent networks that write folk tunes, open to the last gate.

    notation    ABC text <-> music, every note tied to its characters
    corpus      tunes, families, splits, vocabulary, batches, baselines
    cells       LSTM, GRU and RNN, a module each
    config      what a run is: every setting with its bounds and words
    model       CharRNN (torch, for training) and Engine (numpy, every internal visible)
    training    teacher forcing with truncated back-propagation through time
    recall      what a tune said before, as a part of what comes next
    lineage     what a run and its sources learned from, and the kin of that
    store       a run is a folder of checkpoints/: settings, history, weights, songs
    tuning      studies of many runs, here or on a cluster, and what they answer
    generation  logits -> characters -> songs -> files
    quality     whether songs hold together, are new, and are like real tunes
    inspection  what each unit does while it reads
    segmentation  pages of music to labelled pixels, with a U-Net
    report      everything the runs say as one document
    cli         the command `songrnn`, a module for each subcommand

At the root are the modules metrics, statistics, disk, folders, plain_text, paths, access, workspaces,
event_log and errors. docs/architecture.md shows how the parts use one another.

Import what you need from the modules themselves, for example
`from songrnn.generation.composer import compose`; nothing heavy is imported here.
"""

__version__ = "1.0.0"
