// What goes through a snapshot comes back, and what no configuration can be is found. Longer than 400 lines: a test for
// each part of a definition, all by the same few helpers.
#include "dataplane/journey/snapshot.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace bellrock::journey {
namespace {

Serve full_serve() {
  return {true,
          {{1, 2}, {3, 4}},
          {80, 81},
          false,
          1'400,
          5,
          6,
          7,
          8,
          9,
          10,
          64,
          1u << 17,
          kMinute,
          2 * kSecond,
          3 * kSecond,
          5 * kSecond,
          "/health",
          "snippet.js",
          "/s.js",
          4 * kSecond};
}

// Every field differs from its default, so that one which did not travel would be missed.
Journey full_journey() {
  Journey j;
  j.name = "checkout";
  j.owner = "team";
  j.labels = {"kpi=revenue"};
  j.idle = kMinute;
  j.strict_order = true;
  j.version = 77;
  j.steps = {{"open", StepKind::kStart, FailureClass::kUser, true, true, kSecond, 0, true},
             {"pay", StepKind::kCommit, FailureClass::kBusiness, false, false, 0, 3, false},
             {"ok", StepKind::kAck, FailureClass::kSystem, false, false, 0, 0, true},
             {"done", StepKind::kSuccess, FailureClass::kSystem, false, false, 0, 0, false}};
  j.restart_continues = true;
  j.correlate = 1;
  j.value = {1, StepId(1), "EUR", 99};
  j.silent = {true, StepId(2), StepId(3), 30 * kSecond, true, true};
  Objective o;
  o.name = "success";
  o.sli = Sli::kLatency;
  o.version = 88;
  o.count_from = StepId(1);
  o.bad = outcome_bit(Outcome::kFailedSystem);
  o.exclude = outcome_bit(Outcome::kCancelled);
  o.waited_over = 3 * kSecond;
  o.from = StepId(1);
  o.to = StepId(1);
  o.or_equal = true;
  o.threshold = 800 * kMillisecond;
  o.failed = FailedRule::kExclude;
  o.superseded = SupersededRule::kBad;
  o.has_client_clock = true;
  o.edge_clock = true;
  o.target_e9 = 992'000'000;
  o.max_unknown_e9 = 8'000'000;
  o.has_max_unknown = true;
  o.strict = true;
  Objective steady;
  steady.sli = Sli::kConsistency;
  steady.of = ObjectiveId(0);
  steady.min_attempts = 3;
  j.objectives = {o, steady};
  j.per_session = true;
  j.dimensions = {DimensionId(0)};
  j.marks = {StepId(1)};
  j.has_commit = true;
  j.effects = {{"paid", ObjectiveId(0), outcome_bit(Outcome::kAbandoned), true, true, 66, {0, Effect::kReturning}}};
  j.recovery = {kSecond, 55};
  return j;
}

Definition full_definition() {
  Definition d;
  d.sites = {{"shop", {"shop.example"}, {"/rum"}}};
  d.templates = {{}, {"/pay", {"pay"}}, {"/p/{id}", {"p", ""}}};
  d.headers = {"x-id"};
  d.identities = {{"web", {{SourceKind::kHeader, 7, "x-id", "part"}}, 2 * kHour, 5 * kMinute}};
  d.dimensions = {{"method", {SourceKind::kBeaconAttr, 1, "method", "s"}, {"card", "wallet"}, {}, 0},
                  {"release", {SourceKind::kBeaconField, 0, "rel", ""}, {}, {}, 6},
                  {"speed", {SourceKind::kAnswerTime, 0, "", ""}, {"100ms", "1s"}, {kSecond / 10, kSecond}, 0}};
  d.correlates = {{{{SourceKind::kQuery, 2, "cart", "p"}}}};
  d.amounts = {{SourceKind::kHeader, 7, "x-id", ""}};
  d.clocks = {{true, "ms"}};
  Leaf leaf;
  leaf.kind = LeafKind::kHttpResponse;
  leaf.host = "shop.example";
  leaf.method = "POST";
  leaf.path_template = TemplateId(1);
  leaf.query = {{"q", Compare::kIn, {{ValueType::kString, "a", 0}, {ValueType::kNumber, "2.5", 2.5}}}};
  leaf.status_classes = 4;
  leaf.statuses = {404};
  leaf.none = true;
  leaf.aborted = true;
  leaf.event = "e";
  leaf.url_template = TemplateId(2);
  leaf.attrs = {{"a", Compare::kEq, {{ValueType::kBool, "true", 1}}}};
  d.leaves = {leaf, Leaf{}};
  d.nodes = {{NodeOp::kAny, 1, 2}, {NodeOp::kLeaf, 0, 0}, {NodeOp::kNot, 3, 1}, {NodeOp::kLeaf, 1, 0}};
  d.journeys = {full_journey()};
  d.limits = {4, 10, 20, 30, 40, 50, 55, 57, 8, 59, 61, 60, kSecond, true, {80, 443}};
  d.port = {{"--no-pci"}, "trace.pcap", "eth1", 3};
  d.serve = full_serve();
  d.frustration_pages = {TemplateId(1)};
  d.frustration.on = d.frustration.by_requests = true;
  d.frustration.other = {kSecond, 1, 2 * kSecond, 2, 3 * kSecond, 4 * kSecond};
  d.frustration.pages = {{5 * kSecond, 3, 6 * kSecond, 4, 7 * kSecond, 0}};
  return d;
}

TEST(Snapshot, ComesBackAsItWasWritten) {
  const auto bytes = encode(full_definition());
  const auto decoded = decode(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.error().what << ' ' << decoded.error().detail;
  EXPECT_EQ(encode(*decoded), bytes);
  EXPECT_EQ(decoded->leaves.at(0).query.at(0).values.at(1).number, 2.5);
  EXPECT_EQ(decoded->journeys.at(0).objectives.at(0).target_e9, 992'000'000u);
  EXPECT_EQ(decoded->limits.server_ports, (std::vector<std::uint16_t>{80, 443}));
  EXPECT_EQ(decoded->port.pcap_file, "trace.pcap");
}

TEST(Snapshot, HoldsEveryFieldOfTheDefinition) {
  // A change of any one of them changes the bytes.
  const auto base = encode(full_definition());
  const std::function<void(Definition&)> changes[] = {
      [](auto& d) { d.sites[0].hosts[0] = "a"; },
      [](auto& d) { d.templates[2].segments[1] = "x"; },
      [](auto& d) { d.identities[0].keys[0].subfield = ""; },
      [](auto& d) { d.identities[0].max += 1; },
      [](auto& d) { d.dimensions[0].values[1] = "x"; },
      [](auto& d) { d.dimensions[1].top = 7; },
      [](auto& d) { d.dimensions[2].bounds[1] = 2 * kSecond; },
      [](auto& d) { d.journeys[0].synthetic = true; },
      [](auto& d) { d.clocks[0].is_attr = false; },
      [](auto& d) { d.leaves[0].aborted = false; },
      [](auto& d) { d.leaves[0].attrs[0].values[0].number = 0; },
      [](auto& d) { d.journeys[0].strict_order = false; },
      [](auto& d) { d.journeys[0].restart_continues = false; },
      [](auto& d) { d.journeys[0].silent.watched = false; },
      [](auto& d) { d.journeys[0].correlate = 0; },
      [](auto& d) { d.journeys[0].per_session = false; },
      [](auto& d) { d.journeys[0].objectives[1].min_attempts = 4; },
      [](auto& d) { d.identities[0].idle += 1; },
      [](auto& d) { d.identities[0].reorder_wait += 1; },
      [](auto& d) { d.correlates[0].from[0].name = ""; },
      [](auto& d) { d.journeys[0].value.at = StepId(2); },
      [](auto& d) { d.journeys[0].value.currency = "USD"; },
      [](auto& d) { d.amounts[0].kind = SourceKind::kQuery; },
      [](auto& d) { d.journeys[0].silent.within += 1; },
      [](auto& d) { d.journeys[0].silent.by_http = false; },
      [](auto& d) { d.journeys[0].objectives[0].superseded = SupersededRule::kCensor; },
      [](auto& d) { d.journeys[0].steps[0].on_http_response = false; },
      [](auto& d) { d.journeys[0].objectives[0].strict = false; },
      [](auto& d) { d.limits.verify_checksums = false; },
      [](auto& d) { d.journeys[0].effects[0].strata[0] = Effect::kReturning; },
      [](auto& d) { d.journeys[0].effects[0].version = 0; },
      [](auto& d) { d.port.eal[0] = ""; },
      [](auto& d) { d.journeys[0].recovery.within = 0; },
      [](auto& d) { d.journeys[0].recovery.version = 0; },
      [](auto& d) { d.limits.trails_per_core = 1; },
      [](auto& d) { d.frustration_pages[0] = TemplateId(2); },
      [](auto& d) { d.frustration.on = false; },
      [](auto& d) { d.frustration.by_requests = false; },
      [](auto& d) { d.frustration.other.back = 0; },
      [](auto& d) { d.frustration.other.loop_returns = 2; },
      [](auto& d) { d.frustration.other.loop = 0; },
      [](auto& d) { d.frustration.pages[0].thrash_views = 5; },
      [](auto& d) { d.frustration.pages[0].thrash = 0; },
      [](auto& d) { d.frustration.pages[0].retry = 1; },
  };
  for (const auto& change : changes) {
    Definition d = full_definition();
    change(d);
    EXPECT_NE(encode(d), base);
  }
}

TEST(Snapshot, OfNothingIsStillASnapshot) { EXPECT_TRUE(decode(encode(Definition{})).ok()); }

TEST(Snapshot, CutAtAnyByteIsRefused) {
  const auto bytes = encode(full_definition());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // A copy of its own, so that a read past the end is a read past an allocation.
    const std::vector<std::uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(decode(cut).ok()) << size;
  }
}

TEST(Snapshot, WithBytesBehindItsEndIsRefused) {
  auto bytes = encode(full_definition());
  bytes.push_back(0);
  EXPECT_FALSE(decode(bytes).ok());
}

TEST(Snapshot, WithAnyByteChangedIsRefusedOrIsAnotherGoodSnapshot) {
  const auto bytes = encode(full_definition());
  std::size_t refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      auto changed = bytes;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ flip);
      const auto decoded = decode(changed);
      refused += decoded.ok() ? 0u : 1u;
      EXPECT_TRUE(!decoded.ok() || encode(*decoded) == changed) << at;
    }
  }
  EXPECT_GT(refused, bytes.size());
}

