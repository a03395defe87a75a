"""Cleaning in one compiled pass over UTF-8. It declines a source with anything rare, which `clean` reads with care."""
