#include "control/store/clickhouse_known.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "control/store/cell_row.h"
#include "control/store/clickhouse_sources.h"
#include "control/store/clickhouse_view.h"

namespace bellrock::store {
namespace {

using Digest = std::array<std::uint8_t, 32>;

// Enough to tell a clone from a repeat.
std::uint64_t folded(const Digest& digest) {
  std::array<std::uint64_t, 4> words{};
  std::memcpy(words.data(), digest.data(), digest.size());
  return words[0] ^ words[1] ^ words[2] ^ words[3];
}

constexpr const char* kColumns = "node, boot, seq, digest, oldest_seq_held, heard";

}  // namespace

// First the frames, then what they are folded into: what goes from the one is in the other before.
KnownFrames::KnownFrames(const ClickHouseClient& client) : client_(client) {
  RowReader intakes = client_.select("SELECT intake, max(ordinal), max(hour) FROM frames GROUP BY intake");
  while (intakes.more()) {
    const std::uint64_t intake = intakes.count();
    seen_[intake] = intakes.count();
    looked_ = std::max(looked_, intakes.number<std::uint32_t>());
  }
  RowReader frames = client_.select(std::string("SELECT ") + kColumns + " FROM frames");
  while (frames.more()) read(frames);
  RowReader remembered = client_.select("SELECT node, boot, seq, digest, toUInt64(0), toInt64(0) FROM remembered");
  while (remembered.more()) read(remembered);
  RowReader sources = client_.select(
      "SELECT node, boot, oldest_seq_held, frozen_below, last_seen_ms FROM sources WHERE run IN (SELECT frames_run "
      "FROM runs ORDER "
      "BY number DESC, run LIMIT 1)");
  while (sources.more()) {
    Source source;
    source.first = sources.text();
    sources.read(source.second);
    Frames& known = sources_[source];
    known.oldest_seq_held = std::max(known.oldest_seq_held, sources.count());
    known.frozen_below = sources.count();
    const std::int64_t last_seen_s = sources.integer() / 1'000;
    if (known.newest_minute == 0) known.newest_minute = minute_of(last_seen_s);
  }
}

void KnownFrames::look(std::uint64_t own, std::uint32_t hour) {
  const std::string condition = "hour >= " + std::to_string(std::min(first_hour(), hour)) +
                                " AND intake != " + std::to_string(own) + " AND ordinal > " + ordinal_of_intake(seen_);
  RowReader rows =
      client_.select(std::string("SELECT intake, ordinal, ") + kColumns + " FROM frames WHERE " + condition);
  std::map<std::uint64_t, std::uint64_t> seen;
  while (rows.more()) {
    const std::uint64_t intake = rows.count(), ordinal = rows.count();
    seen[intake] = std::max(seen[intake], ordinal);
    read(rows);
  }
  for (const auto& [intake, ordinal] : seen) seen_[intake] = std::max(seen_[intake], ordinal);
  looked_ = std::max(looked_, hour);
}

void KnownFrames::read(RowReader& rows) {
  Source source;
  source.first = rows.text();
  rows.read(source.second);
  const std::uint64_t seq = rows.count();
  Digest digest{};
  rows.read(digest);
  Frames& frames = sources_[source];
  add(frames, seq, folded(digest), rows.count());
  frames.newest_minute = std::max(frames.newest_minute, rows.integer());
}

void KnownFrames::add(Frames& frames, std::uint64_t seq, std::uint64_t digest, std::uint64_t oldest) {
  frames.oldest_seq_held = std::max(frames.oldest_seq_held, oldest);
  const auto at = std::lower_bound(frames.seqs.begin(), frames.seqs.end(), Seq{seq, 0});
  if (at == frames.seqs.end() || at->first != seq) frames.seqs.emplace(at, seq, digest);
  // A few at once, so that not every frame moves all of them.
  constexpr std::size_t kTogether = 64;
  const std::uint64_t floor = sequence_floor(frames.oldest_seq_held);
  if (frames.seqs.size() > kTogether && frames.seqs[kTogether].first < floor) {
    frames.seqs.erase(frames.seqs.begin(), std::lower_bound(frames.seqs.begin(), frames.seqs.end(), Seq{floor, 0}));
  }
}

void KnownFrames::add(const ReceivedFrame& received) {
  const control::DeltaFrame& frame = *received.frame;
  Frames& frames = sources_[{frame.node, frame.boot}];
  add(frames, frame.seq, folded(received.digest), frame.oldest_seq_held);
  frames.newest_minute = std::max(frames.newest_minute, minute_of(sent_unix_s(received)));
}

std::optional<Applied> KnownFrames::judge(const ReceivedFrame& received) const {
  const control::DeltaFrame& frame = *received.frame;
  const auto source = sources_.find({frame.node, frame.boot});
  if (source == sources_.end()) return std::nullopt;
  const Frames& known = source->second;
  if (frame.seq < std::max(sequence_floor(known.oldest_seq_held), known.frozen_below)) {
    // Sent after all that the source has sent, it is no repeat: the source is at an earlier state than it once was.
    return minute_of(sent_unix_s(received)) > known.newest_minute ? Applied::kConflict : Applied::kRepeated;
  }
  const auto at = std::lower_bound(known.seqs.begin(), known.seqs.end(), Seq{frame.seq, 0});
  if (at == known.seqs.end() || at->first != frame.seq) return std::nullopt;
  return at->second == folded(received.digest) ? Applied::kRepeated : Applied::kConflict;
}

}  // namespace bellrock::store
