"""Measures the quality of a model, always on articles that it has not seen."""
