#include "control/store/frame_writer.h"

#include <algorithm>

#include "control/proto/storyboard_codec.h"
#include "control/store/cell_row.h"
#include "control/store/story_row.h"

namespace bellrock::store {
namespace {

using control::DeltaFrame;

constexpr const char* kReadCell =
    "SELECT n, sum_high, sum_low, min, max, zero, overflow, first, buckets FROM cells WHERE series = ? AND start = ?";
constexpr const char* kReadHour =
    "SELECT n, sum_high, sum_low, min, max, zero, overflow, first, buckets FROM hours WHERE series = ? AND start = ?";
constexpr const char* kWriteCell = "INSERT OR REPLACE INTO cells VALUES (?,?,?,?,?,?,?,?,?,?,?)";
constexpr const char* kWriteHour = "INSERT OR REPLACE INTO hours VALUES (?,?,?,?,?,?,?,?,?,?,?)";

}  // namespace

FrameWriter::FrameWriter(Connection& connection, SeriesIndex& index, Novelty& novelty)
    : index_(index),
      novelty_(novelty),
      find_source_(
          connection,
          "SELECT id, newest_seq, base_seq, oldest_seq_held, forgotten_below FROM sources WHERE node = ? AND boot = ?"),
      insert_source_(connection,
                     "INSERT INTO sources VALUES (NULL,?,?,?,?,0,?,?,0,0,0,0,0,0,0,?,?,'','') RETURNING id"),
      find_digest_(connection, "SELECT digest FROM frames WHERE source = ? AND seq = ?"),
      insert_frame_(connection, "INSERT INTO frames VALUES (?,?,?)"),
      forget_frames_(connection, "DELETE FROM frames WHERE source = ? AND seq < ?"),
      count_repeat_(connection, "UPDATE sources SET repeated = repeated + 1, last_seen_ms = ? WHERE id = ?"),
      count_conflict_(connection, "UPDATE sources SET conflicts = conflicts + 1, last_seen_ms = ? WHERE id = ?"),
      find_lost_(connection, "SELECT last FROM lost WHERE source = ? AND first <= ? ORDER BY first DESC LIMIT 1"),
      lost_within_(connection, "SELECT first, last FROM lost WHERE source = ? AND first <= ? AND last >= ?"),
      frames_within_(connection, "SELECT count(*) FROM frames WHERE source = ? AND seq >= ? AND seq <= ?"),
      delete_lost_(connection, "DELETE FROM lost WHERE source = ? AND first = ?"),
      insert_lost_(connection, "INSERT INTO lost VALUES (?,?,?)"),
      note_loss_(connection, "INSERT INTO losses VALUES (?1,?2) ON CONFLICT DO UPDATE SET last_ms = max(last_ms, ?2)"),
      newest_minute_(connection, "SELECT minute FROM newest_minutes WHERE source = ?"),
      note_minute_(connection,
                   "INSERT INTO newest_minutes VALUES (?1,?2) ON CONFLICT DO UPDATE SET minute = max(minute, ?2)"),
      insert_series_(connection, "INSERT INTO series VALUES (NULL,?,?,?,?,?,?,?,0) RETURNING id"),
      insert_story_(connection, "INSERT OR IGNORE INTO storyboards VALUES (?,?,?,?,?,?)"),
      fewest_stories_(connection, "SELECT min(keep) FROM storyboards WHERE journey = ? AND outcome = ? AND minute = ?"),
      drop_stories_(connection,
                    "DELETE FROM storyboards WHERE journey = ?1 AND outcome = ?2 AND minute = ?3 AND rank NOT IN "
                    "(SELECT rank FROM storyboards WHERE journey = ?1 AND outcome = ?2 AND minute = ?3 "
                    "ORDER BY rank LIMIT ?4)"),
      cells_(connection, kReadCell, kWriteCell),
      hours_(connection, kReadHour, kWriteHour),
      add_ever_(connection, "UPDATE series SET ever = ever + ? WHERE id = ?"),
      add_board_lost_ever_(connection,
                           "INSERT INTO board_lost_ever VALUES (?1,?2) ON CONFLICT DO UPDATE SET n = n + ?2"),
      add_board_lost_(connection, "INSERT INTO board_lost VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET n = n + ?3"),
      insert_heard_(connection, "INSERT OR IGNORE INTO heard VALUES (?)"),
      update_source_(connection,
                     "UPDATE sources SET applied = applied + 1, applied_below_base = applied_below_base + ?, "
                     "lost = lost + ?, recorded = recorded + ?, oldest_seq_held = max(oldest_seq_held, ?), "
                     "forgotten_below = max(forgotten_below, ?), last_seen_ms = max(last_seen_ms, ?) WHERE id = ?"),
      update_levels_(
          connection,
          "UPDATE sources SET newest_seq = ?, board_id = ?, snapshot = ?, open = ?, counters = ? WHERE id = ?"),
      update_edge_(connection, "INSERT OR REPLACE INTO edges VALUES (?,?,?)"),
      forget_edge_(connection, "DELETE FROM edges WHERE source = ?"),
      update_clock_(connection, "INSERT OR REPLACE INTO clocks VALUES (?,?,?)"),
      forget_clock_(connection, "DELETE FROM clocks WHERE source = ?"),
      drop_old_levels_(connection, "UPDATE sources SET open = '' WHERE node = ? AND board_id = ? AND id <> ?") {}

Applied FrameWriter::apply(const ReceivedFrame& received) {
  const auto source = source_of(received);
  if (!source) return Applied::kTooMany;
  if (const auto already = known(*source, received)) {
    (*already == Applied::kRepeated ? count_repeat_ : count_conflict_)
        .start(received.received_unix_ms, source->id)
        .run();
    return *already;
  }
  const auto left_out = excess(received);
  if (left_out.empty()) return add(*source, received);
  const DeltaFrame rest = novelty_.without(received, left_out);
  return add(*source, {&rest, received.digest, received.received_unix_ms});
}

Applied FrameWriter::add(const Source& source, const ReceivedFrame& received) {
  const DeltaFrame& frame = *received.frame;
  if (!counts_fit(frame)) return Applied::kTooMany;
  const bool was_lost = declared_lost(source, frame.seq);
  insert_frame_.start(source.id, frame.seq, received.digest).run();
  add_cells(frame);
  add_storyboards(frame);
  write_board_lost(frame, sent_unix_s(received));
  insert_heard_.start(minute_of(sent_unix_s(received))).run();
  note_minute_.start(source.id, minute_of(sent_unix_s(received))).run();
  const std::int64_t lost = add_lost(source, received) - was_lost;
  update_source(source, received, lost);
  return Applied::kApplied;
}

std::optional<FrameWriter::Source> FrameWriter::source_of(const ReceivedFrame& received) {
  const DeltaFrame& frame = *received.frame;
  if (find_source_.start(frame.node, frame.boot).next()) {
    const Source known{find_source_.integer(0), find_source_.count(1), find_source_.count(2), find_source_.count(3),
                       find_source_.count(4)};
    find_source_.done();
    return known;
  }
  if (!novelty_.admit_boot(received)) return std::nullopt;
  // Earlier frames may have gone to another centre: what is missing below is not this one's gap.
  const std::uint64_t oldest = std::max<std::uint64_t>(1, frame.oldest_seq_held);
  insert_source_.start(frame.node, frame.boot, frame.board_id, frame.snapshot, oldest, oldest,
                       received.received_unix_ms, received.received_unix_ms);
  insert_source_.next();
  const std::int64_t id = insert_source_.integer(0);
  insert_source_.run();
  return Source{id, 0, oldest, oldest, 0};
}

// What was forgotten was acknowledged, or declared lost and so never comes: it is a repeat, unless it was sent after
// all that the source has sent. Then the source is at an earlier state than it once was.
std::optional<Applied> FrameWriter::known(const Source& source, const ReceivedFrame& received) {
  if (!find_digest_.start(source.id, received.frame->seq).next()) {
    if (received.frame->seq >= source.forgotten_below) return std::nullopt;
    return is_newer(source, received) ? Applied::kConflict : Applied::kRepeated;
  }
  std::array<std::uint8_t, 32> digest{};
  find_digest_.read(0, digest);
  find_digest_.done();
  return digest == received.digest ? Applied::kRepeated : Applied::kConflict;
}

bool FrameWriter::is_newer(const Source& source, const ReceivedFrame& received) {
  const bool known = newest_minute_.start(source.id).next();
  const std::int64_t newest = known ? newest_minute_.integer(0) : 0;
  newest_minute_.done();
  return known && minute_of(sent_unix_s(received)) > newest;
}

// Those of its new series for which there is no room.
std::set<control::SeriesKey> FrameWriter::excess(const ReceivedFrame& received) {
  ids_.clear();
  for (const auto& [start, series] : received.frame->windows) index_.find_each(series, ids_);
  if (std::find(ids_.begin(), ids_.end(), SeriesIndex::kUnknown) == ids_.end()) return {};
  std::set<control::SeriesKey> fresh;
  auto id = ids_.begin();
  for (const auto& [start, series] : received.frame->windows) {
    for (const auto& [key, histogram] : series) {
      if (*id++ == SeriesIndex::kUnknown && histogram.n != 0) fresh.insert(key);
    }
  }
  return novelty_.excess(received, std::move(fresh), index_.size());
}

// Whether all of it can be added, before anything is: a count must not run over. The frame's sum stands for what each
// of its hours gets.
bool FrameWriter::counts_fit(const DeltaFrame& frame) {
  ids_.clear();
  std::uint64_t sum = 0;
  for (const auto& [start, series] : frame.windows) {
    index_.find_each(series, ids_);
    for (const auto& [key, histogram] : series) {
      if ((sum += std::min(histogram.n, kCountMax)) > kCountMax) return false;
    }
  }
  auto id = ids_.begin();
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) {
      if (*id != SeriesIndex::kUnknown && histogram.n != 0 && sum > kCountMax - hours_.at(*id, hour_of(start)).n) {
        return false;  // what an hour has room for, its windows have
      }
      ++id;
    }
  }
  return true;
}

