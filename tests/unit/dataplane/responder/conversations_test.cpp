// Every script in tests/conversations holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/unit/dataplane/responder/script.h"

namespace bellrock::responder::test {
namespace {

std::vector<std::string> scripts() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(BELLROCK_SOURCE "/tests/conversations")) {
    if (entry.path().extension() == ".pkt") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Conversation : public testing::TestWithParam<std::string> {};

TEST_P(Conversation, GoesAsItsScriptSays) {
  const auto script = std::make_unique<Script>(GetParam());
  const std::string problem = script->run();
  EXPECT_EQ(problem, "");
}

std::string name_of(const testing::TestParamInfo<std::string>& script) {
  std::string name = std::filesystem::path(script.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Conversation, testing::ValuesIn(scripts()), name_of);

TEST(Conversations, ThereAreAsManyAsPromised) { EXPECT_GE(scripts().size(), 90U); }

}  // namespace
}  // namespace bellrock::responder::test
