"""A newsroom's program on the client that openapi-python-client generates. It prints what it was answered as JSON."""

import json
import os

from copydesk_client import AuthenticatedClient
from copydesk_client.api.feedback import send_feedback
from copydesk_client.api.tagging import tag, tag_batch, tag_ninjs
from copydesk_client.models import BatchRequest, Feedback, NinjsRequest, NinjsText, Problem, TagRequest

article = json.loads(os.environ["ARTICLE"])
client = AuthenticatedClient(base_url=os.environ["URL"], token=os.environ["KEY"])

tagged = tag.sync(client=client, body=TagRequest(**article, rejected=["conflicts"]))
explained = tag.sync(client=client, body=TagRequest(**article), explain=True)
batch = tag_batch.sync(client=client, body=BatchRequest(articles=[TagRequest(**article), TagRequest(body="Rain.")]))
feedback = Feedback(article=article["id"], revision="1", kept=[tagged.tags[0].section], model=tagged.model)
first, second = (send_feedback.sync(client=client, body=feedback) for _ in range(2))
item = NinjsRequest(uri="urn:x:1", headlines=[NinjsText(role="main", value=article["headline"])])
refused = tag.sync(client=client, body=TagRequest(body=""))
assert isinstance(refused, Problem)

words = [explained.text[start:end] for each in explained.tags[0].evidence for start, end in each.spans]
print(
    json.dumps(
        {
            "tags": [each.section for each in tagged.tags],
            "words": words,
            "batch": [answer.outcome for answer in batch.results],
            "stored": [first.stored, second.stored],
            "subjects": [subject.literal for subject in tag_ninjs.sync(client=client, body=item).subjects],
            "refused": refused.status,
        }
    )
)
