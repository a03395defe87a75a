"""From the source that a CMS stores to the text of a story."""
