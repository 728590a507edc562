#include "control/store/clickhouse_store.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <random>

#include "control/store/clickhouse_client.h"
#include "control/store/clickhouse_rollup.h"
#include "control/store/clickhouse_schema.h"
#include "control/store/clickhouse_snapshot.h"
#include "control/store/clickhouse_writer.h"
#include "control/store/guarded.h"

namespace bellrock::store {
namespace {

std::uint32_t version_of(const ClickHouseClient& client) {
  const std::string& database = client.options().database;
  RowReader tables =
      client.select("SELECT count() FROM system.tables WHERE name = 'schema' AND database = " + literal(database));
  if (tables.count() == 0) return 0;
  RowReader row = client.select("SELECT max(version) FROM " + database + ".schema");
  return row.more() ? row.number<std::uint32_t>() : 0;
}

// The version is written last: a start that was killed before is done again.
void prepare(const ClickHouseClient& client) {
  client.run_outside("CREATE DATABASE IF NOT EXISTS " + client.options().database);
  const std::uint32_t version = version_of(client);
  if (version == kClickHouseSchemaVersion) return;
  if (version > kClickHouseSchemaVersion) {
    throw SqlError("database " + client.options().database + " is of version " + std::to_string(version) +
                   ", which a newer Bellrock made; this one reads " + std::to_string(kClickHouseSchemaVersion));
  }
  for (const Table& table : kTables) client.run(create_statement(table));
  client.insert("schema", RowWriter().number(kClickHouseSchemaVersion));
}

class ClickHouseStore : public SeriesStore {
 public:
  explicit ClickHouseStore(const ClickHouseOptions& options)
      : client_(options), writer_((prepare(client_), client_)), view_(load_view(client_)), touched_(view_.newest) {}

  Result<std::vector<Applied>, StoreError> apply(std::span<const ReceivedFrame> frames) override {
    return guarded([&] { return writer_.apply(frames); });
  }

  Status<StoreError> keep_aside(const RefusedFrame& refused) override {
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

  Status<StoreError> trim(const Retention& keep) override {
    return guarded([&] {
      roll_up(client_, keep);
      return Done{};
    });
  }

  Result<std::int64_t, StoreError> write_journal(const JournalEntry& entry) override {
    return guarded([&] {
      if (entry.body.size() > kJournalBodyMax) throw SqlError("an entry of the journal is too long");
      RowReader all = client_.select("SELECT toInt64(count()), max(id) FROM journal FINAL");
      if (all.more() && all.integer() >= kJournalMax) throw SqlError("the journal is full");
      Revision revision{all.more() ? all.integer() + 1 : 1, self_, 1, entry};
      if (!entry.key.empty()) find_written(revision);
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
      return revision.id;
    });
  }

  std::optional<std::int64_t> take_oldest_touched() override {
    const std::lock_guard lock(touched_mutex_);
    const auto oldest = guarded([&] { return oldest_since_touched(); });
    return oldest.ok() && *oldest != kNothing ? std::optional(*oldest) : std::nullopt;
  }

  Result<std::unique_ptr<StoreSnapshot>, StoreError> snapshot() override {
    return guarded(
        [&]() -> std::unique_ptr<StoreSnapshot> { return std::make_unique<ClickHouseSnapshot>(client_, view_now()); });
  }

 private:
  static constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::max();

  struct Revision {
    std::int64_t id;
    std::uint64_t writer, change;
    JournalEntry entry;
  };

  // As of now; it costs what came since the last time.
  View view_now() {
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
  void find_written(Revision& revision) {
    RowReader row =
        client_.select("SELECT id, writer, change, made, journey, objective FROM journal FINAL WHERE kind = " +
                       literal(revision.entry.kind) + " AND key = " + literal(revision.entry.key) +
                       " ORDER BY change DESC, id LIMIT 1");
    if (!row.more()) return;
    revision.id = row.integer();
    revision.writer = row.count();
    revision.change = row.count() + 1;
    revision.entry.made_unix_s = row.integer();
    revision.entry.journey = row.text();
    revision.entry.objective = row.text();
  }

  // Of frames that other centres brought too: only the database knows of them.
  std::int64_t oldest_since_touched() {
    const View view = view_now();
    std::string seen = "(0";
    for (const auto& [intake, ordinal] : touched_) {
      seen += " OR (intake = " + std::to_string(intake) + " AND ordinal <= " + std::to_string(ordinal) + ")";
    }
    RowReader row = client_.select(
        "SELECT count(), min(oldest_window) FROM frames WHERE hour >= " + std::to_string(view.first_hour) + " AND " +
        view.frames_condition() + " AND NOT " + seen + ")");
    touched_ = view.newest;
    return row.more() && row.count() != 0 ? row.integer() : kNothing;
  }

  static constexpr std::uint64_t kAsidePartition = 50;  // as the schema says

  // By partition: what is shown is exact, what is on disk a little more.
  void drop_oldest_aside() {
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

  ClickHouseClient client_;
  ClickHouseWriter writer_;
  std::uint64_t aside_ = 0;  // the ordinal of what was kept aside last
  const std::uint64_t self_ = std::uint64_t{std::random_device()()} << 32 | std::random_device()();
  std::mutex view_mutex_;
  View view_;
  std::mutex touched_mutex_;
  Intakes touched_;
};

bool is_name(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
}

// What goes into the head of a request.
bool is_plain(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

Result<std::unique_ptr<SeriesStore>, StoreError> open_clickhouse(const ClickHouseOptions& options) {
  const auto refused = [](const std::string& why) { return Failure{StoreError{"store.clickhouse." + why, false}}; };
  if (!is_name(options.database)) {
    return refused("database: " + options.database + ": write letters, digits and _ only");
  }
  if (options.urls.empty()) return refused("url: no server is named: write for example http://127.0.0.1:8123");
  if (!is_plain(options.user)) return refused("user: holds control characters");
  if (!is_plain(options.password)) return refused("password_file: its first line holds control characters");
  auto opened = guarded([&]() -> std::unique_ptr<SeriesStore> { return std::make_unique<ClickHouseStore>(options); });
  if (!opened.ok()) return Failure{StoreError{"store.clickhouse: " + opened.error().message, false}};
  return opened;
}

}  // namespace bellrock::store
