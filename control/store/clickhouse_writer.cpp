#include "control/store/clickhouse_writer.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_replicas.h"
#include "control/store/clickhouse_rows.h"
#include "control/store/clickhouse_schema.h"
#include "control/store/clickhouse_view.h"
#include "control/store/story_row.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;
using control::Uint128;

// Repeats are added up over so long: their rows are bounded by time, not by how often a node repeats.
constexpr std::int64_t kRepeatMs = 10'000;

// Of a series and an hour.
using Hours = std::map<std::pair<control::SeriesKey, std::int64_t>, Uint128>;

void add_what_is_there(const ClickHouseClient& client, Hours& hours) {
  const auto by_hour = [](const auto& a, const auto& b) { return a.first.second < b.first.second; };
  const auto [first, last] = std::minmax_element(hours.begin(), hours.end(), by_hour);
  const View view = load_view(client);
  const std::string range = " start >= " + std::to_string(first->first.second) + " AND start < " +
                            std::to_string(last->first.second + kHourSeconds);
  const std::string columns = std::string("SELECT ") + kKeyColumns + ", start, n FROM ";
  RowReader rows =
      client.select(std::string("SELECT ") + kKeyColumns + ", intDiv(start, 3600) * 3600 AS at, sum(n) FROM (" +
                    columns + "cells WHERE " + view.cells_condition() + " AND" + range + " UNION ALL " + columns +
                    "hours WHERE " + view.runs_condition() + " AND" + range + ") GROUP BY " + kKeyColumns + ", at");
  while (rows.more()) {
    control::SeriesKey key = read_key(rows);
    const std::int64_t hour = rows.integer();
    const std::uint64_t n = rows.count();
    if (const auto cell = hours.find({std::move(key), hour}); cell != hours.end()) cell->second += n;
  }
}

}  // namespace

Uint128 total_of(const DeltaFrame& frame) {
  Uint128 total = 0;
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) total += histogram.n;
  }
  return total;
}

ClickHouseWriter::ClickHouseWriter(const ClickHouseClient& client, Soundness& soundness)
    : client_(client), soundness_(soundness), novelty_(client.options().limits) {
  load();
}

// All that it has in memory, from the tables as they are.
void ClickHouseWriter::load() {
  known_.emplace(client_);
  total_ = 0;
  RowReader row = client_.select(
      "SELECT max(ordinal), max(hour), sum(intDiv(n, 4294967296)), sum(bitAnd(n, 4294967295)) FROM frames");
  if (row.more()) {
    ordinal_ = std::max(ordinal_, row.count());
    hour_ = std::max(hour_, row.number<std::uint32_t>());
    total_ = Uint128{row.count()} << 32;
    total_ += row.count();
  }
  RowReader run =
      client_.select("SELECT frames_run, first_hour, last_ordinal FROM runs ORDER BY number DESC, run LIMIT 1");
  if (run.more()) {
    RowReader folded = client_.select("SELECT n FROM sources WHERE run = " + std::to_string(run.count()));
    while (folded.more()) total_ += folded.count();
    hour_ = std::max(hour_, run.number<std::uint32_t>());
    ordinal_ = std::max(ordinal_, run.count());
  }
  begin_intake();
  series_.clear();
  new_series_ = {};
  RowReader rows = client_.select(std::string("SELECT DISTINCT ") + kKeyColumns + " FROM series");
  while (rows.more()) series_.insert(read_key(rows));
}

// Rows that an intake wrote without making them visible stay invisible, since its ordinals end before them. So after a
// write whose outcome is not known there has to be another.
void ClickHouseWriter::begin_intake() {
  if (intake_ != 0) known_->retire(intake_, ordinal_);
  std::random_device random;
  intake_ = std::uint64_t{random()} << 32 | random();
}

std::vector<Applied> ClickHouseWriter::apply(std::span<const ReceivedFrame> frames) {
  Uint128 total = total_;
  for (const auto& frame : frames) total += total_of(*frame.frame);
  return apply(frames, total > kCountMax, {});
}

std::vector<Applied> ClickHouseWriter::apply(std::span<const ReceivedFrame> frames, bool check_counts,
                                             std::span<const ClickHouseClient* const> beside) {
  if (frames.empty()) return {};
  if (const std::uint64_t sound = soundness_.settle(); sound != sound_) {
    load();
    sound_ = sound;
  }
  look();
  try {
    if (!check_counts) return apply_together(frames, false, beside);
    // A count of one series and hour may run over: one by one, each held against what is there.
    std::vector<Applied> results;
    for (const auto& frame : frames) results.push_back(apply_together({&frame, 1}, true, beside).front());
    return results;
  } catch (...) {
    novelty_.forget_today();  // these frames come again, and would be counted once more
    throw;
  }
}

// What other centres have done.
void ClickHouseWriter::look() {
  client_.catch_up(kViewTables);
  RowReader run = client_.select("SELECT first_hour, frames_before FROM runs ORDER BY number DESC, run LIMIT 1");
  if (run.more()) {
    const auto first_hour = run.number<std::uint32_t>(), frames_before = run.number<std::uint32_t>();
    if (known_->missed(frames_before)) known_.emplace(client_);
    hour_ = std::max(hour_, first_hour);  // what is older is rolled up
  }
  known_->look(intake_, hour_);
}

