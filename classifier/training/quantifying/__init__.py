"""The share of each section in an archive that nobody labelled, corrected for the model's own errors."""
