"""Section and Sections: the closed vocabulary that a newsroom tags with."""

from classifier.sections.section import Section, is_visible
from classifier.sections.vocabulary import MAX_ANCESTORS, Sections

__all__ = ["MAX_ANCESTORS", "Section", "Sections", "is_visible"]
