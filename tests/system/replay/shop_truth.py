"""What is to be seen of a walk through the demo shop, by what the visitors and the server say (tools/shop)."""
from collections import Counter

GONE = 499  # nginx's word for a client that left before its answer


def http_counts(truth):
    requests = truth["requests"]
    return {
        "transactions": len(requests),
        "by_method": dict(Counter(r["method"] for r in requests)),
        "by_status": dict(Counter(str(r["status"]) for r in requests if r["status"] != GONE)),
        "aborted": sum(r["status"] == GONE for r in requests),
    }


def beacon_counts(truth):
    beacons = truth["beacons"]
    return {"accepted": len(beacons), "by_type": dict(Counter(b["type"] for b in beacons))}


def attr_verdicts(truth, event, attr, below_ms):
    """How many beacons of this name carry a duration below the threshold, and how many another one."""
    values = [b["attrs"][attr] for b in truth["beacons"] if b.get("name") == event]
    good = sum(value < below_ms for value in values)
    return {"good": good, "bad": len(values) - good}
