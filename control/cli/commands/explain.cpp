#include "control/cli/commands/explain.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string_view>
#include <vector>

#include "control/cli/exit_code.h"
#include "control/config/codes.h"
#include "control/config/value.h"

namespace bellrock::cli {
namespace {

bool same_code(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return upper(x) == upper(y); });
}

// BR19xx are warnings: the configuration is used all the same.
std::string_view severity(std::string_view code) { return code.starts_with("BR19") ? "warning" : "error"; }

void write(const config::CodeInfo& info, std::ostream& out) {
  out << info.code << " (" << severity(info.code) << "): " << info.meaning << "\n  fix: " << info.fix << '\n';
}

}  // namespace

int run_explain(const std::string& code, std::ostream& out, std::ostream& err) {
  std::vector<std::string_view> codes;
  for (const config::CodeInfo& info : config::kCodes) {
    codes.push_back(info.code);
    if (!code.empty() && !same_code(info.code, code)) continue;
    write(info, out);
    if (!code.empty()) return kDone;
  }
  if (code.empty()) return kDone;
  const std::string_view meant = config::nearest(code, codes);
  err << "bellrock: no finding has the code " << config::shown(code) << "; "
      << (meant.empty() ? "`bellrock explain` lists all" : "did you mean `" + std::string(meant) + "`?") << '\n';
  return kUsage;
}

void add_explain(CLI::App& app, int& exit_code) {
  auto code = std::make_shared<std::string>();
  CLI::App* const command = app.add_subcommand("explain", "What a finding of `validate` means, and what mends it");
  command->add_option("code", *code, "its code, such as BR1302; without one, all of them");
  command->callback([code, &exit_code] { exit_code = run_explain(*code, std::cout, std::cerr); });
}

}  // namespace bellrock::cli