TEST(Snapshot, OfAnotherFormatIsRefusedByItsNumber) {
  auto bytes = encode(full_definition());
  bytes[8] = static_cast<std::uint8_t>(kSnapshotFormat + 1);
  const auto decoded = decode(bytes);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().detail, kSnapshotFormat + 1);
}

using Change = std::function<void(Definition&)>;

void expect_refused(const std::vector<Change>& breaks) {
  EXPECT_TRUE(check(full_definition()).ok());
  std::size_t number = 0;
  for (const auto& damage : breaks) {
    Definition d = full_definition();
    damage(d);
    EXPECT_FALSE(check(d).ok()) << number;
    EXPECT_FALSE(decode(encode(d)).ok()) << number;
    ++number;
  }
}

TEST(SnapshotCheck, FindsEveryReferenceOutOfItsTable) {
  const std::vector<Change> breaks = {
      [](auto& d) { d.identities[0].keys[0].header = 63; },
      [](auto& d) { d.identities[0].keys.clear(); },
      [](auto& d) { d.identities[0].max = 0; },
      [](auto& d) { d.templates[1].segments.clear(); },
      [](auto& d) { d.leaves[0].path_template = TemplateId(3); },
      [](auto& d) { d.leaves[0].url_template = TemplateId(3); },
      [](auto& d) { d.leaves[0].query[0].values.clear(); },
      [](auto& d) { d.leaves[0].attrs[0].values.resize(2); },
      [](auto& d) { d.leaves[0].attrs[0].values[0].number = std::numeric_limits<double>::quiet_NaN(); },
      [](auto& d) { d.nodes[1].first = 2; },  // no such leaf
      [](auto& d) { d.nodes[0].count = 4; },  // past the end
      [](auto& d) { d.nodes[0].first = 0; },  // its own parent
      [](auto& d) {
        d.nodes[2] = {NodeOp::kNot, 1, 1};
      },  // before it
      [](auto& d) {
        d.nodes[0] = {NodeOp::kAny, 1, 3};
      },  // nodes[3] has two parents
      [](auto& d) { d.nodes[0].count = 0; },
      [](auto& d) { d.limits.workers = 0; },
      [](auto& d) { d.limits.sessions_per_core = kPerCoreMax + 1; },
      [](auto& d) { d.limits.body_bytes_max = 0; },
  };
  expect_refused(breaks);
}

