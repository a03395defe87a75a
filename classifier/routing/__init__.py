"""Which set of models answers an article: the one that it names, or the one of its language."""
