"""``python -m classifier ARGUMENTS`` is ``copydesk ARGUMENTS``."""

from classifier.commands.main import main

main()
