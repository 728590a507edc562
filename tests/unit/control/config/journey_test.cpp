// What a journey's YAML compiles to. The shipped configuration is the worked example of the journey rules, in the part
// of them that this version has.
#include "dataplane/base/bytes.h"
#include "dataplane/flow/message.h"
#include "dataplane/journey/snapshot.h"
#include "support.h"

namespace bellrock::config {
namespace {

using journey::Definition;
using journey::FailedRule;
using journey::FailureClass;
using journey::Journey;
using journey::Leaf;
using journey::LeafKind;
using journey::Node;
using journey::NodeOp;
using journey::Objective;
using journey::outcome_bit;
using journey::Sli;
using journey::SourceKind;
using journey::Step;

const Loaded& shipped() {
  static const Loaded loaded = [] {
    const std::vector<std::string> paths{BELLROCK_SOURCE "/config"};
    return load(paths);
  }();
  return loaded;
}

const Journey& journey_named(const Definition& definition, std::string_view name) {
  for (const Journey& journey : definition.journeys) {
    if (journey.name == name) return journey;
  }
  ADD_FAILURE() << "no journey " << name;
  static const Journey none{};
  return none;
}

const Leaf& only_leaf(const Definition& definition, const Step& step) {
  const Node& root = definition.nodes.at(step.root);
  EXPECT_EQ(root.op, NodeOp::kLeaf);
  return definition.leaves.at(root.first);
}

std::string path_of(const Definition& definition, TemplateId id) { return definition.templates.at(id.index()).text; }

TEST(ShippedConfiguration, HasNoFindings) {
  EXPECT_EQ(lines(shipped()), "");
  EXPECT_EQ(shipped().files.size(), 9u);
}

TEST(ShippedConfiguration, SurvivesTheSnapshotUnchanged) {
  const auto bytes = journey::encode(shipped().definition);
  const auto decoded = journey::decode(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(journey::encode(*decoded), bytes);
}

TEST(ShippedConfiguration, StaysUsableWithoutItsExampleOfOneProcess) {
  const std::vector<std::string> paths{BELLROCK_SOURCE "/config/shop/identity.yaml",
                                       BELLROCK_SOURCE "/config/shop/search.yaml"};
  const Loaded loaded = load(paths);
  EXPECT_EQ(lines(loaded), "");
  EXPECT_EQ(loaded.definition.sites.at(0).beacon_paths, std::vector<std::string>{"/rum"});
  EXPECT_FALSE(loaded.agent.given);
}

TEST(WorkedExample, SearchHasItsStepsInOrder) {
  const Definition& d = shipped().definition;
  const Journey& search = journey_named(d, "search");
  ASSERT_EQ(search.steps.size(), 4u);
  EXPECT_EQ(search.idle, 5 * kMinute);
  EXPECT_FALSE(search.has_commit);
  const Leaf& query = only_leaf(d, search.steps[0]);
  EXPECT_EQ(query.kind, LeafKind::kHttpRequest);
  EXPECT_EQ(query.method, "GET");
  EXPECT_EQ(path_of(d, query.path_template), "/search");
  ASSERT_EQ(query.query.size(), 1u);
  EXPECT_EQ(query.query[0].name, "q");
  EXPECT_EQ(query.query[0].op, journey::Compare::kPresent);
  const Leaf& page = only_leaf(d, search.steps[1]);
  EXPECT_EQ(page.kind, LeafKind::kHttpResponse);
  EXPECT_EQ(page.status_classes, 1u << 2);
  EXPECT_TRUE(search.steps[1].on_http_response);
  const Leaf& results = only_leaf(d, search.steps[2]);
  EXPECT_EQ(results.event, "search.results");
  ASSERT_EQ(results.attrs.size(), 1u);
  EXPECT_EQ(results.attrs[0].op, journey::Compare::kGte);
  EXPECT_EQ(results.attrs[0].values.at(0).number, 0.0);
}

TEST(WorkedExample, ABrokenSearchIsAServerErrorNoAnswerOrABeacon) {
  const Definition& d = shipped().definition;
  const Step& broken = journey_named(d, "search").steps.at(3);
  EXPECT_EQ(broken.failure_class, FailureClass::kSystem);
  EXPECT_FALSE(broken.on_http_response);
  const Node& any = d.nodes.at(broken.root);
  EXPECT_EQ(any.op, NodeOp::kAny);
  ASSERT_EQ(any.count, 2u);
  const Leaf& http = d.leaves.at(d.nodes.at(any.first).first);
  EXPECT_EQ(http.status_classes, 1u << 5);
  EXPECT_TRUE(http.none);
  EXPECT_FALSE(http.aborted);
  EXPECT_EQ(d.leaves.at(d.nodes.at(any.first + 1u).first).event, "search.error");
}

TEST(WorkedExample, SearchIsFastBelowASecondByTheClientsClock) {
  const Definition& d = shipped().definition;
  const Journey& search = journey_named(d, "search");
  ASSERT_EQ(search.objectives.size(), 1u);
  const Objective& fast = search.objectives[0];
  EXPECT_EQ(fast.sli, Sli::kLatency);
  EXPECT_EQ(fast.from, StepId(0));
  EXPECT_EQ(fast.to, StepId(2));
  EXPECT_EQ(fast.threshold, kSecond);
  EXPECT_FALSE(fast.or_equal);
  EXPECT_EQ(fast.failed, FailedRule::kBad);
  EXPECT_TRUE(fast.has_client_clock);
  EXPECT_EQ(d.clocks.at(fast.client_clock.index()).attr, "search_ms");
  EXPECT_FALSE(fast.edge_clock);
  EXPECT_EQ(fast.target_e9, 950'000'000u);
  EXPECT_TRUE(search.marks.empty()) << "an attempt knows its start without a mark";
}

TEST(WorkedExample, CheckoutCountsFromThePaymentRequest) {
  const Definition& d = shipped().definition;
  const Journey& checkout = journey_named(d, "checkout");
  EXPECT_TRUE(checkout.has_commit);
  const Objective& success = checkout.objectives.at(0);
  EXPECT_EQ(success.sli, Sli::kSuccess);
  EXPECT_EQ(checkout.steps.at(success.count_from.index()).name, "pay");
  EXPECT_EQ(success.target_e9, 992'000'000u);
  EXPECT_TRUE(success.strict);
  EXPECT_TRUE(success.has_max_unknown);
  EXPECT_EQ(success.max_unknown_e9, 8'000'000u);
  EXPECT_EQ(success.bad, outcome_bit(Outcome::kFailedSystem) | outcome_bit(Outcome::kAbandonedWaiting));
  EXPECT_EQ(success.exclude, outcome_bit(Outcome::kFailedUser) | outcome_bit(Outcome::kCancelled));
  EXPECT_EQ(success.waited_over, 3 * kSecond);
}

TEST(WorkedExample, AStepsOwnLatencyIsAnObjectiveOfItsNameOnTheEdgesClock) {
  const Journey& checkout = journey_named(shipped().definition, "checkout");
  ASSERT_EQ(checkout.objectives.size(), 3u);
  const Objective& pay_ok = checkout.objectives[2];
  EXPECT_EQ(pay_ok.name, "pay_ok");
  EXPECT_EQ(checkout.steps.at(pay_ok.from.index()).name, "pay");
  EXPECT_EQ(checkout.steps.at(pay_ok.to.index()).name, "pay_ok");
  EXPECT_EQ(pay_ok.threshold, 800 * kMillisecond);
  EXPECT_TRUE(pay_ok.edge_clock);
  EXPECT_FALSE(pay_ok.has_client_clock);
  EXPECT_FALSE(pay_ok.has_max_unknown);
  EXPECT_EQ(pay_ok.failed, FailedRule::kBad);
  EXPECT_EQ(checkout.marks, std::vector<StepId>{StepId(2)});  // both latencies begin at `pay`
}

TEST(WorkedExample, IdentityReadsTheCookieThenTheBeacon) {
  const auto& keys = shipped().definition.identities.at(0).keys;
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].kind, SourceKind::kCookie);
  EXPECT_EQ(keys[0].header, static_cast<std::uint8_t>(Header::kCookie));
  EXPECT_EQ(keys[1].kind, SourceKind::kBeaconField);
  EXPECT_EQ(keys[1].name, "sid");
}

TEST(WorkedExample, DimensionsOfTwoJourneysShareOneEntry) {
  const Definition& d = shipped().definition;
  EXPECT_EQ(d.dimensions.size(), 2u);  // device, method
  EXPECT_EQ(journey_named(d, "search").dimensions.at(0), journey_named(d, "checkout").dimensions.at(0));
}

const Journey& checkout_of(const Loaded& loaded) {
  EXPECT_TRUE(loaded.ok()) << lines(loaded);
  return journey_named(loaded.definition, "checkout");
}

TEST(JourneyReader, AParticularOutcomeGoesBeforeAGeneralOne) {
  const Loaded loaded =
      load_text(journey_text("    - {name: declined, kind: failure, class: user, match: {beacon: {event: declined}}}\n"
                             "  objectives: [{name: success, sli: success, count_from: pay, target: 0.9, "
                             "bad: [failed, abandoned.waiting], exclude: [failed.user, abandoned]}]\n"));
  const Objective& success = checkout_of(loaded).objectives.at(0);
  EXPECT_EQ(success.bad, outcome_bit(Outcome::kFailedBusiness) | outcome_bit(Outcome::kFailedSystem) |
                             outcome_bit(Outcome::kAbandonedWaiting));
  EXPECT_EQ(success.exclude, outcome_bit(Outcome::kFailedUser) | outcome_bit(Outcome::kAbandoned));
}

TEST(JourneyReader, AnObjectiveWithoutCountFromCountsFromTheStart) {
  const Loaded loaded = load_text(journey_text(
      "  objectives: [{name: success, sli: success, target: 0.9, bad: [abandoned], exclude: [superseded]}]\n"));
  EXPECT_EQ(checkout_of(loaded).objectives.at(0).count_from, StepId(0));
}

TEST(JourneyReader, ConditionsKeepTheTypeTheyAreWrittenWith) {
  const Loaded loaded = load_text(journey_text(
      "    - {name: x, kind: observe, match: {beacon: {attr: {a: 1, b: \"1\", c: true, d: {in: [x, 2]}, e: present, "
      "f: {gt: 1, lte: 5}}}}}\n"));
  const Leaf& leaf = only_leaf(loaded.definition, checkout_of(loaded).steps.at(4));
  ASSERT_EQ(leaf.attrs.size(), 7u);
  EXPECT_EQ(leaf.attrs[0].values.at(0).type, journey::ValueType::kNumber);
  EXPECT_EQ(leaf.attrs[1].values.at(0).type, journey::ValueType::kString);
  EXPECT_EQ(leaf.attrs[2].values.at(0).type, journey::ValueType::kBool);
  EXPECT_EQ(leaf.attrs[2].values.at(0).number, 1.0);
  EXPECT_EQ(leaf.attrs[3].op, journey::Compare::kIn);
  EXPECT_EQ(leaf.attrs[3].values.size(), 2u);
  EXPECT_EQ(leaf.attrs[4].op, journey::Compare::kPresent);
  EXPECT_EQ(leaf.attrs[5].op, journey::Compare::kGt);
  EXPECT_EQ(leaf.attrs[6].op, journey::Compare::kLte);
}

TEST(JourneyReader, QueryValuesAreStringsWhateverTheyLookLike) {
  const Loaded loaded = load_text(journey_text(
      "    - {name: x, kind: observe, match: {http: {at: request, query: {page: 2, sort: {in: [up, 1]}}}}}\n"));
  const Leaf& leaf = only_leaf(loaded.definition, checkout_of(loaded).steps.at(4));
  for (const auto& condition : leaf.query) {
    for (const auto& value : condition.values) EXPECT_EQ(value.type, journey::ValueType::kString);
  }
  EXPECT_EQ(leaf.query.at(0).values.at(0).text, "2");
}

TEST(JourneyReader, EveryWayToWriteAStatusIsUnderstood) {
  const Loaded loaded = load_text(
      journey_text("    - {name: x, kind: observe, match: {http: {at: response, status: [4xx, 200, 301, aborted]}}}\n"
                   "    - {name: y, kind: observe, match: {http: {at: response}}}\n"));
  const Leaf& x = only_leaf(loaded.definition, checkout_of(loaded).steps.at(4));
  EXPECT_EQ(x.status_classes, 1u << 4);
  EXPECT_EQ(x.statuses, (std::vector<std::uint16_t>{200, 301}));
  EXPECT_TRUE(x.aborted);
  EXPECT_FALSE(x.none);
  const Leaf& any = only_leaf(loaded.definition, checkout_of(loaded).steps.at(5));
  EXPECT_EQ(any.status_classes, 0b111110);  // every response, but none that never came
  EXPECT_FALSE(any.none);
}

TEST(JourneyReader, ChildrenOfAMatchLieBehindItAndNextToEachOther) {
  const Loaded loaded = load_text(
      journey_text("    - {name: x, kind: observe, match: {all: [{beacon: {event: a}}, {not: {beacon: {url: /a}}}, "
                   "{any: [{beacon: {attr: {k: 1}}}, {beacon: {attr: {k: 2}}}]}]}}\n"));
  const auto& nodes = loaded.definition.nodes;
  const Node& all = nodes.at(checkout_of(loaded).steps.at(4).root);
  ASSERT_EQ(all.count, 3u);
  EXPECT_EQ(nodes.at(all.first).op, NodeOp::kLeaf);
  EXPECT_EQ(nodes.at(all.first + 1u).op, NodeOp::kNot);
  EXPECT_EQ(nodes.at(all.first + 2u).op, NodeOp::kAny);
  EXPECT_EQ(nodes.at(all.first + 2u).count, 2u);
}

TEST(JourneyReader, AMatchMustSayWhatAMessageIsAndNotOnlyWhatItIsNot) {
  const auto accepts = [](const std::string& match) {
    const Loaded loaded = load_text(journey_text("    - {name: x, kind: observe, match: " + match + "}\n"));
    EXPECT_EQ(loaded.ok(), !has_code(loaded, "BR1408")) << lines(loaded);
    return loaded.ok();
  };
  EXPECT_TRUE(accepts("{all: [{beacon: {event: a}}, {not: {beacon: {url: /a}}}]}"));
  EXPECT_TRUE(accepts("{not: {not: {beacon: {event: a}}}}"));
  EXPECT_TRUE(accepts("{not: {any: [{not: {beacon: {event: a}}}, {beacon: {url: /a}}]}}"));
  EXPECT_FALSE(accepts("{not: {beacon: {event: a}}}"));
  EXPECT_FALSE(accepts("{any: [{beacon: {event: a}}, {not: {beacon: {url: /a}}}]}"));
  EXPECT_FALSE(accepts("{all: [{not: {beacon: {event: a}}}, {not: {beacon: {event: b}}}]}"));
}

TEST(JourneyReader, PlaceholdersOfAnyNameAreOneTemplate) {
  const Loaded loaded =
      load_text(journey_text("    - {name: x, kind: observe, match: {http: {at: request, path: \"/api/{ver}/a\"}}}\n"
                             "    - {name: y, kind: observe, match: {beacon: {url: \"/api/{id}/a\"}}}\n"));
  const auto& steps = checkout_of(loaded).steps;
  EXPECT_EQ(only_leaf(loaded.definition, steps.at(4)).path_template,
            only_leaf(loaded.definition, steps.at(5)).url_template);
}

TEST(JourneyReader, ALatencyWithBothEndsOnEitherChannelMayUseBothClocks) {
  const Loaded loaded = load_text(journey_text(
      "    - {name: x, kind: observe, match: {any: [{http: {at: response, path: /x}}, {beacon: {event: x}}]}}\n"
      "  objectives: [{name: o, sli: latency, from: pay, to: x, op: lte, value: 1s, target: 0.9, failed: exclude, "
      "clock: {client: beacon.dur, both_http: edge}}]\n"));
  const Objective& o = checkout_of(loaded).objectives.at(0);
  EXPECT_TRUE(o.edge_clock);
  EXPECT_TRUE(o.has_client_clock);
  EXPECT_FALSE(loaded.definition.clocks.at(0).is_attr);
  EXPECT_TRUE(o.or_equal);
  EXPECT_EQ(o.failed, FailedRule::kExclude);
}

TEST(JourneyReader, FlowAndBlockStyleMeanTheSame) {
  const std::string flow =
      journey_text("  attempt: {idle: 5m, order: strict}\n  dimensions: {device: {set: [phone, tablet]}}\n");
  const std::string block = journey_text(
      "  attempt:\n    idle: 5m\n    order: strict\n  dimensions:\n    device:\n      set:\n        - phone\n        - "
      "tablet\n");
  EXPECT_EQ(content_hash(load_text(flow).definition), content_hash(load_text(block).definition));
}

TEST(JourneyReader, AHostMustBeOneOfASites) {
  const std::string site =
      "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: s}\nspec: {hosts: [shop.example]}\n---\n";
  const std::string other = "    - {name: x, kind: observe, match: {http: {at: request, host: cdn.example}}}\n";
  const std::string same = "    - {name: x, kind: observe, match: {http: {at: request, host: shop.example}}}\n";
  EXPECT_TRUE(has_code(load_text(site + journey_text(other)), "BR1205"));
  EXPECT_EQ(lines(load_text(site + journey_text(same))), "");
  EXPECT_EQ(lines(load_text(journey_text(other))), "") << "without a site, every host counts";
}

TEST(JourneyReader, OnlyFailuresHaveAClass) {
  EXPECT_TRUE(has_code(load_text(journey_text("    - {name: x, kind: observe, class: user, match: {beacon: {}}}\n")),
                       "BR1404"));
}

TEST(JourneyReader, AttemptsMustBeAbleToGoIdleBeforeTheyAreTooOld) {
  EXPECT_TRUE(has_code(load_text(journey_text("  attempt: {idle: 5h}\n")), "BR1601"));
  EXPECT_TRUE(load_text(journey_text("  attempt: {idle: 4h}\n")).ok());
}

TEST(JourneyReader, OutcomesThatCannotHappenNeedNoMention) {
  // Nothing fails or is cancelled here, and from the commit on nothing is abandoned but a waiting attempt.
  const Loaded loaded = load_text(journey_text(
      "  objectives: [{name: success, sli: success, count_from: pay, target: 0.9, bad: [abandoned.waiting]}]\n"));
  EXPECT_EQ(lines(loaded), "");
}

TEST(JourneyReader, ASilentFailureKnowsWhatCouldCarryItsSuccess) {
  const auto silent_of = [](const std::string& text) {
    const Loaded loaded = load_text(text);
    EXPECT_EQ(lines(loaded), "");
    return loaded.definition.journeys.at(0).silent;
  };
  const journey::SilentFailure by_beacon =
      silent_of(journey_text("  silent_failure: {after: ok, expect: done, within: 30s}\n"));
  EXPECT_TRUE(by_beacon.watched && by_beacon.by_beacon && !by_beacon.by_http);
  EXPECT_EQ(by_beacon.after, StepId{2});
  EXPECT_EQ(by_beacon.expect, StepId{3});
  EXPECT_EQ(by_beacon.within, 30 * kSecond);
  const journey::SilentFailure by_both =
      silent_of(journey_text("    - {name: shown, kind: success, match: {any: [{http: {at: response, path: /thanks}}, "
                             "{beacon: {event: thanks}}]}}\n"
                             "  silent_failure: {after: ok, expect: shown, within: 30s}\n"));
  EXPECT_TRUE(by_both.by_http && by_both.by_beacon);
  EXPECT_FALSE(silent_of(journey_text("")).watched);
}

TEST(JourneyReader, ASilentFailureMustBeJudgedBeforeAttemptsAreTooOld) {
  const auto with = [](const char* within) {
    return load_text(
        journey_text("  silent_failure: {after: ok, expect: done, within: " + std::string(within) + "}\n"));
  };
  EXPECT_TRUE(has_code(with("4h"), "BR1601"));
  EXPECT_TRUE(with("3h").ok());
  EXPECT_TRUE(has_code(load_text(journey_text("  silent_failure: {after: ok, expect: ok, within: 3s}\n")), "BR1409"));
}

TEST(JourneyReader, ASilentFailureThatNoListNamesIsPointedOut) {
  const std::string rest =
      "  silent_failure: {after: ok, expect: done, within: 30s}\n"
      "  objectives: [{name: good, sli: success, count_from: pay, target: 0.9, bad: [";
  EXPECT_TRUE(has_code(load_text(journey_text(rest + "abandoned.waiting]}]\n")), "BR1901"));
  EXPECT_EQ(lines(load_text(journey_text(rest + "abandoned.waiting, silent_failure]}]\n"))), "");
}

TEST(JourneyReader, ASupersededLatencyIsCensoredUnlessItIsSaidToBeBad) {
  const auto rule = [](const std::string& more) {
    const Loaded loaded =
        load_text(journey_text("  objectives: [{name: fast, sli: latency, from: pay, to: ok, op: lt, "
                               "value: 1s, target: 0.9" +
                               more + "}]\n"));
    EXPECT_EQ(lines(loaded), "");
    return loaded.definition.journeys.at(0).objectives.at(0).superseded;
  };
  EXPECT_EQ(rule(""), journey::SupersededRule::kCensor);
  EXPECT_EQ(rule(", superseded: censor"), journey::SupersededRule::kCensor);
  EXPECT_EQ(rule(", superseded: bad"), journey::SupersededRule::kBad);
}

TEST(JourneyReader, ARestartSupersedesOrContinues) {
  EXPECT_TRUE(load_text(journey_text("  attempt: {restart: continue}\n")).definition.journeys.at(0).restart_continues);
  EXPECT_FALSE(load_text(journey_text("")).definition.journeys.at(0).restart_continues);
}

TEST(JourneyReader, AMistypedReferenceIsGivenTheRightName) {
  const Loaded loaded = load_text(journey_text(
      "  objectives: [{name: success, sli: success, count_from: pya, target: 0.9, bad: [abandoned.waiting]}]\n"));
  ASSERT_EQ(loaded.diagnostics.size(), 1u) << lines(loaded);
  EXPECT_EQ(loaded.diagnostics[0].code, "BR1204");
  EXPECT_EQ(loaded.diagnostics[0].fix, "did you mean `pay`?");
  EXPECT_EQ(loaded.diagnostics[0].key, "spec.objectives[0].count_from");
}

}  // namespace
}  // namespace bellrock::config