void FrameWriter::add_cells(const DeltaFrame& frame) {
  auto id = ids_.begin();
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) {
      const std::int64_t known = *id++;
      if (histogram.n == 0) continue;
      const std::int64_t one = known == SeriesIndex::kUnknown ? series_id(key) : known;
      cells_.at(one, start).add(histogram);
      hours_.at(one, hour_of(start)).add(histogram);
      if (key.scope == CellScope::kTotal) ever_[one] += histogram.n;
    }
  }
  if (cells_.full() || hours_.full()) finish();
}

// Those of a minute are merged as those of several nodes are. A journey and outcome that no series is of has none:
// names are what a hostile node could make without end.
void FrameWriter::add_storyboards(const DeltaFrame& frame) {
  for (const auto& story : frame.storyboards) {
    if (!index_.find(series_of(story))) continue;
    const std::int64_t minute = minute_of(story.start_unix_s);
    const std::string body = proto::encode_storyboard(story);
    insert_story_
        .start(story.journey, story.outcome, minute, story.rank, static_cast<int>(story.keep), bellrock::bytes(body))
        .run();
    fewest_stories_.start(story.journey, story.outcome, minute).next();
    const std::int64_t keep = fewest_stories_.integer(0);
    fewest_stories_.done();
    drop_stories_.start(story.journey, story.outcome, minute, keep).run();
  }
}

