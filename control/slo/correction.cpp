#include "control/slo/correction.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace bellrock::slo {
namespace {

bool concerns(const Correction& correction, const std::string& journey, const std::string& objective) {
  if (!correction.journey.empty() && correction.journey != journey) return false;
  return correction.objective.empty() || correction.objective == objective;
}

// Which were revoked by `now`, by their numbers: thousands may be asked about.
std::unordered_set<std::uint64_t> revoked_by(std::span<const Correction> all, std::int64_t now) {
  std::unordered_set<std::uint64_t> ids;
  for (const auto& one : all) {
    if (one.revokes != 0 && one.made_unix_s <= now) ids.insert(one.revokes);
  }
  return ids;
}

}  // namespace

std::vector<Correction> in_force(std::span<const Correction> corrections, const std::string& journey,
                                 const std::string& objective, std::int64_t from, std::int64_t to, std::int64_t now) {
  std::vector<Correction> all;
  const auto revoked = revoked_by(corrections, now);
  for (const auto& one : corrections) {
    if (one.revokes != 0 || one.made_unix_s > now || std::max(one.from, from) >= std::min(one.to, to)) continue;
    if (concerns(one, journey, objective) && !revoked.contains(one.id)) all.push_back(one);
  }
  return all;
}

bool holds(std::span<const Correction> corrections, std::uint64_t id) {
  const auto revoked = revoked_by(corrections, std::numeric_limits<std::int64_t>::max());
  return std::any_of(corrections.begin(), corrections.end(), [&](const Correction& one) {
    return one.id == id && one.revokes == 0 && !revoked.contains(one.id);
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
