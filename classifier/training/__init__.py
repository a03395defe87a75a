"""Labelled articles to a model."""
