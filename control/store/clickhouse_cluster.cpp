#include "control/store/clickhouse_cluster.h"

#include <algorithm>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_cluster_snapshot.h"
#include "control/store/guarded.h"
#include "control/store/on_each.h"

namespace bellrock::store {

std::size_t shard_of(std::string_view node, std::size_t shards) {
  std::uint64_t hash = 14'695'981'039'346'656'037u;
  for (const char c : node) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211u;
  // Names that differ in their last letter only must not be neighbours: the last steps of MurmurHash3.
  hash = (hash ^ hash >> 33) * 0xff51'afd7'ed55'8ccdu;
  hash = (hash ^ hash >> 33) * 0xc4ce'b9fe'1a85'ec53u;
  return static_cast<std::size_t>((hash ^ hash >> 33) % shards);
}

ClickHouseCluster::ClickHouseCluster(const ClickHouseOptions& options) {
  auto opened = on_each(options.shards.size(), [&](std::size_t i) {
    return guarded([&] {
      ClickHouseOptions shard = options;
      shard.urls = options.shards[i];
      shard.shard = i + 1;
      return std::make_unique<ClickHouseShard>(shard);
    });
  });
  for (auto& one : opened) {
    if (!one.ok()) throw SqlError(one.error().message);
    shards_.push_back(std::move(*one));
  }
}

bool ClickHouseCluster::counts_may_run_over(std::span<const ReceivedFrame> frames) const {
  control::Uint128 total = 0;
  for (const auto& frame : frames) total += total_of(*frame.frame);
  for (const auto& shard : shards_) total += shard->writer().total();
  return total > kCountMax;
}

Result<std::vector<Applied>, StoreError> ClickHouseCluster::apply(std::span<const ReceivedFrame> frames) {
  std::vector<Part> parts(shards_.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Part& part = parts[shard_of(frames[i].frame->node, shards_.size())];
    part.frames.push_back(frames[i]);
    part.places.push_back(i);
  }
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].frames.empty()) some.push_back(i);
  }
  const bool check_counts = counts_may_run_over(frames);
  const auto apply_one = [&](std::size_t i) { return apply_part(some[i], parts[some[i]], check_counts); };
  // What is held against the counts of all shards is not written to two at once.
  const auto applied = check_counts ? one_by_one(some.size(), apply_one) : on_each(some.size(), apply_one);
  std::vector<Applied> results(frames.size());
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (!applied[i].failure.empty()) return Failure{StoreError{applied[i].failure, false}};
    const Part& part = parts[some[i]];
    for (std::size_t j = 0; j < part.places.size(); ++j) results[part.places[j]] = applied[i].results[j];
  }
  return results;
}

ClickHouseCluster::Answer ClickHouseCluster::apply_part(std::size_t shard, const Part& part, bool check_counts) {
  std::vector<const ClickHouseClient*> beside;
  for (const auto& other : shards_) {
    if (other != shards_[shard]) beside.push_back(&other->client());
  }
  Answer answer;
  const auto done = guarded([&] {
    answer.results = shards_[shard]->writer().apply(part.frames, check_counts, beside);
    return Done{};
  });
  if (!done.ok()) answer.failure = done.error().message;
  return answer;
}

Status<StoreError> ClickHouseCluster::keep_aside(const RefusedFrame& refused) {
  return shards_.front()->keep_aside(refused);
}

// A shard that is away does not keep the others from it.
Status<StoreError> ClickHouseCluster::trim(const Retention& keep) {
  const auto trimmed = on_each(shards_.size(), [&](std::size_t i) { return shards_[i]->trim(keep); });
  for (const auto& one : trimmed) {
    if (!one.ok()) return Failure{one.error()};
  }
  return Done{};
}

Result<std::int64_t, StoreError> ClickHouseCluster::write_journal(const JournalEntry& entry) {
  return shards_.front()->write_journal(entry);
}

std::optional<std::int64_t> ClickHouseCluster::take_oldest_touched() {
  std::optional<std::int64_t> oldest;
  for (const auto& one : on_each(shards_.size(), [&](std::size_t i) { return shards_[i]->take_oldest_touched(); })) {
    if (one && (!oldest || *one < *oldest)) oldest = one;
  }
  return oldest;
}

Result<std::unique_ptr<StoreSnapshot>, StoreError> ClickHouseCluster::snapshot() {
  auto taken = on_each(shards_.size(), [&](std::size_t i) { return shards_[i]->shard_snapshot(); });
  std::vector<std::unique_ptr<ClickHouseSnapshot>> parts;
  for (auto& one : taken) {
    if (!one.ok()) return Failure{one.error()};
    parts.push_back(std::move(*one));
  }
  return std::unique_ptr<StoreSnapshot>(std::make_unique<ClusterSnapshot>(std::move(parts)));
}

}  // namespace bellrock::store
