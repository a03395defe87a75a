"""The quality of tags by the length of the text."""
