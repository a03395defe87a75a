"""``python train.py ARGUMENTS`` is ``copydesk train ARGUMENTS``."""

from classifier.commands.main import main

if __name__ == "__main__":
    main("train")
