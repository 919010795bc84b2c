"""``python -m caselens.cli``."""

from caselens.cli import main

if __name__ == "__main__":
    main()
