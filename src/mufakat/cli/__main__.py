"""``python -m mufakat.cli``."""

from mufakat.cli import main

main()
