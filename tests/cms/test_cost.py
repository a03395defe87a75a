"""What the plugin costs a publish while the service is up."""

import statistics
import time

from tests.cms.stories import TERROR, TERROR_BODY

PUBLISHES = 20
MOST_SECONDS = 0.015
IDLE_SECONDS = 0.04
MOST_SHARE = 0.75


def test_a_publish_costs_at_most_fifteen_milliseconds_more(site, service, settings):
    # straight to the service: the gate of these tests costs time of its own
    site.configure(**settings | {"url": f"http://127.0.0.1:{service.port}"})
    excesses = []
    for _ in range(3):  # another program on this machine may spoil one round; the plugin would spoil all
        costs = {with_: [publish(site, with_) for _ in range(2)] and [] for with_ in (True, False)}
        for _ in range(PUBLISHES):
            for with_ in (True, False):
                costs[with_].append(publish(site, with_))
        medians = {with_: statistics.median(found) for with_, found in costs.items()}
        # where other programs slow a publish down by itself, they slow the plugin down with it
        limit = MOST_SECONDS if medians[False] < IDLE_SECONDS else MOST_SHARE * medians[False]
        excesses.append(medians[True] - medians[False] - limit)
        print(
            f"median of {PUBLISHES} publishes: {medians[True] * 1e3:.1f} ms with the plugin, "
            f"{medians[False] * 1e3:.1f} ms without"
        )
        if excesses[-1] <= 0:
            break
    assert min(excesses) <= 0


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
