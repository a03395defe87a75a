"""A newsroom's program on the Python client of openapi-generator. It prints what it was answered as JSON."""

import json
import os

import copydesk_api

article = json.loads(os.environ["ARTICLE"])
settings = copydesk_api.Configuration(host=os.environ["URL"], access_token=os.environ["KEY"])

with copydesk_api.ApiClient(settings) as client:
    tagging, editors = copydesk_api.TaggingApi(client), copydesk_api.FeedbackApi(client)
    tagged = tagging.tag(copydesk_api.TagRequest(**article, rejected=["conflicts"]))
    explained = tagging.tag(copydesk_api.TagRequest(**article), explain=True)
    articles = [copydesk_api.TagRequest(**article), copydesk_api.TagRequest(body="Rain.")]
    batch = tagging.tag_batch(copydesk_api.BatchRequest(articles=articles))
    feedback = copydesk_api.Feedback(
        article=article["id"], revision="2", kept=[tagged.tags[0].section], model=tagged.model
    )
    first, second = (editors.send_feedback(feedback) for _ in range(2))
    text = copydesk_api.NinjsText(role="main", value=article["headline"])
    item = tagging.tag_ninjs(copydesk_api.NinjsRequest(uri="urn:x:1", headlines=[text]))
    plain = tagging.tag_text(article["body"])
    try:
        tagging.tag(copydesk_api.TagRequest(body=""))
    except copydesk_api.ApiException as error:
        refused = error.status

words = [explained.text[start:end] for each in explained.tags[0].evidence for start, end in each.spans]
print(
    json.dumps(
        {
            "tags": [each.section for each in tagged.tags],
            "words": words,
            "batch": [answer.outcome for answer in batch.results],
            "stored": [first.stored, second.stored],
            "subjects": [subject.literal for subject in item.subjects],
            "plain": [each.section for each in plain.tags],
            "refused": refused,
        }
    )
)
