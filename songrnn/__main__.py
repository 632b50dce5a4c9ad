"""`python -m songrnn`: the same as the `songrnn` command."""

from songrnn.cli import main

if __name__ == "__main__":
    main()
