"""A newsroom's program on OpenAI's SDK for Python. It prints the probabilities that it was given as JSON."""

import json
import sys

import openai

told = json.load(sys.stdin)
client = openai.OpenAI(base_url=f"{told['url']}/v1", api_key=told["key"])
questions = [{"type": "predicate", "name": name, "instructions": text} for name, text in told["questions"].items()]


def ask(article, asked):
    text = json.dumps(article, ensure_ascii=False)
    message = {"role": "user", "content": [{"type": "input_text", "text": text}]}
    return client.decisions.create(model="latest", input=[message], questions=asked)


found = []
for article in told["articles"]:
    decision = ask(article, questions)
    assert [answer.name for answer in decision.answers] == list(told["questions"])
    assert decision.usage.total_tokens == decision.usage.input_tokens > 0
    found.append([answer.probability for answer in decision.answers])
choices = [{"value": value} for value in told["choice"]]
chosen = ask(told["articles"][0], [{"type": "choice", "instructions": "Which?", "choices": choices}]).answers[0]
try:
    ask(told["articles"][0], [{"type": "predicate", "name": "wrong", "instructions": told["wrong"]}])
except openai.UnprocessableEntityError as error:
    refused = [error.status_code, str(error)]
print(json.dumps({"probabilities": found, "chosen": [chosen.choice, chosen.confidence], "refused": refused}))
