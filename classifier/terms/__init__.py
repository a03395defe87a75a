"""The analyzer: from bytes to numbered terms."""
