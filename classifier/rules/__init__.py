"""From a margin to a tag, and why: the same for serving and for training."""
