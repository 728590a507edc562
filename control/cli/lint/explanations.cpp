#include "control/cli/lint/explanations.h"

#include <algorithm>
#include <array>

namespace bellrock::cli {
namespace {

constexpr std::array kExplanations{
    Explanation{"BR1302",
                "A literal segment beats a placeholder. Where each of two templates is the more literal one at another "
                "place,\nnothing decides which of them a path belongs to.",
                R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {templates: ["/{lang}/cart", "/en/{page}"]}
)",
                R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {templates: ["/{lang}/cart", "/{lang}/{page}"]}
)"},
    Explanation{"BR1402",
                "An attempt ends by a success, a failure or a cancellation. Without any of them only time ends it, and "
                "nothing\nis ever known of it.",
                R"(steps:
  - {name: query, kind: start, match: {http: {at: request, path: /search}}}
  - {name: page, kind: ack, match: {http: {at: response, path: /search, status: 2xx}}}
)",
                R"(steps:
  - {name: query, kind: start, match: {http: {at: request, path: /search}}}
  - {name: page, kind: success, match: {http: {at: response, path: /search, status: 2xx}}}
)"},
    Explanation{"BR1508",
                "A burn rate is a multiple of what may be bad. At a low target little more than everything would have "
                "to be\nbad: 2 % of a 28 days' budget in one hour is 13.44 times what may be bad, and with a target of "
                "0.9 that is\n134 % of all attempts.",
                R"(apiVersion: bellrock/v1
kind: Policy
metadata: {name: searches}
spec: {objectives: [search/fast], alerts: [{severity: page, burned: 0.02, in: 1h, and: 5m}]}
)",
                R"(apiVersion: bellrock/v1
kind: Policy
metadata: {name: searches}
spec: {objectives: [search/fast], alerts: [{severity: page, burned: 0.05, in: 6h, and: 30m}]}
)"},
    Explanation{
        "BR1901",
        "What is in neither list counts neither as good nor as bad. That may be what is meant; if nobody thought "
        "of it,\nthe ratio is better than what visitors see.",
        R"(objectives:
  - {name: works, sli: success, target: 0.99, bad: [failed.system]}
)",
        R"(objectives:
  - {name: works, sli: success, target: 0.99, bad: [failed.system, abandoned], exclude: [superseded]}
)"},
    Explanation{"BR1902",
                "Without a target there is nothing to meet or to miss: no status, no error budget, no alert. The "
                "latencies are\nkept all the same.",
                R"(objectives:
  - {name: quick, sli: latency, from: query, to: results, clock: {client: beacon.dur}, op: lt, value: 1s}
)",
                R"(objectives:
  - {name: quick, sli: latency, from: query, to: results, clock: {client: beacon.dur}, op: lt, value: 1s, target: 0.95}
)"},
    Explanation{
        "BR1904",
        "Good is a success. A journey whose attempts end only badly, or by time, has no good ones, and its ratio "
        "is 0\nor unknown.",
        R"(steps:
  - {name: query, kind: start, match: {http: {at: request, path: /search}}}
  - {name: broken, kind: failure, class: system, match: {http: {at: response, path: /search, status: 5xx}}}
objectives:
  - {name: works, sli: success, target: 0.99, bad: [failed.system, abandoned], exclude: [superseded]}
)",
        R"(steps:
  - {name: query, kind: start, match: {http: {at: request, path: /search}}}
  - {name: found, kind: success, match: {http: {at: response, path: /search, status: 2xx}}}
  - {name: broken, kind: failure, class: system, match: {http: {at: response, path: /search, status: 5xx}}}
