#include "control/config/yaml_tree.h"

#include <gtest/gtest.h>

#include <string>

namespace bellrock::config::yaml {
namespace {

TEST(YamlTree, KnowsWhereEveryKeyAndValueStands) {
  const Stream stream = parse("a: 1\nb:\n  - x\n  - {c: 'y'}\n");
  ASSERT_TRUE(stream.problems.empty());
  ASSERT_EQ(stream.documents.size(), 1u);
  const Node& map = stream.documents[0];
  EXPECT_EQ(map.keys[1].mark.line, 2);
  const Node& inner = map.items[1].items[1];
  EXPECT_EQ(inner.keys[0].mark.line, 4);
  EXPECT_EQ(inner.keys[0].mark.column, 6);
  EXPECT_EQ(inner.items[0].mark.column, 9);
}

TEST(YamlTree, RemembersWhatWasQuoted) {
  const Stream stream = parse("[1, '1', \"1\"]");
  const Node& list = stream.documents.at(0);
  EXPECT_FALSE(list.items[0].quoted);
  EXPECT_TRUE(list.items[1].quoted);
  EXPECT_TRUE(list.items[2].quoted);
}

TEST(YamlTree, PutsAnAbsentValueAtItsKey) {
  const Stream stream = parse("a:\n\n\nb: 1\n");
  EXPECT_EQ(stream.documents.at(0).items.at(0).type, NodeType::kNull);
  EXPECT_EQ(stream.documents.at(0).items.at(0).mark.line, 1);
}

TEST(YamlTree, KeepsDocumentsBeforeASyntaxError) {
  const Stream stream = parse("a: 1\n---\nb: [\n");
  EXPECT_EQ(stream.documents.size(), 1u);
  ASSERT_EQ(stream.problems.size(), 1u);
  EXPECT_EQ(stream.problems[0].code, Code::kSyntax);
  EXPECT_GE(stream.problems[0].mark.line, 3);
}

TEST(YamlTree, RefusesWhatCouldMakeASmallFileEndless) {
  std::string bomb = "a: &a [x, x]\n";
  for (char name = 'b'; name < 'z'; ++name) {
    const std::string previous(1, static_cast<char>(name - 1));
    bomb += std::string(1, name) + ": &" + name + " [*" + previous + ", *" + previous + "]\n";
  }
  const Stream stream = parse(bomb);
  EXPECT_GT(stream.problems.size(), 24u);
  EXPECT_EQ(stream.documents.at(0).items.back().items.size(), 2u);
}

TEST(YamlTree, RefusesEndlessNesting) {
  const Stream stream = parse(std::string(100'000, '['));
  EXPECT_EQ(stream.problems.at(0).code, Code::kSyntax);
}

TEST(YamlTree, EndsAtABracketThatClosesNothing) {
  for (const char* text : {"]", "}", "a: 1\n---\n]", "{a: [b]]}"}) {
    const Stream stream = parse(text);
    ASSERT_EQ(stream.problems.size(), 1u) << text;
    EXPECT_EQ(stream.problems[0].code, Code::kSyntax) << text;
    EXPECT_LE(stream.documents.size(), 3u) << text;
  }
}

TEST(YamlTree, RefusesKeysThatAreNoWords) { EXPECT_EQ(parse("{[a]: 1}").problems.at(0).code, Code::kWrongType); }

}  // namespace
}  // namespace bellrock::config::yaml
