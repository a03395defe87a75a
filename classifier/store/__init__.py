"""Models on disk: written, verified, mapped into memory, promoted."""
