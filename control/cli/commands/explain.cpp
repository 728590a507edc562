#include "control/cli/commands/explain.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string_view>
#include <vector>

#include "control/cli/exit_code.h"
#include "control/cli/lint/explanations.h"
#include "control/cli/lint/rules.h"
#include "control/config/codes.h"
#include "control/config/value.h"

namespace bellrock::cli {
namespace {

bool same_code(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return upper(x) == upper(y); });
}

struct Line {
  std::string_view code, severity, meaning, fix;
};

// BR19xx are warnings: the configuration is used all the same. BR20xx are lint's.
std::vector<Line> all_lines() {
  std::vector<Line> lines;
  for (const config::CodeInfo& info : config::kCodes) {
    lines.push_back({info.code, info.code.starts_with("BR19") ? "warning" : "error", info.meaning, info.fix});
  }
  for (const LintCode& code : kLintCodes)
    lines.push_back({code.code, code.note ? "note" : "warning", code.meaning, code.fix});
  return lines;
}

void write(const Line& line, std::ostream& out) {
  out << line.code << " (" << line.severity << "): " << line.meaning << "\n  fix: " << line.fix << '\n';
}

void write_indented(std::string_view text, std::ostream& out) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out << "    " << text.substr(0, end) << '\n';
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

void write_example(std::string_view code, std::ostream& out) {
  const Explanation* const explanation = explanation_of(code);
  if (explanation == nullptr) return;
  out << '\n' << explanation->why << "\n\n  has it:\n";
  write_indented(explanation->wrong, out);
  out << "\n  does not:\n";
  write_indented(explanation->right, out);
}

}  // namespace

int run_explain(const std::string& code, std::ostream& out, std::ostream& err) {
  std::vector<std::string_view> codes;
  for (const Line& line : all_lines()) {
    codes.push_back(line.code);
    if (!code.empty() && !same_code(line.code, code)) continue;
    write(line, out);
    if (code.empty()) continue;
    write_example(line.code, out);
    return kDone;
  }
  if (code.empty()) return kDone;
  const std::string_view meant = config::nearest(code, codes);
  err << "bellrock: no finding has the code " << config::shown(code) << "; "
      << (meant.empty() ? "`bellrock explain` lists all" : "did you mean `" + std::string(meant) + "`?") << '\n';
  return kUsage;
}

void add_explain(CLI::App& app, int& exit_code) {
  auto code = std::make_shared<std::string>();
  CLI::App* const command =
      app.add_subcommand("explain", "What a finding of `validate` or `lint` means, and what mends it");
  command->add_option("code", *code, "its code, such as BR1302; without one, all of them");
  command->callback([code, &exit_code] { exit_code = run_explain(*code, std::cout, std::cerr); });
}

}  // namespace bellrock::cli
