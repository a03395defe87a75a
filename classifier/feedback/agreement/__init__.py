"""How far editors agree with the suggestions: counted over all feedback, and shown as a page."""

from classifier.feedback.agreement.counting import UNNAMED, Agreement, agreement_of, of_models, with_most_tags
from classifier.feedback.agreement.tally import CountedShare, Tally

__all__ = ["UNNAMED", "Agreement", "CountedShare", "Tally", "agreement_of", "of_models", "with_most_tags"]
