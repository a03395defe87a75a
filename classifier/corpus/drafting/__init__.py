"""Drafting a vocabulary: from the labels of archives, and from the vocabularies of other systems."""
