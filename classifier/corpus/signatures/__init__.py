"""MinHash signatures, compiled."""
