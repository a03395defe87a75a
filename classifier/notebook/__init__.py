"""Copydesk in Python, as in a notebook: train, measure and tag with DataFrames in and out."""
