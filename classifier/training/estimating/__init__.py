"""What a training run will need, before it begins to fit, and what there is."""