std::vector<Applied> ClickHouseWriter::apply_together(std::span<const ReceivedFrame> frames, bool check_counts,
                                                      std::span<const ClickHouseClient* const> beside) {
  std::map<Identity, Digest> taken;  // of this batch
  std::vector<Applied> results;
  std::vector<const ReceivedFrame*> fresh;
  std::set<std::pair<std::string, control::Id128>> boots;
  Rest rest;
  RowWriter repeats;
  for (const auto& received : frames) {
    const DeltaFrame& frame = *received.frame;
    if (const auto already = judge(received, taken)) {
      results.push_back(*already);
      const std::uint64_t repeated = *already == Applied::kRepeated;
      repeats.text(frame.node)
          .blob(frame.boot)
          .number(std::max(received.received_unix_ms, hour_ * kHourSeconds * 1'000) / kRepeatMs * kRepeatMs)
          .number(repeated)
          .number(1 - repeated);
    } else if (!admit(received, boots) || (check_counts && !counts_fit(frame, beside))) {
      results.push_back(Applied::kTooMany);
    } else {
      results.push_back(Applied::kApplied);
      taken[{frame.node, frame.boot, frame.seq}] = received.digest;
      fresh.push_back(take_series(received, rest));
    }
  }
  client_.insert("series", new_series_);
  new_series_ = {};
  if (fresh.empty()) {
    // A repeat is one of rows that were seen, which may be another centre's.
    soundness_.expect(sound_);
  } else {
    write(fresh);
  }
  client_.insert("repeats", repeats);
  return results;
}

std::optional<Applied> ClickHouseWriter::judge(const ReceivedFrame& received,
                                               const std::map<Identity, Digest>& taken) const {
  if (const auto known = known_->judge(received)) return known;
  const auto same = taken.find({received.frame->node, received.frame->boot, received.frame->seq});
  if (same == taken.end()) return std::nullopt;
  return same->second == received.digest ? Applied::kRepeated : Applied::kConflict;
}

// Names are what a hostile node could make without end. They are written down before anything else is, so that a start
// need not look for them in all that there is.
const ReceivedFrame* ClickHouseWriter::take_series(const ReceivedFrame& received, Rest& rest) {
  std::set<control::SeriesKey> fresh;
  for (const auto& [start, series] : received.frame->windows) {
    for (const auto& [key, histogram] : series) {
      if (histogram.n != 0 && !series_.contains(key)) fresh.insert(key);
    }
  }
  if (fresh.empty()) return &received;
  const auto excess = novelty_.excess(received, fresh, series_.size());
  for (const auto& key : excess) fresh.erase(key);
  for (const auto& key : fresh) write_key(new_series_, key);
  series_.merge(fresh);
  if (excess.empty()) return &received;
  const DeltaFrame& frame = rest.frames.emplace_back(novelty_.without(received, excess));
  return &rest.received.emplace_back(ReceivedFrame{&frame, received.digest, received.received_unix_ms});
}

bool ClickHouseWriter::admit(const ReceivedFrame& received, std::set<std::pair<std::string, control::Id128>>& boots) {
  const DeltaFrame& frame = *received.frame;
  if (known_->has_source(frame) || boots.contains({frame.node, frame.boot})) return true;
  if (!novelty_.admit_boot(received)) return false;
  boots.insert({frame.node, frame.boot});
  return true;
}

bool ClickHouseWriter::counts_fit(const DeltaFrame& frame, std::span<const ClickHouseClient* const> beside) const {
  Hours hours;
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) hours[{key, hour_of(start)}] += histogram.n;
  }
  if (hours.empty()) return true;
  add_what_is_there(client_, hours);
  for (const auto* other : beside) add_what_is_there(*other, hours);
  return std::all_of(hours.begin(), hours.end(), [](const auto& hour) { return hour.second <= kCountMax; });
}

// As in SQLite: only where a series is of the journey and outcome.
void ClickHouseWriter::add_storyboards(RowWriter& rows, const DeltaFrame& frame) const {
  for (const auto& story : frame.storyboards) {
    if (!series_.contains(series_of(story))) continue;
    rows.text(story.journey)
        .text(story.outcome)
        .number(minute_of(story.start_unix_s))
        .number(story.rank)
        .text(proto::encode_storyboard(story));
  }
}

void ClickHouseWriter::write(const std::vector<const ReceivedFrame*>& frames) {
  Place place{intake_, ordinal_, hour_};
  for (const auto* one : frames) {
    place.hour = std::max(place.hour, static_cast<std::uint32_t>(one->received_unix_ms / 1'000 / kHourSeconds));
  }
  RowWriter cells, rows, stories, clocks;
  for (const auto* one : frames) {
    ++place.ordinal;
    write_cells(cells, *one->frame, place);
    add_storyboards(stories, *one->frame);
    write_clock(clocks, *one->frame);
    write_frame(rows, *one, place);
  }
  try {
    client_.insert("storyboards", stories);
    client_.insert("clocks", clocks);
    client_.insert("cells", cells);
    soundness_.expect(sound_);
    client_.insert("frames", rows);
    soundness_.expect(sound_);
  } catch (...) {
    soundness_.suspect();
    begin_intake();
    throw;
  }
  client_.spread(kViewTables);
  ordinal_ = place.ordinal;
  hour_ = place.hour;
  for (const auto* one : frames) {
    total_ += total_of(*one->frame);
    known_->add(*one);
  }
}

}  // namespace bellrock::store
