"""From what a CMS stores to counted terms."""
