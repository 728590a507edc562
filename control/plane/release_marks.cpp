#include "control/plane/release_marks.h"

#include <algorithm>
#include <utility>

#include "control/plane/range.h"
#include "control/plane/writes.h"

namespace bellrock::plane {
namespace {

using slo::ChangeMarker;
using store::JournalEntry;
using store::StoreError;
using store::StoreSnapshot;

constexpr std::string_view kOther = "__other__";

std::int64_t hour_of(std::int64_t unix_s) { return unix_s - unix_s % kHourSeconds; }

bool is_marked(const std::vector<ChangeMarker>& markers, const std::string& journey, const std::string& release,
               std::int64_t now) {
  return std::any_of(markers.begin(), markers.end(), [&](const ChangeMarker& one) {
    return one.version == release && (one.journey.empty() || one.journey == journey) &&
           one.at_unix_s > now - kReleaseForgottenSeconds;
  });
}

std::size_t marked_lately(const std::vector<ChangeMarker>& markers, const std::string& journey, std::int64_t now) {
  return static_cast<std::size_t>(std::count_if(markers.begin(), markers.end(), [&](const ChangeMarker& one) {
    return one.who == kReleaseMarkedBy && one.journey == journey && one.at_unix_s > now - slo::kDaySeconds;
  }));
}

JournalEntry mark(const std::string& journey, const std::string& release, std::int64_t first, std::int64_t now) {
  ChangeMarker marker;
  marker.at_unix_s = std::min(first, now);
  marker.journey = journey;
  marker.version = release;
  marker.who = kReleaseMarkedBy;
  marker.what = "first attempts of release";
  JournalEntry entry = to_entry(marker, now);
  entry.key = "release/" + journey + "/" + release + "/" + std::to_string(marker.at_unix_s / slo::kDaySeconds);
  return entry;
}

bool is_name(const std::string& release) {
  return release != kOther && release.size() <= kWriteTextMax &&
         std::none_of(release.begin(), release.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool has_share(std::uint64_t attempts, std::uint64_t all) { return attempts * 100 >= all * kReleaseSharePercent; }

using Attempts = std::map<std::string, std::uint64_t>;

std::uint64_t sum_of(const Attempts& attempts) {
  std::uint64_t sum = 0;
  for (const auto& [release, n] : attempts) sum += n;
  return sum;
}

// Those that so many visitors have that it is no accident, of one day's attempts.
std::set<std::string> established(const Attempts& day) {
  const std::uint64_t all = sum_of(day);
  std::set<std::string> releases;
  for (const auto& [release, n] : day) {
    if (n >= kReleaseAttemptsMin && has_share(n, all) && is_name(release)) releases.insert(release);
  }
  return releases;
}

}  // namespace

Result<ReleaseMarks::Slices, StoreError> ReleaseMarks::slices(StoreSnapshot& snapshot, const std::string& journey,
                                                              std::int64_t from, std::int64_t to, std::int64_t step_s) {
  store::SeriesQuery query;
  query.journey = journey;
  query.kind = CellKind::kOutcome;
  query.scope = CellScope::kDimensioned;
  query.from = from;
  query.to = to;
  query.once = true;
  TRY_ASSIGN(const auto counts, snapshot.counts(query, step_s));
  Slices all;
  for (const auto& slice : counts.slices) {
    for (const auto& [name, value] : counts.keys[slice.series].dimensions) {
      if (name == kReleaseDimension && slice.n != 0) all[slice.start_unix_s][value] += slice.n;
    }
  }
  return all;
}

// The first minute of the first hour in which it had its share.
Result<std::int64_t, StoreError> ReleaseMarks::began(StoreSnapshot& snapshot, const std::string& journey,
                                                     const std::string& release, const Slices& hours) {
  for (const auto& [hour, attempts] : hours) {
    const auto own = attempts.find(release);
    if (own == attempts.end() || !has_share(own->second, sum_of(attempts))) continue;
    TRY_ASSIGN(const auto minutes, slices(snapshot, journey, hour, hour + kHourSeconds, slo::kMinuteSeconds));
    for (const auto& [minute, in_it] : minutes) {
      if (in_it.contains(release)) return minute;
    }
    return hour;
  }
  return hours.begin()->first;
}

Result<std::vector<JournalEntry>, StoreError> ReleaseMarks::run(std::int64_t now) {
  std::vector<JournalEntry> marks;
  if (now >= looked_at_ && now - looked_at_ < kReleaseLookSeconds) return marks;
  looked_at_ = now;
  TRY_ASSIGN(const auto snapshot, store_.snapshot());
  for (const auto& journey : catalog_) TRY(look_at(*snapshot, journey.name, now, marks));
  return marks;
}

Status<StoreError> ReleaseMarks::look_at(StoreSnapshot& snapshot, const std::string& journey, std::int64_t now,
                                         std::vector<JournalEntry>& marks) {
  const std::int64_t from = hour_of(now - slo::kDaySeconds), to = hour_of(now) + kHourSeconds;
  TRY_ASSIGN(const auto hours, slices(snapshot, journey, from, to, kHourSeconds));
  Attempts day;
  for (const auto& [hour, attempts] : hours) {
    for (const auto& [release, n] : attempts) day[release] += n;
  }
  std::set<std::string>& known = known_[journey];
  std::set<std::string> unknown = established(day);
  for (const auto& release : known) unknown.erase(release);
  if (unknown.empty()) return Done{};
  TRY_ASSIGN(const auto days, slices(snapshot, journey, from - kReleaseForgottenSeconds, from, slo::kDaySeconds));
  std::set<std::string> before;
  for (const auto& [start, attempts] : days) before.merge(established(attempts));
  TRY_ASSIGN(const auto markers, read_changes(snapshot));
  const bool had_any = !before.empty() || !known.empty();  // a journey's first release of all changed nothing
  std::size_t room = kReleasesADay - std::min(kReleasesADay, marked_lately(markers, journey, now));
  for (const auto& release : unknown) {
    if (!had_any || before.contains(release) || is_marked(markers, journey, release, now)) {
      known.insert(release);
    } else if (room > 0) {
      --room;
      TRY_ASSIGN(const std::int64_t first, began(snapshot, journey, release, hours));
      marks.push_back(mark(journey, release, first, now));
    }
  }
  return Done{};
}

}  // namespace bellrock::plane
