#include "control/store/clickhouse_cluster_snapshot.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "control/flow/histogram.h"
#include "control/store/on_each.h"

namespace bellrock::store {
namespace {

// Asks all shards, and gives each answer to `take`; the first failure is the answer to all.
template <typename Parts, typename Ask, typename Take>
Status<StoreError> gather(const Parts& parts, const Ask& ask, const Take& take) {
  auto answers = on_each(parts.size(), [&](std::size_t i) { return ask(*parts[i]); });
  for (auto& answer : answers) {
    if (!answer.ok()) return Failure{answer.error()};
  }
  for (auto& answer : answers) take(std::move(*answer));
  return Done{};
}

}  // namespace

Result<std::vector<control::SeriesSum>, StoreError> ClusterSnapshot::sums(const SeriesQuery& query) {
  std::map<control::SeriesKey, control::Distribution> by_key;
  TRY(gather(
      parts_, [&](auto& part) { return part.sums(query); },
      [&](auto some) {
        for (const auto& [key, total] : some) control::merge(by_key[key], total);
      }));
  std::vector<control::SeriesSum> sums;
  for (auto& [key, total] : by_key) sums.push_back({key, std::move(total)});
  return sums;
}

Result<std::vector<control::SeriesSlice>, StoreError> ClusterSnapshot::slices(const SeriesQuery& query,
                                                                              std::int64_t step_s) {
  std::map<std::pair<control::SeriesKey, std::int64_t>, control::Distribution> by_key;
  TRY(gather(
      parts_, [&](auto& part) { return part.slices(query, step_s); },
      [&](auto some) {
        for (const auto& slice : some) control::merge(by_key[{slice.key, slice.start_unix_s}], slice.total);
      }));
  std::vector<control::SeriesSlice> slices;
  for (auto& [at, total] : by_key) slices.push_back({at.second, at.first, std::move(total)});
  return slices;
}

Result<Counts, StoreError> ClusterSnapshot::counts(const SeriesQuery& query, std::int64_t step_s) {
  std::map<control::SeriesKey, std::map<std::int64_t, std::uint64_t>> by_key;
  TRY(gather(
      parts_, [&](auto& part) { return part.counts(query, step_s); },
      [&](auto some) {
        for (const auto& slice : some.slices) by_key[some.keys[slice.series]][slice.start_unix_s] += slice.n;
      }));
  Counts counts;
  for (const auto& [key, by_start] : by_key) {
    for (const auto& [start, n] : by_start) counts.slices.push_back({start, counts.keys.size(), n});
    counts.keys.push_back(key);
  }
  return counts;
}

Result<std::vector<control::Storyboard>, StoreError> ClusterSnapshot::storyboards(const StoryQuery& query) {
  std::vector<control::Storyboard> stories;
  TRY(gather(
      parts_, [&](auto& part) { return part.storyboards(query); },
      [&](auto some) { std::move(some.begin(), some.end(), std::back_inserter(stories)); }));
  control::keep_lowest(stories);
  return stories;
}

// Nodes of two shards are heard in the same minutes.
Result<Heard, StoreError> ClusterSnapshot::heard(std::int64_t from, std::int64_t to) {
  std::set<std::int64_t> minutes;
  Heard heard;
  TRY(gather(
      parts_, [&](auto& part) { return part.heard_minutes(from, to); },
      [&](auto some) {
        minutes.insert(some.minutes.begin(), some.minutes.end());
        if (some.first) heard.first = std::min(*some.first, heard.first.value_or(*some.first));
      }));
  heard.minutes = static_cast<std::int64_t>(minutes.size());
  return heard;
}

Result<std::vector<JournalEntry>, StoreError> ClusterSnapshot::journal(const std::string& kind, std::size_t max) {
  return parts_.front()->journal(kind, max);
}

Result<std::map<std::string, std::uint64_t>, StoreError> ClusterSnapshot::board_lost(std::int64_t from,
                                                                                     std::int64_t to) {
  std::map<std::string, std::uint64_t> lost;
  TRY(gather(
      parts_, [&](auto& part) { return part.board_lost(from, to); },
      [&](auto some) {
        for (const auto& [journey, n] : some) lost[journey] += n;
      }));
  return lost;
}

Result<std::vector<SourceStatus>, StoreError> ClusterSnapshot::sources() {
  std::vector<SourceStatus> all;
  TRY(gather(
      parts_, [](auto& part) { return part.sources(); },
      [&](auto some) { std::move(some.begin(), some.end(), std::back_inserter(all)); }));
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return std::tie(a.node, a.boot) < std::tie(b.node, b.boot); });
  return all;
}

Result<std::vector<LifetimeCount>, StoreError> ClusterSnapshot::lifetime() {
  std::map<control::SeriesKey, std::uint64_t> by_key;
  TRY(gather(
      parts_, [](auto& part) { return part.lifetime(); },
      [&](auto some) {
        for (const auto& [key, n] : some) by_key[key] += n;
      }));
  std::vector<LifetimeCount> counts;
  for (const auto& [key, n] : by_key) counts.push_back({key, n});
  return counts;
}

Result<std::map<std::string, JourneyLedger>, StoreError> ClusterSnapshot::ledger() {
  std::map<std::string, JourneyLedger> ledger;
  TRY(gather(
      parts_, [](auto& part) { return part.ledger(); },
      [&](auto some) {
        for (const auto& [journey, one] : some) {
          JourneyLedger& all = ledger[journey];
          all.starts += one.starts;
          all.ended += one.ended;
          all.open += one.open;
          all.board_lost += one.board_lost;
        }
      }));
  return ledger;
}

Result<Conservation, StoreError> ClusterSnapshot::conservation() {
  Conservation all;
  TRY(gather(
      parts_, [](auto& part) { return part.conservation(); },
      [&](auto one) {
        all.recorded += one.recorded;
        all.kept += one.kept;
        all.trimmed += one.trimmed;
      }));
  return all;
}

Result<AsideSummary, StoreError> ClusterSnapshot::aside() { return parts_.front()->aside(); }

std::vector<std::string> ClusterSnapshot::problems() const {
  std::vector<std::string> all;
  for (const auto& part : parts_) {
    for (auto& problem : part->problems()) all.push_back(std::move(problem));
  }
  return all;
}

}  // namespace bellrock::store
