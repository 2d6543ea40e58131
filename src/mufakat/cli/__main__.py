"""``python -m mufakat.cli``."""

from mufakat.cli import main

if __name__ == "__main__":
    main()
