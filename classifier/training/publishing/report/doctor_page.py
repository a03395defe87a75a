"""The page of ``copydesk doctor``, in the style of the report."""

from classifier.training.diagnosing.proposals import Diagnosis
from classifier.training.publishing.report.render import page_environment


def doctor_page(found: Diagnosis) -> str:
    """Return the proposals as HTML that needs no other file."""
    return page_environment().get_template("doctor.html.j2").render(found=found)
