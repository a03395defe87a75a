"""The queries of requests: flags, filters and pages."""
