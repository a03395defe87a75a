"""How good a model is, always on articles that it has not seen."""