objectives:
  - {name: works, sli: success, target: 0.99, bad: [failed.system, abandoned], exclude: [superseded]}
)"},
    Explanation{
        "BR1905",
        "/a/{x} and /a/{y} are one template: a placeholder's name means nothing. One of the two is too many, or "
        "a\nslip.",
        R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {templates: ["/product/{id}", "/product/{sku}"]}
)",
        R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {templates: ["/product/{id}"]}
)"},
    Explanation{"BR2001",
                "`lt` is below, `lte` at most. Durations are kept to the nanosecond, but clients send whole "
                "milliseconds, and\nthere exactly 1000 ms is not rare: with `lt` and 1s it is bad.",
                R"(objectives:
  - {name: quick, sli: latency, from: query, to: results, clock: {client: beacon.dur}, op: lt, value: 1s, target: 0.95}
)",
                R"(objectives:
  - {name: quick, sli: latency, from: query, to: results, clock: {client: beacon.dur}, op: lte, value: 1s, target: 0.95}
)"},
    Explanation{"BR2002",
                "\"More than 99.2 %\" and \"at least 99.2 %\" differ where exactly 992 of 1000 attempts are good. With "
                "`strict` that\nmisses the target; without it the target is met.",
                R"(objectives:
  - name: works
    sli: success
    target: 0.992
    strict: true
    bad: [failed.system, abandoned]
    exclude: [superseded]
)",
                R"(objectives:
  - name: works
    sli: success
    target: 0.992
    bad: [failed.system, abandoned]
    exclude: [superseded]
)"},
    Explanation{"BR2003",
                "A success that comes after the window is late, and its attempt already a silent failure. When one "
                "attempt in a\nhundred takes longer than the window, failures are counted that are none. Needs --from: "
                "what a centre has\ncounted in seven days; a time is compared that an objective measures from the ack "
                "to the success, else one\nthat the real one is certainly longer than.",
                R"(silent_failure: {after: page, expect: results, within: 2s}
)",
                R"(silent_failure: {after: page, expect: results, within: 10s}
)"},
    Explanation{
        "BR2004",
        "Objectives whose Policy lists no alerts have those of the workbook, which are made for targets of 99 % "
        "and\nmore. At a low target the fastest of them asks for more bad attempts than there are attempts, so "
        "that it stays\nsilent in a full outage; the slower ones still fire.",
        R"(objectives:
  - {name: works, sli: success, target: 0.9, bad: [failed.system, abandoned], exclude: [superseded]}
)",
        R"(objectives:
  - {name: works, sli: success, target: 0.95, bad: [failed.system, abandoned], exclude: [superseded]}
)"},
    Explanation{
        "BR2005",
        "A message is offered to the steps in the order of the list, and the first that can count takes it. A "
        "start and a\nsuccess always take (of a success without an attempt it is counted that it came); while an "
        "attempt is open, so do\nfailures and cancellations, and commits, acks and observations that are "
        "`repeatable`. Conditions are compared by\nwhat meets them: what is 5, or one of 1 and 2, is at least 0.",
        R"(steps:
  - {name: query, kind: start, match: {beacon: {event: search}}}
  - {name: seen, kind: observe, repeatable: true, match: {http: {at: response, path: /search}}}
  - {name: results, kind: success, match: {http: {at: response, path: /search, status: 2xx}}}
  - {name: gone, kind: cancel, match: {beacon: {event: search.cancel}}}
)",
        R"(steps:
  - {name: query, kind: start, match: {beacon: {event: search}}}
  - {name: results, kind: success, match: {http: {at: response, path: /search, status: 2xx}}}
  - {name: seen, kind: observe, repeatable: true, match: {http: {at: response, path: /search}}}
  - {name: gone, kind: cancel, match: {beacon: {event: search.cancel}}}
)"},
    Explanation{"BR2006",
                "It has ending steps, but an earlier step takes every message of each of them: attempts begin and are "
                "given up\nby time alone.",
                R"(steps:
  - {name: query, kind: start, match: {beacon: {event: search}}}
  - {name: any, kind: observe, repeatable: true, match: {beacon: {}}}
  - {name: results, kind: success, match: {beacon: {event: search.results}}}
)",
                R"(steps:
  - {name: query, kind: start, match: {beacon: {event: search}}}
  - {name: results, kind: success, match: {beacon: {event: search.results}}}
  - {name: any, kind: observe, repeatable: true, match: {beacon: {}}}
)"},
    Explanation{"BR2007",
                "An edge that serves is sent beacons and nothing else: the site's own requests and answers go to its "
                "servers, past\nit. A journey that begins, commits or ends by an HTTP message never does so there; "
                "with beacons for these steps\nit does, and an edge that observes the site sees both.",
                R"(apiVersion: bellrock/v1
kind: Edge
spec:
  mode: terminate
  port: {xdp: {interface: eth0}}
  terminate: {addresses: [192.0.2.10]}
)",
                R"(apiVersion: bellrock/v1
kind: Edge
spec:
  mode: observe
  port: {eal: ["--vdev=net_af_packet0,iface=eth0"]}
)"},
    Explanation{
        "BR2008",
        "Back and loop are returns from one page to another. Where beacons tell of page views, all pages that "
        "are not\nlisted are one page, which nobody leaves; where requests do, only listed ones are pages. With "
        "two to tell apart,\nthere is something to return from.",
        R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {frustration: {back: 5s}}
)",
        R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {frustration: {back: 5s, pages: [/cart]}}
)"},
    Explanation{
        "BR2009",
        "Page views are timed in tenths of a second. More of them than there are tenths in the window is what a "
        "program\ndoes, and perhaps a slip: 800ms where 8s was meant. A loop of two returns is five page views.",
        R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {frustration: {thrash: {views: 8, within: 500ms}, pages: [/cart]}}
)",
        R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {frustration: {thrash: {views: 8, within: 5s}, pages: [/cart]}}
)"},
    Explanation{
        "BR2010",
        "A step is a retry of the visitor's newest attempt, which is remembered for its journey's `attempt.idle` "
        "after it\nended. A longer `retry` is cut short there, at one journey and not at another.",
        R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {frustration: {retry: 2m, pages: [/cart]}}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: lookup}
spec:
  identity: web
  attempt: {idle: 1m}
  steps:
    - {name: ask, kind: start, match: {http: {at: request, path: /lookup}}}
    - {name: told, kind: success, match: {http: {at: response, path: /lookup}}}
)",
        R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {frustration: {retry: 1m, pages: [/cart]}}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: lookup}
spec:
  identity: web
  attempt: {idle: 1m}
  steps:
    - {name: ask, kind: start, match: {http: {at: request, path: /lookup}}}
    - {name: told, kind: success, match: {http: {at: response, path: /lookup}}}
)"},
    Explanation{"BR2011",
                "A and back to A by way of B, in no more time than a quick back may take from B: that is both signs at "
                "once, and\ntheir sum counts it twice. A loop is more than a way back when it is two returns, or may "
                "take longer.",
                R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {frustration: {back: 10s, loop: {returns: 1, within: 10s}, pages: [/cart]}}
)",
                R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {frustration: {back: 10s, loop: {returns: 1, within: 90s}, pages: [/cart]}}
)"}};

}  // namespace

const Explanation* explanation_of(std::string_view code) {
  const auto found = std::find_if(kExplanations.begin(), kExplanations.end(),
                                  [code](const Explanation& one) { return one.code == code; });
  return found == kExplanations.end() ? nullptr : &*found;
}

}  // namespace bellrock::cli
