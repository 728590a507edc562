"""What a replay must agree on with the truth. Each check raises AssertionError that names the first differences."""
from collections import Counter

from replay import first_of

TIMES = ("request_first_ns", "request_last_ns", "response_first_ns", "response_last_ns")
EXACT = TIMES + ("status", "request_body_bytes", "response_body_bytes", "interim", "aborted")


def same_counts(what, truth, replay):
    """Two dictionaries of counts; what is absent is 0."""
    wrong = {k: (truth.get(k, 0), replay.get(k, 0)) for k in truth.keys() | replay.keys() if truth.get(k, 0) != replay.get(k, 0)}
    if wrong:
        raise AssertionError(f"{what}: (truth, replay) differ: {dict(sorted(wrong.items(), key=str)[:12])}")


def same_multiset(what, truth, replay):
    truth, replay = Counter(truth), Counter(replay)
    missing, extra = truth - replay, replay - truth
    if missing or extra:
        raise AssertionError(f"{what}: {sum(missing.values())} missing, e.g. {list(missing)[:3]}; "
                             f"{sum(extra.values())} invented, e.g. {list(extra)[:3]}")


def identity(transaction):
    return transaction["client"], transaction["method"], transaction["target"]


def by_identity(transactions):
    """Requests of one client for one target, in the order of their times."""
    table = {}
    for t in transactions:
        table.setdefault(identity(t), []).append(t)
    for same in table.values():
        same.sort(key=lambda t: (t["request_first_ns"], t["request_last_ns"]))
    return table


def exact_transactions(traffic, replay):
    """Every transaction once, every field of it equal."""
    same_multiset("transactions", map(identity, traffic.transactions), map(identity, replay.transactions))
    seen = by_identity(replay.transactions)
    wrong = []
    for key, expected in by_identity(traffic.transactions).items():
        for truth, got in zip(expected, seen[key]):
            fields = EXACT
            if truth["cut"]:  # where a cut body ends is the reader's to say
                fields = [f for f in EXACT if f not in ("response_last_ns", "response_body_bytes")]
            if truth["request_cut"]:
                fields = ["request_first_ns", "aborted", "status"]
            wrong += [(key, f, truth[f], got.get(f)) for f in fields if truth[f] != got.get(f)]
            if truth["host"] != got.get("host"):
                wrong.append((key, "host", truth["host"], got.get("host")))
    if wrong:
        raise AssertionError(f"{len(wrong)} fields of transactions differ (key, field, truth, replay): {wrong[:5]}")


def exact_totals(traffic, replay):
    truth, got = traffic.totals, replay.totals
    same_counts("by_method", truth["http"]["by_method"], got["http"]["by_method"])
    same_counts("by_status", truth["http"]["by_status"], {k: n for k, n in got["http"]["by_status"].items() if k != "0"})
    templates = {k: n for k, n in got["http"]["by_template"].items() if k.startswith("/")}
    if len(templates) < 5:
        raise AssertionError(f"by_template names too few templates: {templates}")
    same_counts("by_template", {k: n for k, n in truth["http"]["by_template"].items() if k in templates}, templates)
    for name in ("packets", "transactions"):
        same_counts(name, {name: truth[name]}, {name: got[name]})
    same_counts("drops", truth["drops"], {k: n for k, n in got["drops"].items() if n})


def conservation(replay):
    got = replay.totals
    if got["packets"] != got["passed"] + sum(got["drops"].values()):
        raise AssertionError(f"packets {got['packets']} are not passed {got['passed']} + drops {got['drops']}")
    for name, journey in got["journeys"].items():
        if journey["starts"] != journey["open"] + sum(journey["outcomes"].values()):
            raise AssertionError(f"{name}: starts are not outcomes + open: {journey}")
    recorded = got["recorded"]
    parts = recorded["harvested"] + recorded["live"] + recorded["value_rejected"]
    same_counts("recorded", {"sum": recorded["recorded"]}, {"sum": parts})
    beacons = got["beacons"]
    same_counts("beacons seen", {"n": beacons["seen"]}, {"n": beacons["accepted"] + sum(beacons["rejected"].values())})


def beacon_key(beacon):
    ok, dur = beacon.get("ok"), beacon.get("dur_ms")
    return beacon["dialect"], beacon["type"], beacon.get("name") or "", ok, None if dur is None else float(dur)


