"""A newsroom's program on TypeSafe's SDK for Python, which packs its bodies with zstd."""

import json
import sys

from typesafe_sdk import Choice, Noul, TypeSafeClient, TypeSafeUnprocessableEntityError

told = json.load(sys.stdin)
client = TypeSafeClient(base_url=told["url"], api_key=told["key"], model="latest")
questions = {name: Noul(instructions=text) for name, text in told["questions"].items()}
found = []
for article in told["articles"]:
    answers = client.system_one(article, questions).answers
    assert list(answers) == list(questions)
    found.append([answer.noul for answer in answers.values()])
choice = {"which": Choice(instructions="Which?", criteria=dict.fromkeys(told["choice"]))}
chosen = client.system_one(told["articles"][0], choice).answers["which"]
try:
    client.system_one(told["articles"][0], {"wrong": Noul(instructions=told["wrong"])})
except TypeSafeUnprocessableEntityError as error:
    refused = [422, str(error)]
print(json.dumps({"probabilities": found, "chosen": [chosen.choice, chosen.confidence], "refused": refused}))
