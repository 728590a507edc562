// Marks a change where attempts of a new release begin: a value of the dimension `release` that has a share of a
// journey's attempts within a day and had none in any day before. A canary below that share is marked when it grows.
// Pipelines that mark their own deploys are not doubled: what is marked with the release as its version is left alone.
// For one thread; the store may be shared with other centres, which come to the same entry.
//
// Releases are texts from beacons, so whoever sends beacons may name some: a release is one once a share of the
// journey's attempts has it, and no more than kReleasesADay of a journey are marked in a day.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/plane/catalog.h"
#include "control/plane/journal.h"
#include "control/store/series_store.h"

namespace bellrock::plane {

inline constexpr const char* kReleaseDimension = "release";
inline constexpr std::int64_t kReleaseLookSeconds = 300;                         // from look to look
inline constexpr std::uint64_t kReleaseAttemptsMin = 30;                         // of a day
inline constexpr std::uint64_t kReleaseSharePercent = 1;                         // and so much of a day's attempts
inline constexpr std::int64_t kReleaseForgottenSeconds = 90 * slo::kDaySeconds;  // so long ago it is new again
inline constexpr std::size_t kReleasesADay = 10;
inline constexpr const char* kReleaseMarkedBy = "bellrock";

class ReleaseMarks {
 public:
  ReleaseMarks(store::SeriesStore& store, const Catalog& catalog) : store_(store), catalog_(catalog) {}

  // What is to be written down, until the journal has it. Looks no more often than each kReleaseLookSeconds, also
  // where it fails.
  Result<std::vector<store::JournalEntry>, store::StoreError> run(std::int64_t now);

 private:
  // Attempts of each release, by the start of a slice.
  using Slices = std::map<std::int64_t, std::map<std::string, std::uint64_t>>;

  static Result<Slices, store::StoreError> slices(store::StoreSnapshot& snapshot, const std::string& journey,
                                                  std::int64_t from, std::int64_t to, std::int64_t step_s);
  static Result<std::int64_t, store::StoreError> began(store::StoreSnapshot& snapshot, const std::string& journey,
                                                       const std::string& release, const Slices& hours);
  Status<store::StoreError> look_at(store::StoreSnapshot& snapshot, const std::string& journey, std::int64_t now,
                                    std::vector<store::JournalEntry>& marks);

  store::SeriesStore& store_;
  const Catalog& catalog_;
  std::map<std::string, std::set<std::string>> known_;  // by journey: those that need no mark any more
  std::int64_t looked_at_ = 0;
};

}  // namespace bellrock::plane
