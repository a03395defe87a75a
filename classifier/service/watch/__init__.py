"""What the service reports about itself: metrics, and a second model in the shadow."""
