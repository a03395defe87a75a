"""Quality in other languages, near copies, and the share of letters that terms hold."""
