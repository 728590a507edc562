// Matches on reports and of synthetic visitors, those that nothing can meet, and times of answers as a dimension.
#include "dataplane/journey/definition.h"
#include "support.h"

namespace bellrock::config {
namespace {

using journey::Definition;
using journey::Journey;
using journey::Leaf;
using journey::LeafKind;
using journey::Node;
using journey::NodeOp;
using journey::SourceKind;
using journey::Step;

const Leaf& only_leaf(const Definition& definition, const Step& step) {
  const Node& root = definition.nodes.at(step.root);
  EXPECT_EQ(root.op, NodeOp::kLeaf);
  return definition.leaves.at(root.first);
}

TEST(AMatch, OfReportsAsksForTypePageAndBody) {
  const Loaded loaded = load_text(
      journey_text("    - {name: lost, kind: failure, class: system, match: {report: {type: network-error, url: /pay,"
                   " attr: {type: tcp.refused}}}}\n"));
  ASSERT_EQ(lines(loaded), "");
  const Definition& d = loaded.definition;
  const Leaf& leaf = only_leaf(d, d.journeys[0].steps.back());
  EXPECT_EQ(leaf.kind, LeafKind::kReport);
  EXPECT_EQ(leaf.event, "network-error");
  EXPECT_EQ(d.templates.at(leaf.url_template.index()).text, "/pay");
  ASSERT_EQ(leaf.attrs.size(), 1u);
  EXPECT_EQ(leaf.attrs[0].values[0].text, "tcp.refused");
}

TEST(AMatch, OfReportsCanNeitherBeginNorEndALatency) {
  const Loaded loaded = load_text(journey_text(
      "    - {name: lost, kind: failure, class: system, match: {report: {type: network-error}}}\n"
      "  objectives: [{name: fast, sli: latency, from: open, to: lost, op: lt, value: 1s, target: 0.9}]\n"));
  EXPECT_NE(lines(loaded).find("a report comes long after what it tells of"), std::string::npos) << lines(loaded);
}

TEST(AMatch, OfSyntheticVisitorsMakesTheJourneyTheirsAndAnotherVersionOfIt) {
  const Loaded theirs = load_text(journey_text("    - {name: x, kind: observe, match: {synthetic: {event: probe}}}\n"));
  ASSERT_EQ(lines(theirs), "");
  const Journey& journey = theirs.definition.journeys[0];
  EXPECT_TRUE(journey.synthetic);
  EXPECT_EQ(only_leaf(theirs.definition, journey.steps.back()).event, "probe");
  const Loaded ours = load_text(journey_text("    - {name: x, kind: observe, match: {beacon: {event: probe}}}\n"));
  EXPECT_FALSE(ours.definition.journeys[0].synthetic);
  EXPECT_NE(ours.definition.journeys[0].version, journey.version);
}

TEST(AMatch, CannotAskForOthersThanSyntheticVisitors) {
  const Loaded loaded = load_text(journey_text(
      "    - {name: x, kind: observe, match: {all: [{beacon: {event: a}}, {not: {synthetic: {event: a}}}]}}\n"));
  EXPECT_NE(lines(loaded).find("follows synthetic visitors only"), std::string::npos) << lines(loaded);
}

TEST(AMatch, ThatContradictsItselfIsRefused) {
  const char* const never[] = {
      "{all: [{beacon: {event: a}}, {beacon: {event: b}}]}",
      "{all: [{beacon: {event: a}}, {not: {beacon: {event: a}}}]}",
      "{all: [{http: {at: request, path: /a}}, {http: {at: request, path: /b}}]}",
      "{all: [{http: {at: request, method: GET}}, {http: {at: request, method: POST, path: /b}}]}",
      "{all: [{http: {at: response, path: /a, status: 2xx}}, {http: {at: response, status: [404, none]}}]}",
      "{all: [{http: {at: request, query: {a: \"1\"}}}, {http: {at: request, query: {a: \"2\"}}}]}",
      "{beacon: {attr: {k: {gt: 5, lt: 3}}}}",
      "{beacon: {attr: {k: {gt: 5, lte: 5}}}}",
      "{beacon: {attr: {k: {in: [1, 2], gt: 2}}}}",
  };
  for (const char* match : never) {
    const Loaded loaded =
        load_text(journey_text("    - {name: x, kind: observe, match: " + std::string(match) + "}\n"));
    EXPECT_TRUE(has_code(loaded, "BR1405")) << match << "\n" << lines(loaded);
  }
  const char* const sometimes[] = {
      "{any: [{beacon: {event: a}}, {beacon: {event: b}}]}",
      "{all: [{beacon: {event: a}}, {beacon: {attr: {k: 1}}}, {not: {beacon: {attr: {k: 2}}}}]}",
      "{all: [{http: {at: response, path: /a, status: 4xx}}, {http: {at: response, status: [404, none]}}]}",
      "{all: [{http: {at: request, path: /a}}, {not: {http: {at: request, query: {q: present}}}}]}",
      "{beacon: {attr: {k: {gte: 5, lte: 5}}}}",
      "{beacon: {attr: {k: {in: [1, 3], gt: 2}}}}",
      "{beacon: {attr: {k: {gt: 3, lt: 5, ne: 4}}}}",
  };
  for (const char* match : sometimes) {
    const Loaded loaded =
        load_text(journey_text("    - {name: x, kind: observe, match: " + std::string(match) + "}\n"));
    EXPECT_FALSE(has_code(loaded, "BR1405")) << match << "\n" << lines(loaded);
  }
}

TEST(ADimension, OfAnswersTimesHasTheTimesOfItsSetAsBounds) {
  const Loaded loaded = load_text(journey_text("  dimensions: {speed: {from: http.duration, set: [100ms, 1s]}}\n"));
  ASSERT_EQ(lines(loaded), "");
  const journey::Dimension& speed = loaded.definition.dimensions[0];
  EXPECT_EQ(speed.source.kind, SourceKind::kAnswerTime);
  EXPECT_EQ(speed.values, (std::vector<std::string>{"100ms", "1s"}));
  EXPECT_EQ(speed.bounds, (std::vector<Duration>{100'000'000, kSecond}));
}

TEST(ADimension, OfAnswersTimesIsTheOnlyThingThatReadsThem) {
  const auto finding = [](const std::string& rest) { return lines(load_text(journey_text(rest))); };
  EXPECT_NE(finding("  dimensions: {speed: {from: http.duration, top: 5}}\n").find("write set: [100ms, 1s]"),
            std::string::npos);
  EXPECT_NE(finding("  attempt: {correlate: {from: [http.duration]}}\n").find("only the set of a dimension"),
            std::string::npos);
  EXPECT_NE(finding("  value: {from: http.duration, currency: EUR, at: pay}\n").find("only the set of a dimension"),
            std::string::npos);
  EXPECT_NE(finding("  dimensions: {speed: {from: http.duration, set: [fast]}}\n"), "");
}

}  // namespace
}  // namespace bellrock::config
