#include "dataplane/journey/step_matcher.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

// Definitions whose steps have any tree over `leaves` leaves.
class Trees {
 public:
  explicit Trees(std::size_t leaves) {
    definition.leaves.resize(leaves);
    definition.identities.resize(1);
    definition.journeys.resize(1);
  }

  std::uint16_t leaf(std::size_t leaf) { return add({NodeOp::kLeaf, static_cast<std::uint16_t>(leaf), 0}); }
  // Makes a node whose children are copies of the given ones, side by side and behind all others.
  std::uint16_t node(NodeOp op, const std::vector<Node>& children) {
    const std::uint16_t first = static_cast<std::uint16_t>(definition.nodes.size());
    for (const Node& child : children) add(child);
    return add({op, first, static_cast<std::uint16_t>(children.size())});
  }
  void step(std::uint16_t root) {
    Step step = make_step("s", StepKind::kObserve);
    step.root = root;
    definition.journeys[0].steps.push_back(step);
  }
  std::uint16_t random_tree(std::mt19937_64& random, int depth) {
    if (depth == 0 || random() % 3 == 0) return leaf(random() % definition.leaves.size());
    const auto op = static_cast<NodeOp>(1 + random() % 3);
    std::vector<Node> children;
    for (std::size_t i = op == NodeOp::kNot ? 1 : 1 + random() % 3; i > 0; --i) {
      children.push_back(definition.nodes[random_tree(random, depth - 1)]);
    }
    return node(op, children);
  }

  Definition definition;

 private:
  std::uint16_t add(Node node) {
    definition.nodes.push_back(node);
    return static_cast<std::uint16_t>(definition.nodes.size() - 1);
  }
};

std::vector<int> matched(StepMatcher& matcher, std::initializer_list<std::uint16_t> leaves) {
  matcher.begin();
  for (const std::uint16_t leaf : leaves) matcher.set_true(leaf);
  const auto steps = matcher.finish();
  return {steps.begin(), steps.end()};
}

TEST(StepMatcher, StepsComeInListedOrderWhateverTheOrderOfTheirLeaves) {
  Trees t(2);
  t.step(t.leaf(1));
  t.step(t.leaf(0));
  t.step(t.leaf(1));
  StepMatcher matcher(t.definition);
  EXPECT_EQ(matched(matcher, {0, 1}), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(matched(matcher, {1}), (std::vector<int>{0, 2}));
  EXPECT_EQ(matched(matcher, {}), std::vector<int>{});
}

TEST(StepMatcher, NotAloneMakesNoMessageAStep) {
  Trees t(2);
  t.step(t.node(NodeOp::kNot, {{NodeOp::kLeaf, 0, 0}}));
  t.step(t.node(NodeOp::kAll,
                {{NodeOp::kLeaf, 1, 0}, t.definition.nodes[0 + t.node(NodeOp::kNot, {{NodeOp::kLeaf, 0, 0}})]}));
  StepMatcher matcher(t.definition);
  EXPECT_EQ(matched(matcher, {1}), (std::vector<int>{1}));
  EXPECT_EQ(matched(matcher, {0}), std::vector<int>{});
  EXPECT_EQ(matched(matcher, {0, 1}), std::vector<int>{});
  EXPECT_EQ(matched(matcher, {}), std::vector<int>{});
}

bool holds(const Definition& d, const Node& node, const std::vector<bool>& leaves) {
  if (node.op == NodeOp::kLeaf) return leaves[node.first];
  std::size_t holding = 0;
  for (std::size_t i = 0; i < node.count; ++i) {
    if (holds(d, d.nodes[node.first + i], leaves)) ++holding;
  }
  return node.op == NodeOp::kAny ? holding > 0 : node.op == NodeOp::kAll ? holding == node.count : holding == 0;
}
bool touches(const Definition& d, const Node& node, const std::vector<bool>& leaves) {
  if (node.op == NodeOp::kLeaf) return leaves[node.first];
  for (std::size_t i = 0; i < node.count; ++i) {
    if (touches(d, d.nodes[node.first + i], leaves)) return true;
  }
  return false;
}

TEST(StepMatcher, AgreesWithEvaluatingEveryTreeForEveryMessage) {
  std::mt19937_64 random(13);
  for (int round = 0; round < 500; ++round) {
    Trees t(8);
    for (int s = 0; s < 12; ++s) t.step(t.random_tree(random, 3));
    StepMatcher matcher(t.definition);
    for (int message = 0; message < 40; ++message) {
      std::vector<bool> leaves(8);
      for (int i = 0; i < 3; ++i) leaves[random() % 8] = true;
      matcher.begin();
      for (std::uint16_t i = 8; i-- > 0;) {
        if (leaves[i]) matcher.set_true(i);
      }
      std::vector<int> expected;
      for (int s = 0; s < 12; ++s) {
        const Node& root = t.definition.nodes[t.definition.journeys[0].steps[static_cast<std::size_t>(s)].root];
        if (touches(t.definition, root, leaves) && holds(t.definition, root, leaves)) expected.push_back(s);
      }
      const auto steps = matcher.finish();
      ASSERT_EQ(std::vector<int>(steps.begin(), steps.end()), expected);
    }
  }
}

}  // namespace
}  // namespace bellrock::journey
