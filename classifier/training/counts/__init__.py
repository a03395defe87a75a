"""Counts the terms of a corpus."""
