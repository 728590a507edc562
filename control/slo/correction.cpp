#include "control/slo/correction.h"

#include <algorithm>
#include <limits>

namespace bellrock::slo {
namespace {

bool concerns(const Correction& correction, const std::string& journey, const std::string& objective) {
  if (!correction.journey.empty() && correction.journey != journey) return false;
  return correction.objective.empty() || correction.objective == objective;
}

bool revoked(const Correction& correction, std::span<const Correction> all, std::int64_t now) {
  return std::any_of(all.begin(), all.end(), [&](const Correction& other) {
    return other.revokes != 0 && other.revokes == correction.id && other.made_unix_s <= now;
  });
}

}  // namespace

std::vector<Correction> in_force(std::span<const Correction> corrections, const std::string& journey,
                                 const std::string& objective, std::int64_t from, std::int64_t to, std::int64_t now) {
  std::vector<Correction> all;
  for (const auto& one : corrections) {
    if (one.revokes != 0 || one.made_unix_s > now || std::max(one.from, from) >= std::min(one.to, to)) continue;
    if (concerns(one, journey, objective) && !revoked(one, corrections, now)) all.push_back(one);
  }
  return all;
}

bool holds(std::span<const Correction> corrections, std::uint64_t id) {
  return std::any_of(corrections.begin(), corrections.end(), [&](const Correction& one) {
    return one.id == id && one.revokes == 0 && !revoked(one, corrections, std::numeric_limits<std::int64_t>::max());
  });
}

std::vector<Minutes> taken_out(std::span<const Correction> corrections, const std::string& journey,
                               const std::string& objective, std::int64_t now) {
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
  std::vector<Minutes> spans;
  for (const auto& one :
       in_force(corrections, journey, objective, std::numeric_limits<std::int64_t>::min(), kEver, now))
    spans.push_back({one.from, one.to});
  std::sort(spans.begin(), spans.end(), [](const Minutes& a, const Minutes& b) { return a.from < b.from; });
  std::vector<Minutes> joined;
  for (const auto& span : spans) {
    if (!joined.empty() && span.from <= joined.back().to) {
      joined.back().to = std::max(joined.back().to, span.to);
    } else {
      joined.push_back(span);
    }
  }
  return joined;
}

Events corrected_sum(const History& history, std::span<const Minutes> taken_out, std::int64_t from, std::int64_t to) {
  Events events = history.sum(from, to);
  for (const auto& span : taken_out) events -= history.sum(std::max(from, span.from), std::min(to, span.to));
  return events;
}

}  // namespace bellrock::slo
