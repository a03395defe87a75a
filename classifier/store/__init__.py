"""Models on disk: written, verified, promoted and rolled back."""
