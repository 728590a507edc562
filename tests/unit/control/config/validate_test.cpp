#include "control/cli/commands/validate.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

namespace bellrock::cli {
namespace {

const std::string kBroken = BELLROCK_TEST_DATA "/broken-config/";

struct Ran {
  int exit_code;
  std::string out, err;
};
Ran validate(const std::string& file, const std::string& output = "table", bool deny_warnings = false) {
  std::ostringstream out, err;
  const int exit_code = run_validate({{file}, deny_warnings, output}, out, err);
  return {exit_code, out.str(), err.str()};
}

TEST(ValidateCommand, IsSilentAndContentWithAGoodConfiguration) {
  const Ran ran = validate(BELLROCK_SOURCE "/config", "table", true);
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "0 errors, 0 warnings in 9 files: 2 journeys, 4 objectives\n");
}

TEST(ValidateCommand, WritesFindingsAsACompilerDoes) {
  const Ran ran = validate(kBroken + "out-of-range.yaml");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_EQ(ran.out, kBroken +
                         "out-of-range.yaml:5:12: error BR1107 [spec.workers]: `65` is outside the range; "
                         "fix: write a number from 1 to 64\n");
}

TEST(ValidateCommand, FailsOnWarningsOnlyWhenTheyAreDenied) {
  EXPECT_EQ(validate(kBroken + "warn-no-target.yaml").exit_code, 0);
  EXPECT_EQ(validate(kBroken + "warn-no-target.yaml", "table", true).exit_code, 1);
}

TEST(ValidateCommand, WritesOneJsonDocument) {
  const Ran ran = validate(kBroken + "out-of-range.yaml", "json");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_EQ(ran.err, "");
  EXPECT_TRUE(ran.out.starts_with("{\"valid\": false, \"errors\": 1, \"warnings\": 0, \"files\": 1"));
  EXPECT_NE(ran.out.find("\"code\": \"BR1107\""), std::string::npos);
  EXPECT_NE(ran.out.find("\"line\": 5, \"column\": 12, \"key\": \"spec.workers\""), std::string::npos);
}

TEST(ValidateCommand, WritesOneLineForEachFinding) {
  const std::string out = validate(kBroken + "alias.yaml", "jsonl").out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 3);
  EXPECT_NE(validate(kBroken + "alias.yaml", "yaml").out.find("\nfindings:\n  - {\"severity\": "), std::string::npos);
}

TEST(ValidateCommand, EscapesWhatAFileNameMayHold) {
  EXPECT_NE(validate("no \"such\"\n.yaml", "jsonl").out.find("no \\\"such\\\"\\u000a.yaml"), std::string::npos);
}

TEST(ValidateCommand, IsDeclaredWithItsOptions) {
  CLI::App app;
  int exit_code = -1;
  add_validate(app, exit_code);
  app.parse("validate --deny-warnings -o jsonl " + kBroken + "warn-no-target.yaml");
  EXPECT_EQ(exit_code, 1);
  EXPECT_THROW(app.parse("validate"), CLI::ParseError);
  EXPECT_THROW(app.parse("validate -o xml x.yaml"), CLI::ParseError);
}

}  // namespace
}  // namespace bellrock::cli