TEST(SnapshotCheck, FindsWhatAJourneyCannotBe) {
  const std::vector<Change> breaks = {
      [](auto& d) { d.journeys[0].identity = IdentityId(1); },
      [](auto& d) { d.journeys[0].idle = 0; },
      [](auto& d) { d.journeys[0].steps.clear(); },
      [](auto& d) { d.journeys[0].steps[0].root = 4; },
      [](auto& d) { d.journeys[0].has_commit = false; },
      [](auto& d) { d.journeys[0].correlate = 2; },
      [](auto& d) { d.identities[0].idle = 0; },
      [](auto& d) { d.identities[0].reorder_wait = -1; },
      [](auto& d) { d.identities[0].reorder_wait = kReorderWaitMax + 1; },
      [](auto& d) { d.limits.held_events_per_core = 0; },
      [](auto& d) { d.limits.click_places_per_core = 0; },
      [](auto& d) { d.limits.links_per_core = 0; },
      [](auto& d) { d.limits.trails_per_core = 0; },
      [](auto& d) { d.click_grid.every = 61 * kSecond; },
      [](auto& d) { d.click_grid.suppress_below = 0; },
      [](auto& d) { d.identities[0].idle = kSecond; },  // visits that end before their attempts
      [](auto& d) { d.journeys[0].objectives[1].of = ObjectiveId(2); },
      [](auto& d) { d.journeys[0].objectives[1].of = ObjectiveId(1); },  // no latency
      [](auto& d) { d.journeys[0].objectives[1].min_attempts = 0; },
      [](auto& d) { d.journeys[0].objectives[1].min_attempts = kMinAttemptsMax + 1; },
      [](auto& d) { d.correlates[0].from.clear(); },
      [](auto& d) { d.correlates[0].from[0].header = 63; },
      [](auto& d) { d.journeys[0].value.amount = 2; },
      [](auto& d) { d.journeys[0].value.at = StepId(4); },
      [](auto& d) { d.journeys[0].value.currency = ""; },
      [](auto& d) { d.amounts[0].header = 63; },
      [](auto& d) { d.journeys[0].silent.after = StepId(4); },
      [](auto& d) { d.journeys[0].silent.after = StepId(1); },   // no ack
      [](auto& d) { d.journeys[0].silent.expect = StepId(2); },  // no success
      [](auto& d) { d.journeys[0].silent.within = 0; },
      [](auto& d) { d.journeys[0].silent.by_http = d.journeys[0].silent.by_beacon = false; },
      [](auto& d) { d.journeys[0].objectives[0].count_from = StepId(4); },
      [](auto& d) { d.journeys[0].objectives[0].from = StepId(4); },
      [](auto& d) { d.journeys[0].objectives[0].to = StepId(4); },
      [](auto& d) { d.journeys[0].objectives[0].client_clock = ClockId(1); },
      [](auto& d) { d.journeys[0].objectives[0].exclude |= d.journeys[0].objectives[0].bad; },
      [](auto& d) { d.journeys[0].objectives[0].bad |= 1u << 15; },
      [](auto& d) { d.journeys[0].objectives[0].target_e9 = 1'000'000'000; },
      [](auto& d) { d.journeys[0].dimensions = {DimensionId(3)}; },
      [](auto& d) { d.dimensions[0].top = 1; },  // and a closed set
      [](auto& d) { d.dimensions[1].top = kTopMax + 1; },
      [](auto& d) { d.dimensions.resize(3 + kTopDimensionsMax, d.dimensions[1]); },
      [](auto& d) { d.dimensions[2].bounds.pop_back(); },
      [](auto& d) { d.dimensions[2].bounds[0] = 2 * kSecond; },  // not rising
      [](auto& d) {
        d.dimensions[0].bounds = {1, 2};
      },  // of texts
      [](auto& d) { d.journeys[0].marks = {StepId(4)}; },
      [](auto& d) { d.journeys[0].effects[0].of = ObjectiveId(1); },  // no latency
      [](auto& d) { d.journeys[0].effects[0].of = ObjectiveId(2); },
      [](auto& d) { d.journeys[0].effects[0].outcomes = 0; },
      [](auto& d) { d.journeys[0].effects[0].outcomes |= 1u << 15; },
      [](auto& d) { d.journeys[0].effects[0].table = d.journeys[0].effects[0].hazard = false; },
      [](auto& d) { d.journeys[0].effects[0].strata = {1}; },
      [](auto& d) { d.journeys[0].effects[0].strata.resize(kStrataMax + 1); },
      [](auto& d) { d.journeys[0].effects.resize(kEffectsMax + 1, d.journeys[0].effects[0]); },
      [](auto& d) { d.journeys[0].marks.resize(kMarksMax, StepId(1)); },  // no room for its latency
      [](auto& d) {                                                       // it could never be measured
        d.journeys[0].objectives[0].sli = Sli::kLatency;
        d.journeys[0].objectives[0].from = StepId(1);
        d.journeys[0].marks.clear();
      },
  };
  expect_refused(breaks);
}

TEST(SnapshotCheck, FindsWhatACoverageCannotBe) {
  const std::vector<Change> breaks = {
      [](auto& d) { d.limits.seen_pages_per_core = 0; },
      [](auto& d) { d.coverage_pages = {TemplateId{1}}; },  // of a coverage that is off
      [](auto& d) { d.coverage.split = true; },
      [](auto& d) {
        d.coverage.on = true;
        d.coverage.identity = IdentityId(1);
      },
      [](auto& d) {
        d.coverage.on = true;
        d.coverage.within = kCoverageWithinMax + 1;
      },
      [](auto& d) {
        d.coverage.on = d.coverage.has_place = true;
        d.coverage.place = DimensionId(31);
      },
  };
  expect_refused(breaks);
}

TEST(SnapshotCheck, FindsWhatCallsCannotBe) {
  const auto with = [](bool split, const std::vector<CoverageCall>& calls, const std::vector<TemplateId>& pages) {
    return [=](Definition& d) {
      d.coverage.on = true;
      d.coverage.split = split;
      d.coverage_pages = pages;
      d.coverage_calls = calls;
    };
  };
  const CoverageCall one{TemplateId{1}, "a"};
  expect_refused({with(false, {one}, {}), with(true, {{TemplateId{0}, "a"}}, {}), with(true, {one}, {TemplateId{1}}),
                  with(true, {{TemplateId{99}, "a"}}, {}), with(true, {{TemplateId{1}, ""}}, {}),
                  with(true, {one, {TemplateId{1}, "b"}}, {}), with(true, {one, {TemplateId{2}, "a"}}, {}),
                  with(true, std::vector(kCoverageCallsMax + 1, one), {})});
}

TEST(SnapshotCheck, FindsWhatErrorsCannotBe) {
  const std::vector<Change> breaks = {
      [](auto& d) { d.error_top = kTopMax + 1; },
      [](auto& d) { d.error_pages = {TemplateId{1}}; },  // of errors that nobody counts
      [](auto& d) {
        d.error_top = 1;
        d.error_pages = {TemplateId{0}};
      },
      [](auto& d) {
        d.error_top = 1;
        d.error_pages.resize(kErrorPagesMax + 1, TemplateId{1});
      },
  };
  expect_refused(breaks);
}

TEST(SnapshotCheck, BoundsTheDepthOfAMatch) {
  Definition d;
  d.leaves = {Leaf{}};
  for (std::uint16_t i = 1; i < kMatchDepthMax; ++i) d.nodes.push_back({NodeOp::kNot, i, 1});
  d.nodes.push_back({NodeOp::kLeaf, 0, 0});
  EXPECT_TRUE(check(d).ok());
  for (Node& node : d.nodes) ++node.first;
  d.nodes.back().first = 0;
  d.nodes.insert(d.nodes.begin(), Node{NodeOp::kNot, 1, 1});
  EXPECT_FALSE(check(d).ok());
}

TEST(SnapshotCheck, FindsThresholdsOfFrustrationAndTimesOfRecoveryThatCannotBe) {
  expect_refused({
      [](auto& d) { d.journeys[0].recovery.within = d.journeys[0].idle + 1; },
      [](auto& d) { d.frustration.pages.clear(); },
      [](auto& d) { d.frustration_pages[0] = TemplateId(0); },
      [](auto& d) { d.frustration.other.back = -1; },
      [](auto& d) { d.frustration.pages[0].thrash = kTrailKept + 1; },
      [](auto& d) { d.frustration.other.loop_returns = 0; },
      [](auto& d) { d.frustration.other.loop_returns = kLoopReturnsMax + 1; },
      [](auto& d) { d.frustration.pages[0].thrash_views = 1; },
      [](auto& d) { d.frustration.pages[0].thrash_views = kThrashViewsMax + 1; },
  });
}

}  // namespace
}  // namespace bellrock::journey
