"""A newsroom's program on LiteLLM's Router, with the service behind both of its forms, asked in both."""

import json
import sys

from litellm import Router
from litellm.exceptions import APIError, BadRequestError, UnprocessableEntityError

told = json.load(sys.stdin)
router = Router(
    model_list=[
        {
            "model_name": provider,
            "litellm_params": {"model": f"{provider}/latest", "api_base": told["url"], "api_key": told["key"]},
        }
        for provider in ("typesafe", "hosted_vllm", "openai")
    ]
)
nouls = {name: {"type": "noul", "instructions": text} for name, text in told["questions"].items()}
predicates = [{"type": "predicate", "name": name, "instructions": text} for name, text in told["questions"].items()]
found = {}
for provider in ("typesafe", "hosted_vllm", "openai"):
    one, other = [], []
    for article in told["articles"]:
        answers = router.systemone(model=provider, state=article, questions=nouls).model_dump()["answers"]
        one.append([answers[name]["noul"] for name in nouls])
        sent = json.dumps(article)
        answered = router.decisions(model=provider, input=sent, questions=predicates).model_dump()["answers"]
        assert [each["name"] for each in answered] == list(told["questions"])
        other.append([each["probability"] for each in answered])
    found[f"{provider}, systemone"], found[f"{provider}, decisions"] = one, other
choice = {"which": {"type": "choice", "instructions": "Which?", "criteria": dict.fromkeys(told["choice"])}}
answers = router.systemone(model="openai", state=told["articles"][0], questions=choice).model_dump()["answers"]
wrong = {"wrong": {"type": "noul", "instructions": told["wrong"]}}
refused = []
for provider in ("typesafe", "openai"):
    try:
        router.systemone(model=provider, state=told["articles"][0], questions=wrong)
    except (APIError, BadRequestError, UnprocessableEntityError) as error:
        refused.append([error.status_code, str(error)])
chosen = [answers["which"]["choice"], answers["which"]["confidence"]]
print(json.dumps({"probabilities": found, "chosen": chosen, "refused": refused}))
