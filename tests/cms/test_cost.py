"""What the plugin costs a publish while the service is up."""

import statistics
import time

from tests.cms.stories import TERROR, TERROR_BODY

PUBLISHES = 20
MOST_SECONDS = 0.015


def test_a_publish_costs_at_most_fifteen_milliseconds_more(site, service, settings):
    # straight to the service: the gate of these tests costs time of its own
    site.configure(**settings | {"url": f"http://127.0.0.1:{service.port}"})
    differences = []
    for _ in range(3):  # another program on this machine may spoil one round; the plugin would spoil all
        costs = {with_: [publish(site, with_) for _ in range(2)] and [] for with_ in (True, False)}
        for _ in range(PUBLISHES):
            for with_ in (True, False):
                costs[with_].append(publish(site, with_))
        medians = {with_: statistics.median(found) for with_, found in costs.items()}
        differences.append(medians[True] - medians[False])
        print(
            f"median of {PUBLISHES} publishes: {medians[True] * 1e3:.1f} ms with the plugin, "
            f"{medians[False] * 1e3:.1f} ms without"
        )
        if differences[-1] <= MOST_SECONDS:
            break
    assert min(differences) <= MOST_SECONDS


def publish(site, with_plugin):
    headers = {} if with_plugin else {"X-Without-Copydesk": "1"}
    data = {"title": TERROR, "content": TERROR_BODY, "status": "publish"}
    start = time.perf_counter()
    answer = site.admin.post("/wp-json/wp/v2/posts", json=data, headers=headers)
    seconds = time.perf_counter() - start
    assert answer.status_code == 201
    tagged = site.categories["security-watch"] in answer.json()["categories"]
    assert tagged == with_plugin
    return seconds