void FrameWriter::finish() {
  cells_.flush();
  hours_.flush();
  for (const auto& [id, n] : ever_) add_ever_.start(n, id).run();
  ever_.clear();
}

void FrameWriter::forget() {
  cells_.forget();
  hours_.forget();
  ever_.clear();
}

std::int64_t FrameWriter::series_id(const control::SeriesKey& key) {
  if (const auto id = index_.find(key)) return *id;
  const std::string dimensions = write_dimensions(key.dimensions);
  insert_series_.start(key.journey, key.version, static_cast<int>(key.kind), key.item, key.detail,
                       static_cast<int>(key.scope), dimensions);
  insert_series_.next();
  const std::int64_t id = insert_series_.integer(0);
  insert_series_.run();
  index_.add(key, id);
  return id;
}

void FrameWriter::write_board_lost(const DeltaFrame& frame, std::int64_t at_unix_s) {
  for (const auto& [journey, lost] : frame.board_lost) {
    if (lost == 0) continue;
    add_board_lost_.start(journey, hour_of(at_unix_s), lost).run();
    add_board_lost_ever_.start(journey, lost).run();
  }
}

// Joins newly declared ranges to the known ones. Every frame repeats the ranges of those before it, so only what is
// new counts; sequence numbers that did come are not lost, and those before the first frame are not ours.
std::int64_t FrameWriter::add_lost(const Source& source, const ReceivedFrame& received) {
  std::int64_t added = 0;
  bool is_new = false;
  for (auto [first, last] : received.frame->lost) {
    first = std::max(first, source.base_seq);
    if (first > last) continue;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> touched;
    for (lost_within_.start(source.id, last + 1, first - 1); lost_within_.next();) {
      touched.emplace_back(lost_within_.count(0), lost_within_.count(1));
    }
    if (touched.size() == 1 && touched[0].first <= first && touched[0].second >= last) continue;
    const auto missing = [&](std::uint64_t from, std::uint64_t to) {
      frames_within_.start(source.id, from, to).next();
      const auto came = frames_within_.integer(0);
      frames_within_.done();
      return static_cast<std::int64_t>(to - from + 1) - came;
    };
    std::uint64_t joined_first = first, joined_last = last;
    for (const auto& [old_first, old_last] : touched) {
      joined_first = std::min(joined_first, old_first);
      joined_last = std::max(joined_last, old_last);
      added -= missing(old_first, old_last);
      delete_lost_.start(source.id, old_first).run();
    }
    added += missing(joined_first, joined_last);
    insert_lost_.start(source.id, joined_first, joined_last).run();
    is_new = true;
  }
  if (is_new) note_loss_.start(source.id, received.received_unix_ms).run();
  return added;
}

