"""A newsroom's program on langchain-openai."""

import json
import sys

import openai
from langchain_openai.decisions import Choice, OpenAIDecisions, Predicate

told = json.load(sys.stdin)
decisions = OpenAIDecisions(model="latest", base_url=f"{told['url']}/v1", api_key=told["key"])
questions = {name: Predicate(instructions=text) for name, text in told["questions"].items()}
found = []
for article in told["articles"]:
    predicates = decisions.invoke({"input": article, "questions": questions}).predicates
    found.append([predicates[name].probability for name in questions])
choice = {"which": Choice(instructions="Which?", choices=dict.fromkeys(told["choice"]))}
chosen = decisions.invoke({"input": told["articles"][0], "questions": choice}).choices["which"]
try:
    decisions.invoke({"input": told["articles"][0], "questions": {"wrong": Predicate(instructions=told["wrong"])}})
except openai.UnprocessableEntityError as error:
    refused = [error.status_code, str(error)]
print(json.dumps({"probabilities": found, "chosen": [chosen.choice, chosen.confidence], "refused": refused}))
