"""``python service.py ARGUMENTS`` is ``copydesk serve ARGUMENTS``."""

from classifier.commands.main import main

if __name__ == "__main__":
    main("serve")