bool FrameWriter::declared_lost(const Source& source, std::uint64_t seq) {
  const bool lost = find_lost_.start(source.id, seq).next() && find_lost_.count(0) >= seq;
  find_lost_.done();
  return lost;
}

void FrameWriter::update_source(const Source& source, const ReceivedFrame& received, std::int64_t lost) {
  const DeltaFrame& frame = *received.frame;
  const std::uint64_t oldest = std::max(source.oldest_seq_held, frame.oldest_seq_held);
  const std::uint64_t forgotten = oldest > kSeqsRemembered ? oldest - kSeqsRemembered : 0;
  update_source_
      .start(static_cast<int>(frame.seq < source.base_seq), lost, frame.recorded, oldest, forgotten,
             received.received_unix_ms, source.id)
      .run();
  if (forgotten > source.forgotten_below) forget_frames_.start(source.id, forgotten).run();
  if (frame.seq <= source.newest_seq) return;
  const std::string open = write_levels(frame.open), counters = write_levels(frame.counters);
  update_levels_.start(frame.seq, frame.board_id, frame.snapshot, open, counters, source.id).run();
  if (frame.edge) {
    update_edge_.start(source.id, static_cast<int>(frame.edge->running), frame.edge->since_unix_ms).run();
  } else {
    forget_edge_.start(source.id).run();
  }
  if (frame.clock) {
    update_clock_.start(source.id, frame.clock->offset_ms, frame.clock->uncertain_ms).run();
  } else {
    forget_clock_.start(source.id).run();
  }
  drop_old_levels_.start(frame.node, frame.board_id, source.id).run();
}

}  // namespace bellrock::store
