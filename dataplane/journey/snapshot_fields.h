// Which fields a snapshot holds, in which order: one `visit` per struct, used to write and to read. The structured
// bindings name every member, so that a member added to definition.h does not compile until it travels too.
// Private to snapshot.cpp.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "dataplane/journey/definition.h"

namespace bellrock::journey {

// T as an archive sees it: to be filled by a reader, constant for a writer.
template <typename Archive, typename T>
using Seen = std::conditional_t<Archive::kReading, T, const T>;

// The last enumerator of each enumeration that travels; a byte above it is refused.
constexpr SourceKind last_of(SourceKind) { return SourceKind::kAnswerTime; }
constexpr Compare last_of(Compare) { return Compare::kPresent; }
constexpr ValueType last_of(ValueType) { return ValueType::kBool; }
constexpr LeafKind last_of(LeafKind) { return LeafKind::kReport; }
constexpr NodeOp last_of(NodeOp) { return NodeOp::kNot; }
constexpr StepKind last_of(StepKind) { return StepKind::kObserve; }
constexpr FailureClass last_of(FailureClass) { return FailureClass::kSystem; }
constexpr Sli last_of(Sli) { return Sli::kConsistency; }
constexpr FailedRule last_of(FailedRule) { return FailedRule::kExclude; }
constexpr SupersededRule last_of(SupersededRule) { return SupersededRule::kBad; }
constexpr VisitorAspect last_of(VisitorAspect) { return VisitorAspect::kBrowser; }
constexpr VisitorField last_of(VisitorField) { return VisitorField::kPlatform; }

// A vector together with the number of elements it may have.
template <typename Vector>
struct Bounded {
  Vector& items;
  std::size_t max;
};
template <typename Vector>
Bounded<Vector> up_to(std::size_t max, Vector& items) {
  return {items, max};
}

template <typename A>
void visit(A& a, Seen<A, PathTemplate>& t) {
  auto& [text, segments] = t;
  a(text, up_to(kTemplateSegmentsMax, segments));
}
template <typename A>
void visit(A& a, Seen<A, Source>& s) {
  auto& [kind, header, name, subfield] = s;
  a(kind, header, name, subfield);
}
template <typename A>
void visit(A& a, Seen<A, Identity>& i) {
  auto& [name, keys, max, idle, reorder_wait, link] = i;
  a(name, up_to(kIdentityKeysMax, keys), max, idle, reorder_wait, link);
}
template <typename A>
void visit(A& a, Seen<A, Dimension>& d) {
  auto& [name, source, values, bounds, top] = d;
  a(name, source, up_to(kDimensionValuesMax, values), up_to(kDimensionValuesMax, bounds), top);
}
template <typename A>
void visit(A& a, Seen<A, Correlate>& c) {
  auto& [from] = c;
  a(up_to(kCorrelateSourcesMax, from));
}
template <typename A>
void visit(A& a, Seen<A, Clock>& c) {
  auto& [is_attr, attr] = c;
  a(is_attr, attr);
}
template <typename A>
void visit(A& a, Seen<A, Literal>& l) {
  auto& [type, text, number] = l;
  a(type, text, number);
}
template <typename A>
void visit(A& a, Seen<A, Condition>& c) {
  auto& [name, op, values] = c;
  a(name, op, up_to(kConditionValuesMax, values));
}
template <typename A>
void visit(A& a, Seen<A, Leaf>& l) {
  auto& [kind, host, method, path, query, classes, statuses, none, aborted, event, url, attrs] = l;
  a(kind, host, method, path, up_to(kConditionsMax, query), classes, up_to(kStatusesMax, statuses), none, aborted);
  a(event, url, up_to(kConditionsMax, attrs));
}
template <typename A>
void visit(A& a, Seen<A, Node>& n) {
  auto& [op, first, count] = n;
  a(op, first, count);
}
template <typename A>
void visit(A& a, Seen<A, Step>& s) {
  auto& [name, kind, failure_class, optional, repeatable, within, root, on_http_response] = s;
  a(name, kind, failure_class, optional, repeatable, within, root, on_http_response);
}
template <typename A>
void visit(A& a, Seen<A, Objective>& o) {
  auto& [name, sli, version, count_from, bad, exclude, waited_over, from, to, or_equal, threshold, failed, superseded,
         has_client_clock, client_clock, edge_clock, of, min_attempts, target, max_unknown, has_max_unknown, strict] =
      o;
  a(name, sli, version, count_from, bad, exclude, waited_over);
  a(from, to, or_equal, threshold, failed, superseded, has_client_clock, client_clock, edge_clock);
  a(of, min_attempts, target, max_unknown, has_max_unknown, strict);
}
template <typename A>
void visit(A& a, Seen<A, SilentFailure>& s) {
  auto& [watched, after, expect, within, by_http, by_beacon] = s;
  a(watched, after, expect, within, by_http, by_beacon);
}
template <typename A>
void visit(A& a, Seen<A, MoneyValue>& v) {
  auto& [amount, at, currency, version] = v;
  a(amount, at, currency, version);
}
template <typename A>
void visit(A& a, Seen<A, Effect>& e) {
  auto& [name, of, outcomes, table, hazard, version, strata] = e;
  a(name, of, outcomes, table, hazard, version, up_to(kStrataMax, strata));
}
template <typename A>
void visit(A& a, Seen<A, Feedback>& f) {
  auto& [questions, has_latency, of, version] = f;
  a(questions, has_latency, of, version);
}
template <typename A>
void visit(A& a, Seen<A, Recovery>& r) {
  auto& [within, version] = r;
  a(within, version);
}
template <typename A>
void visit(A& a, Seen<A, Journey>& j) {
  auto& [name, owner, labels, identity, idle, strict_order, continues, per_session, synthetic, silent, correlate, value,
         version, steps, objectives, dimensions, marks, has_commit, effects, feedback, distinct, recovery, stories_kept,
         stories_replay] = j;
  a(name, owner, up_to(kLabelsMax, labels), identity, idle, strict_order, continues, per_session, synthetic);
  a(silent, correlate);
  a(value, version);
  a(up_to(kStepsMax, steps), up_to(kObjectivesMax, objectives), up_to(kJourneyDimensionsMax, dimensions));
  a(up_to(kMarksMax, marks), has_commit, up_to(kEffectsMax, effects), feedback, distinct, recovery, stories_kept);
  a(stories_replay);
}
template <typename A>
void visit(A& a, Seen<A, Site>& s) {
  auto& [name, hosts, beacon_paths] = s;
  a(name, up_to(kSiteHostsMax, hosts), up_to(kSitePathsMax, beacon_paths));
}
template <typename A>
void visit(A& a, Seen<A, Limits>& l) {
  auto& [workers, connections, sessions, attempts, cells, pages, held, click_places, links, trails, seen_pages,
         body_bytes_max, idle, verify, ports] = l;
  a(workers, connections, sessions, attempts, cells, pages, held, links, body_bytes_max, idle, verify);
  a(up_to(kServerPortsMax, ports), click_places, trails, seen_pages);
}
template <typename A>
void visit(A& a, Seen<A, Port>& p) {
  auto& [eal, pcap_file, xdp_interface, xdp_first_queue] = p;
  a(up_to(kEalArgumentsMax, eal), pcap_file, xdp_interface, xdp_first_queue);
}
template <typename A>
void visit(A& a, Seen<A, IpAddress>& i) {
  auto& [high, low] = i;
  a(high, low);
}
template <typename A>
void visit(A& a, Seen<A, Serve>& s) {
  auto& [on, addresses, ports, owned, mtu, connections_per_source, syn_acks_per_second, resets_per_second,
         requests_per_second, request_burst, requests_per_connection, pool_blocks, out_of_order_bytes, idle,
         head_timeout, body_timeout, reply_timeout, health_path, snippet_file, snippet_path, snippet_max_age] = s;
  a(on, up_to(kServedAddressesMax, addresses), up_to(kServerPortsMax, ports), owned, mtu);
  a(connections_per_source, syn_acks_per_second, resets_per_second, requests_per_second, request_burst);
  a(requests_per_connection, pool_blocks, out_of_order_bytes, idle, head_timeout, body_timeout, reply_timeout);
  a(health_path, snippet_file, snippet_path, snippet_max_age);
}
template <typename A>
void visit(A& a, Seen<A, VisitorRule>& r) {
  auto& [aspect, field, at_start, value, text, lacks] = r;
  a(aspect, field, at_start, value, text, up_to(kVisitorLacksMax, lacks));
}
template <typename A>
void visit(A& a, Seen<A, VisitorRules>& v) {
  auto& [version, browsers, rules, filtered] = v;
  a(version, up_to(kBrowsersMax, browsers), up_to(kVisitorRulesMax, rules), filtered);
}
template <typename A>
void visit(A& a, Seen<A, ClickGrid>& g) {
  auto& [on, suppress_below, every] = g;
  a(on, suppress_below, every);
}
template <typename A>
void visit(A& a, Seen<A, FrustrationRules>& r) {
  auto& [back, loop_returns, loop, thrash_views, thrash, retry] = r;
  a(back, loop_returns, loop, thrash_views, thrash, retry);
}
template <typename A>
void visit(A& a, Seen<A, Frustration>& f) {
  auto& [on, by_requests, other, pages] = f;
  a(on, by_requests, other, up_to(kFrustrationPagesMax, pages));
}
template <typename A>
void visit(A& a, Seen<A, Coverage>& c) {
  auto& [on, identity, within, has_place, place, split] = c;
  a(on, identity, within, has_place, place, split);
}
template <typename A>
void visit(A& a, Seen<A, CoverageCall>& c) {
  auto& [path, event] = c;
  a(path, event);
}
template <typename A>
void visit(A& a, Seen<A, Definition>& d) {
  auto& [sites, templates, headers, identities, dimensions, correlates, amounts, clocks, leaves, nodes, journeys,
         limits, port, serve, visitors, vital_pages, click_pages, click_grid, frustration_pages, frustration,
         coverage_pages, coverage, coverage_calls, replay_prefix, error_pages, error_top] = d;
  a(up_to(kSitesMax, sites), up_to(kTemplatesMax + 1, templates), up_to(kHeaderInterestsMax, headers));
  a(up_to(kIdentitiesMax, identities), up_to(kDimensionsMax, dimensions), up_to(kCorrelatesMax, correlates));
  a(up_to(kAmountsMax, amounts), up_to(kClocksMax, clocks));
  a(up_to(kMatchNodesMax, leaves), up_to(kMatchNodesMax, nodes), up_to(kJourneysMax, journeys), limits, port, serve);
  a(visitors, up_to(kVitalPagesMax, vital_pages), up_to(kClickPagesMax, click_pages), click_grid);
  a(up_to(kFrustrationPagesMax, frustration_pages), frustration);
  a(up_to(kCoveragePagesMax, coverage_pages), coverage, up_to(kCoverageCallsMax, coverage_calls));
  a(replay_prefix, up_to(kErrorPagesMax, error_pages), error_top);
}

}  // namespace bellrock::journey
