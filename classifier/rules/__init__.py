"""From a margin to a tag, and from a tag to its reasons: the same code for serving and for training."""
