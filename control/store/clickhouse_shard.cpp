#include "control/store/clickhouse_shard.h"

#include <algorithm>
#include <limits>

#include "control/store/clickhouse_prepare.h"
#include "control/store/clickhouse_rollup.h"
#include "control/store/guarded.h"

namespace bellrock::store {
namespace {

constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kAsidePartition = 50;  // as the schema says

}  // namespace

ClickHouseShard::ClickHouseShard(const ClickHouseOptions& options)
    : client_(options),
      soundness_((prepare(client_), client_)),
      writer_(client_, soundness_),
      view_(load_view(client_)),
      touched_(view_.newest) {}

Result<std::vector<Applied>, StoreError> ClickHouseShard::apply(std::span<const ReceivedFrame> frames) {
  return guarded([&] { return writer_.apply(frames); });
}

Status<StoreError> ClickHouseShard::keep_aside(const RefusedFrame& refused) {
  return guarded([&] {
    // Looked up at times: another centre may keep some aside too.
    if (aside_ % kAsidePartition == 0) {
      RowReader newest = client_.select("SELECT max(ordinal) FROM aside");
      if (newest.more()) aside_ = std::max(aside_, newest.count());
    }
    const std::uint64_t ordinal = ++aside_;
    client_.insert("aside", RowWriter()
                                .number(ordinal)
                                .number(refused.received_unix_ms)
                                .text(refused.reason)
                                .number(static_cast<std::uint64_t>(refused.bytes.size()))
                                .blob(refused.bytes));
    constexpr std::size_t kLarge = 1024 * 1024;
    if (ordinal % kAsidePartition == 0 || refused.bytes.size() > kLarge) drop_oldest_aside();
    return Done{};
  });
}

Status<StoreError> ClickHouseShard::trim(const Retention& keep) {
  return guarded([&] {
    prepare_absent(client_);
    roll_up(client_, soundness_, keep);
    return Done{};
  });
}

Result<std::int64_t, StoreError> ClickHouseShard::write_journal(const JournalEntry& entry) {
  return guarded([&] {
    if (entry.body.size() > kJournalBodyMax) throw SqlError("an entry of the journal is too long");
    const std::uint64_t sound = soundness_.settle();
    RowReader all = client_.select("SELECT toInt64(count()), max(id) FROM journal FINAL");
    const bool full = all.more() && all.integer() >= kJournalMax;
    Revision revision{all.more() ? all.integer() + 1 : 1, self_, 1, entry};
    if (!entry.key.empty()) find_written(revision);
    if (full && revision.change == 1) throw SqlError("the journal is full");
    const JournalEntry& made = revision.entry;
    client_.insert("journal", RowWriter()
                                  .number(revision.id)
                                  .number(revision.writer)
                                  .number(revision.change)
                                  .number(made.made_unix_s)
                                  .text(made.kind)
                                  .text(made.journey)
                                  .text(made.objective)
                                  .text(made.key)
                                  .text(entry.body));
    soundness_.expect(sound);
    return revision.id;
  });
}

std::optional<std::int64_t> ClickHouseShard::take_oldest_touched() {
  const std::lock_guard lock(touched_mutex_);
  const auto oldest = guarded([&] { return oldest_since_touched(); });
  return oldest.ok() && *oldest != kNothing ? std::optional(*oldest) : std::nullopt;
}

Result<std::unique_ptr<ClickHouseSnapshot>, StoreError> ClickHouseShard::shard_snapshot() {
  return guarded(
      [&] { return std::make_unique<ClickHouseSnapshot>(client_, view_now(), writer_.novelty().problems()); });
}

Result<std::unique_ptr<StoreSnapshot>, StoreError> ClickHouseShard::snapshot() {
  TRY_ASSIGN(auto taken, shard_snapshot());
  return std::unique_ptr<StoreSnapshot>(std::move(taken));
}

// As of now; it costs what came since the last time.
View ClickHouseShard::view_now() {
  View last;
  {
    const std::lock_guard lock(view_mutex_);
    last = view_;
  }
  View view = load_view(client_, &last);
  const std::lock_guard lock(view_mutex_);
  return view_ = std::move(view);
}

// An entry that is written again keeps all but its body.
void ClickHouseShard::find_written(Revision& revision) {
  RowReader row = client_.select(
      "SELECT id, writer, change, made, journey, objective FROM journal FINAL WHERE kind = " +
      literal(revision.entry.kind) + " AND key = " + literal(revision.entry.key) + " ORDER BY change DESC, id LIMIT 1");
  if (!row.more()) return;
  revision.id = row.integer();
  revision.writer = row.count();
  revision.change = row.count() + 1;
  revision.entry.made_unix_s = row.integer();
  revision.entry.journey = row.text();
  revision.entry.objective = row.text();
}

// Of frames that other centres brought too: only the database knows of them.
std::int64_t ClickHouseShard::oldest_since_touched() {
  const View view = view_now();
  RowReader row =
      client_.select("SELECT count(), min(oldest_window) FROM frames WHERE hour >= " + std::to_string(view.first_hour) +
                     " AND " + view.frames_condition() + " AND ordinal > " + ordinal_of_intake(touched_));
  touched_ = view.newest;
  return row.more() && row.count() != 0 ? row.integer() : kNothing;
}

// By partition: what is shown is exact, what is on disk a little more.
void ClickHouseShard::drop_oldest_aside() {
  RowReader rows = client_.select(
      "SELECT intDiv(ordinal, 50) AS part, count(), sum(size) FROM aside GROUP BY part ORDER BY part DESC");
  std::uint64_t frames = 0, bytes = 0;
  while (rows.more()) {
    const std::uint64_t part = rows.count();
    const bool past =
        frames >= static_cast<std::uint64_t>(kAsideFramesMax) || bytes >= static_cast<std::uint64_t>(kAsideBytesMax);
    frames += rows.count();
    bytes += rows.count();
    if (past) client_.run("ALTER TABLE aside DROP PARTITION " + std::to_string(part));
  }
}

}  // namespace bellrock::store
