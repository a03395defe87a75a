"""Terms of a corpus, counted."""
