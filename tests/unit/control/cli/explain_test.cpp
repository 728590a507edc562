#include "control/cli/commands/explain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "control/cli/lint/rules.h"
#include "control/config/codes.h"

namespace bellrock::cli {
namespace {

struct Ran {
  int exit_code;
  std::string out, err;
};
Ran explain(const std::string& code) {
  std::ostringstream out, err;
  const int exit_code = run_explain(code, out, err);
  return {exit_code, out.str(), err.str()};
}

TEST(ExplainCommand, SaysWhatACodeMeansAndWhatMendsIt) {
  const Ran ran = explain("BR1906");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out,
            "BR1906 (warning): one message matches more steps of a journey than an event has room for\n"
            "  fix: make the steps' conditions exclude each other, or split the journey in two\n");
  EXPECT_EQ(explain("br1906").out, ran.out) << "as people type";
  EXPECT_TRUE(explain("BR1302").out.starts_with("BR1302 (error): "));
}

TEST(ExplainCommand, ListsEveryCodeWhenNoneIsAskedFor) {
  const std::string out = explain("").out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'),
            2 * static_cast<std::ptrdiff_t>(config::kCodes.size() + kLintCodes.size()));
  for (const config::CodeInfo& info : config::kCodes) EXPECT_EQ(explain(std::string(info.code)).exit_code, 0);
}

TEST(ExplainCommand, RefusesWhatIsNoCode) {
  const Ran ran = explain("BR13O2");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find("did you mean `BR1302`?"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace bellrock::cli
