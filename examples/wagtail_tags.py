"""Tag a Wagtail page when it is published.

Copy this file and client.py into your project, and change the import of client.py below to its new place. Then connect
`add_sections` in the `ready` of your app's AppConfig:

    page_published.connect(add_sections, sender=ArticlePage)

The page has `sections`, a ParentalManyToManyField to a model with a `slug`, and `body`; both names are only examples.
COPYDESK_URL and COPYDESK_KEY are Django settings.
"""

from django.conf import settings

from examples.client import Copydesk


def add_sections(instance, **_more):
    """Add the sections that the service is sure of, and keep those that the editor chose."""
    service = Copydesk(settings.COPYDESK_URL, getattr(settings, "COPYDESK_KEY", None))
    chosen = list(instance.sections.values_list("slug", flat=True))
    article = {"id": str(instance.pk), "headline": instance.title, "body": str(instance.body), "current": chosen}
    tags = service.tags(article) or []  # no answer: the page is published without tags
    service.close()
    sure = [tag["section"] for tag in tags if tag["decision"] == "apply"]
    if found := instance.sections.model.objects.filter(slug__in=sure):
        instance.sections.add(*found)
        instance.save()  # the sections are stored when the page is saved