def exact_beacons(traffic, replay):
    accepted = [b for b in traffic.beacons if "rejected" not in b]
    got = [b for b in replay.beacons if not b.get("rejected")]
    same_multiset("accepted beacons", map(beacon_key, accepted), map(beacon_key, got))
    templates = {first_of(b, "page", "page_template") for b in got} - {None, ""}
    pages = lambda beacons: Counter(p for b in beacons if (p := first_of(b, "page", "page_template")) in templates)
    same_counts("beacon pages", pages(accepted), pages(got))
    same_counts("rejected beacons", Counter(b["rejected"] for b in traffic.beacons if "rejected" in b),
                Counter(b["rejected"] for b in replay.beacons if b.get("rejected")))
    truth, totals = traffic.totals["beacons"], replay.totals["beacons"]
    same_counts("beacons accepted", {"n": truth["accepted"]}, {"n": totals["accepted"]})
    for name in ("by_type", "by_dialect", "rejected"):
        same_counts(f"beacons {name}", truth[name], {k: n for k, n in totals[name].items() if n})


def outcome_key(outcome, with_times):
    key = (outcome["journey"], outcome["outcome"], tuple(sorted(set(outcome["steps"]))))
    if with_times:
        key += (first_of(outcome, "start_ns", "start"), first_of(outcome, "duration_ns", "duration"))
    return key


def exact_outcomes(traffic, replay, with_times=True):
    truth = [o for o in traffic.outcomes if o["outcome"] != "open"]
    got = [o for o in replay.outcomes if o["outcome"] != "open"]
    same_multiset("outcomes", (outcome_key(o, with_times) for o in truth), (outcome_key(o, with_times) for o in got))
    for name, journey in traffic.totals["journeys"].items():
        seen = replay.totals["journeys"][name]
        same_counts(f"{name}", {k: journey[k] for k in ("starts", "open")}, {k: seen[k] for k in ("starts", "open")})
        same_counts(f"{name} outcomes", journey["outcomes"], {k: n for k, n in seen["outcomes"].items() if n})
        same_counts(f"{name} steps", journey["steps"], {k: n for k, n in seen["steps"].items() if n})


def exact_objectives(traffic, replay):
    """Every objective's verdicts, from its series over all values of the dimensions."""
    for name, journey in traffic.totals["journeys"].items():
        for objective, verdicts in journey["objectives"].items():
            got = Counter()
            for series in replay.totals["series"]:
                if (series["journey"], series["kind"], series["step"], series["scope"]) == (name, "objective", objective, "total"):
                    got[series["verdict"]] += series["count"]
            same_counts(f"{name} objective {objective}", verdicts, got)


def nothing_missed(traffic, replay):
    """Each wholly visible transaction is there with its times. Returns how many are after a gap, and how many of those were
    found; where requests are pipelined, what follows a gap is nobody's for sure, and not counted."""
    seen = Counter((identity(t), t["request_first_ns"], t["response_first_ns"], t["status"]) for t in replay.transactions)
    missed, after_gap, found = [], 0, 0
    for t in traffic.transactions:
        if not t["visible"] or t["request_cut"]:
            continue
        there = seen[(identity(t), t["request_first_ns"], t["response_first_ns"], t["status"])] > 0
        if t["after_gap"]:
            after_gap, found = after_gap + (not t["pipelines"]), found + (there and not t["pipelines"])
        elif not there:
            missed.append(t)
    if missed:
        raise AssertionError(f"{len(missed)} wholly visible transactions are missed, e.g. {missed[:3]}")
    return after_gap, found


def nothing_invented(traffic, replay):
    """Each reported request happened, not more often than it did; each answer is that of its own request."""
    happened = Counter(identity(t) for t in traffic.transactions)
    extra = Counter(identity(t) for t in replay.transactions) - happened
    if extra:
        raise AssertionError(f"{sum(extra.values())} requests are invented: {list(extra.items())[:5]}")
    answer = lambda t: (identity(t), t["request_first_ns"], t["response_first_ns"], t["status"])
    answers = {answer(t) for t in traffic.transactions}
    wrong = [answer(t) for t in replay.transactions if t["status"] != 0 and answer(t) not in answers]
    if wrong:
        raise AssertionError(f"{len(wrong)} answers belong to another request (request, first bytes, status): {wrong[:5]}")


def visible_beacons(traffic, replay):
    """Beacons of wholly visible requests, before any gap of their connection, are accepted; none is invented."""
    happened = Counter(beacon_key(b) for b in traffic.beacons if "rejected" not in b)
    must = Counter(beacon_key(b) for b in traffic.beacons if "rejected" not in b and b["visible"] and not b["after_gap"])
    got = Counter(beacon_key(b) for b in replay.beacons if not b.get("rejected"))
    if must - got:
        raise AssertionError(f"beacons missed: {list((must - got).items())[:5]}")
    if got - happened:
        raise AssertionError(f"beacons invented: {list((got - happened).items())[:5]}")
