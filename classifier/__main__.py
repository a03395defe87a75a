"""``python -m classifier``."""

from classifier.commands.main import main

main()
