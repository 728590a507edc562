#include "control/cli/replay/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace bellrock::cli {
namespace {

using Groups = std::array<unsigned, 8>;

struct Run {
  std::size_t begin = 0, length = 0;
};

// The first of the longest runs of zero groups; a single one is written out (RFC 5952 4.2.2 and 4.2.3).
Run longest_zeros(const Groups& groups) {
  Run best, run;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    run = groups[i] != 0 ? Run{i + 1, 0} : Run{run.begin, run.length + 1};
    if (run.length > best.length) best = run;
  }
  return best.length > 1 ? best : Run{};
}

std::string v6_text(const Groups& groups) {
  const Run zeros = longest_zeros(groups);
  std::string text;
  for (std::size_t i = 0; i < groups.size();) {
    if (zeros.length > 0 && i == zeros.begin) {
      text += "::";
      i += zeros.length;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", groups[i++]);
  }
  return text;
}

}  // namespace

std::string address_text(const Endpoint& endpoint) {
  const auto& a = endpoint.address;
  const bool mapped =
      std::all_of(a.begin(), a.begin() + 10, [](auto b) { return b == 0; }) && a[10] == 255 && a[11] == 255;
  if (mapped) return fmt::format("{}.{}.{}.{}:{}", a[12], a[13], a[14], a[15], endpoint.port);
  Groups groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<unsigned>(a[2 * i]) << 8 | a[2 * i + 1];
  return fmt::format("[{}]:{}", v6_text(groups), endpoint.port);
}

std::string error_text(const Error& error) {
  constexpr std::string_view kErrno = ", errno";
  std::string_view what = error.what;
  if (what.ends_with("at byte")) return fmt::format("{} {}", what, error.detail);
  const bool is_errno = what.ends_with(kErrno);
  if (is_errno) what.remove_suffix(kErrno.size());
  if (!is_errno && error.detail == 0) return std::string(what);
  return fmt::format("{}: {}", what, std::strerror(static_cast<int>(error.detail)));
}

}  // namespace bellrock::cli
