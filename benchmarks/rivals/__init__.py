"""Other classifiers on the same splits as Copydesk, in the same run: news in several languages, and Reuters-21578."""
