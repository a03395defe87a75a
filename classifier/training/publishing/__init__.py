"""From a fitted model to a version in models/: chosen, written, reported, promoted."""
