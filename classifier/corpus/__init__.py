"""Labelled articles in, and whether they can be trusted."""
