#include "control/config/report.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace bellrock::config {

void Report::error(Code code, const Place& place, std::string message, std::string fix) {
  has_errors_ = true;
  add(code, place, std::move(message), std::move(fix), false);
}

void Report::warning(Code code, const Place& place, std::string message, std::string fix) {
  add(code, place, std::move(message), std::move(fix), true);
}

void Report::add(Code code, const Place& place, std::string message, std::string fix, bool warning) {
  if (full()) return;
  if (fix.empty()) fix = info(code).fix;
  findings_.push_back({std::string(info(code).code), place.file, place.mark.line, place.mark.column, place.key,
                       std::move(message), std::move(fix), warning});
}

std::vector<Diagnostic> Report::take() {
  std::stable_sort(findings_.begin(), findings_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
  return std::exchange(findings_, {});
}

}  // namespace bellrock::config
