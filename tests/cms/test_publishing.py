"""Publishing through WordPress's own doors, in apply mode: what the model is sure of is set, what an editor does is kept."""

from tests.cms.conftest import MISSING
from tests.cms.stories import PARK, PARK_BODY, TERROR, TERROR_BODY


def test_publishing_by_rest_tags_the_post_and_the_answer_shows_it(site, front):
    post = site.publish(TERROR, TERROR_BODY)
    assert site.categories["security-watch"] in post["categories"]
    assert site.categories["uncategorized"] not in post["categories"]
    assert len(front.asked_about(post["id"])) == 1
