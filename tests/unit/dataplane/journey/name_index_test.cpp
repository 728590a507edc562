#include "dataplane/journey/name_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace bellrock::journey {
namespace {

std::vector<std::uint16_t> found(const NameIndex& index, std::string_view text) {
  const auto values = index.find(text);
  return {values.begin(), values.end()};
}

TEST(NameIndex, FindsWhatAMapFindsInTheOrderOfAdding) {
  std::mt19937 random(1);
  const auto word = [&random] {
    std::string text(random() % 12, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 2);
    return text;
  };
  for (int round = 0; round < 200; ++round) {
    std::map<std::string, std::vector<std::uint16_t>> expected;
    for (std::uint16_t i = 0; i < round; ++i) expected[word()].push_back(i);
    std::multimap<std::uint16_t, std::string_view> by_value;
    for (const auto& [name, values] : expected) {
      for (const std::uint16_t value : values) by_value.emplace(value, name);
    }
    NameIndex index;
    for (const auto& [value, name] : by_value) index.add(name, value);
    index.finish();
    for (const auto& [name, values] : expected) ASSERT_EQ(found(index, name), values) << name;
    for (int i = 0; i < 50; ++i) {
      const std::string other = word();
      const auto known = expected.find(other);
      ASSERT_EQ(found(index, other), known == expected.end() ? std::vector<std::uint16_t>{} : known->second) << other;
    }
  }
}

TEST(NameIndex, KnowsTheEmptyNameOnlyWhereItWasAdded) {
  NameIndex index;
  EXPECT_TRUE(index.find("").empty());
  index.add("search", 3);
  index.finish();
  EXPECT_TRUE(index.find("").empty());
  EXPECT_TRUE(index.find({}).empty());
  NameIndex with;
  with.add("", 7);
  with.finish();
  EXPECT_EQ(found(with, {}), std::vector<std::uint16_t>{7});
}

}  // namespace
}  // namespace bellrock::journey
