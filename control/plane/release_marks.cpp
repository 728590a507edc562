#include "control/plane/release_marks.h"

#include <algorithm>
#include <utility>

#include "control/plane/range.h"

namespace bellrock::plane {
namespace {

using slo::ChangeMarker;
using store::JournalEntry;
using store::StoreError;
using store::StoreSnapshot;

constexpr std::string_view kOther = "__other__";

std::int64_t hour_of(std::int64_t unix_s) { return unix_s - unix_s % kHourSeconds; }

bool is_marked(const std::vector<ChangeMarker>& markers, const std::string& journey, const std::string& release) {
  return std::any_of(markers.begin(), markers.end(), [&](const ChangeMarker& one) {
    return one.version == release && (one.journey.empty() || one.journey == journey);
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
  entry.key = "release/" + journey + "/" + release;
  return entry;
}

}  // namespace

Result<ReleaseMarks::Releases, StoreError> ReleaseMarks::releases(StoreSnapshot& snapshot, const std::string& journey,
                                                                  std::int64_t from, std::int64_t to,
                                                                  std::int64_t step_s) const {
  store::SeriesQuery query;
  query.journey = journey;
  query.kind = CellKind::kOutcome;
  query.scope = CellScope::kDimensioned;
  query.from = from;
  query.to = to;
  query.once = true;
  TRY_ASSIGN(const auto counts, snapshot.counts(query, step_s));
  Releases all;
  for (const auto& slice : counts.slices) {
    for (const auto& [name, value] : counts.keys[slice.series].dimensions) {
      if (name != kReleaseDimension || slice.n == 0) continue;
      Seen& seen = all[value];
      seen.first = seen.attempts == 0 ? slice.start_unix_s : std::min(seen.first, slice.start_unix_s);
      seen.attempts += slice.n;
    }
  }
  return all;
}

Result<std::vector<JournalEntry>, StoreError> ReleaseMarks::run(std::int64_t now) {
  std::vector<JournalEntry> marks;
  if (now >= looked_at_ && now - looked_at_ < kReleaseLookSeconds) return marks;
  TRY_ASSIGN(const auto snapshot, store_.snapshot());
  // What came while no centre ran is looked for after a start.
  const std::int64_t from = hour_of(now - (looked_at_ == 0 ? slo::kDaySeconds : kHourSeconds));
  for (const auto& journey : catalog_) TRY(look_at(*snapshot, journey.name, from, now, marks));
  looked_at_ = now;
  return marks;
}

Status<StoreError> ReleaseMarks::look_at(StoreSnapshot& snapshot, const std::string& journey, std::int64_t from,
                                         std::int64_t now, std::vector<JournalEntry>& marks) {
  const std::int64_t to = now - now % slo::kMinuteSeconds + slo::kMinuteSeconds;
  TRY_ASSIGN(const auto lately, releases(snapshot, journey, from, to, to - from));
  std::uint64_t attempts = 0;
  for (const auto& [release, seen] : lately) attempts += seen.attempts;
  std::set<std::string>& known = known_[journey];
  std::vector<std::string> unknown;
  for (const auto& [release, seen] : lately) {
    const bool enough = seen.attempts >= kReleaseAttemptsMin && seen.attempts * 100 >= attempts * kReleaseSharePercent;
    if (release != kOther && enough && !known.contains(release)) unknown.push_back(release);
  }
  if (unknown.empty()) return Done{};
  TRY_ASSIGN(const auto before, releases(snapshot, journey, hour_of(from - kReleaseForgottenSeconds), from,
                                         from - hour_of(from - kReleaseForgottenSeconds)));
  TRY_ASSIGN(const auto minutes, releases(snapshot, journey, from, to, slo::kMinuteSeconds));
  TRY_ASSIGN(const auto markers, read_changes(snapshot));
  const bool had_any = !before.empty() || !known.empty();
  std::size_t room = kReleasesADay - std::min(kReleasesADay, marked_lately(markers, journey, now));
  for (const auto& release : unknown) {
    // The first release that a journey has ever had changed nothing.
    const bool is_new = had_any && !before.contains(release) && !is_marked(markers, journey, release);
    if (is_new && room > 0) {
      --room;
      marks.push_back(mark(journey, release, minutes.at(release).first, now));
    } else {
      known.insert(release);
    }
  }
  return Done{};
}

}  // namespace bellrock::plane
