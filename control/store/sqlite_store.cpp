#include "control/store/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>

#include "control/store/cell_row.h"
#include "control/store/frame_writer.h"
#include "control/store/rollup.h"
#include "control/store/schema.h"
#include "control/store/sqlite_snapshot.h"

namespace bellrock::store {
namespace {

// Held for the store's life; the kernel releases it with the process.
class LockFile {
 public:
  explicit LockFile(const std::string& path) : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  ~LockFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  [[nodiscard]] bool opened() const { return descriptor_ >= 0; }
  bool lock() { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int descriptor_;
};

// Rolls back unless committed.
class Transaction {
 public:
  Transaction(Connection& connection, const char* begin, const char* rollback)
      : connection_(connection), rollback_(rollback) {
    connection_.run(begin);
  }
  ~Transaction() {
    if (!done_) sqlite3_exec(connection_.get(), rollback_, nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit(const char* sql) {
    connection_.run(sql);
    done_ = true;
  }

 private:
  Connection& connection_;
  const char* rollback_;
  bool done_ = false;
};

void prepare(Connection& connection) {
  connection.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY");
  const std::int64_t version = connection.number("PRAGMA user_version");
  const bool ours = connection.number("PRAGMA application_id") == kApplicationId;
  if (ours && version == kSchemaVersion) return;
  const bool is_new = version == 0 && connection.number("SELECT count(*) FROM sqlite_master") == 0;
  const bool is_older = ours && version >= 1 && version < kSchemaVersion;
  if (!is_new && !is_older) {
    throw SqlError("is not a Bellrock store of version " + std::to_string(kSchemaVersion) + " or older");
  }
  Transaction transaction(connection, "BEGIN IMMEDIATE", "ROLLBACK");
  if (is_new) connection.run(kSchema);
  if (version < 2) connection.run(kSchemaAddedIn2);
  if (version < 3) connection.run(kSchemaAddedIn3);
  if (version < 4) connection.run(kSchemaAddedIn4);
  if (version < 5) connection.run(kSchemaAddedIn5);
  if (version < 6) connection.run(kSchemaAddedIn6);
  if (version < 7) connection.run(kSchemaAddedIn7);
  connection.run(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
  connection.run(("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str());
  transaction.commit("COMMIT");
}

class SqliteStore : public SeriesStore {
 public:
  SqliteStore(std::unique_ptr<LockFile> lock, const std::string& path, std::size_t cache_bytes_max,
              const SeriesLimits& limits)
      : lock_(std::move(lock)), connection_(path, false), readers_(path), cache_(cache_bytes_max), novelty_(limits) {
    prepare(connection_);
    index_.load(connection_);
    writer_.emplace(connection_, index_, novelty_);
  }

  Result<std::vector<Applied>, StoreError> apply(std::span<const ReceivedFrame> frames) override {
    touches_.begin(frames);
    auto applied = guarded([&] { return apply_all(frames); });
    touches_.end(applied.ok());
    if (!applied.ok()) {
      writer_->forget();
      novelty_.forget_today();
      (void)guarded([&] { return index_.load(connection_), true; });  // forget series rolled back
    } else {
      note_touched(frames, *applied);
    }
    return applied;
  }

  Status<StoreError> keep_aside(const RefusedFrame& refused) override {
    return guarded([&] {
      Transaction transaction(connection_, "BEGIN IMMEDIATE", "ROLLBACK");
      Statement(connection_, "INSERT INTO aside VALUES (NULL,?,?,?,?)")
          .start(refused.received_unix_ms, refused.reason, refused.bytes.size(), refused.bytes)
          .run();
      Statement(connection_, "UPDATE totals SET value = value + 1 WHERE name = 'refused'").start().run();
      drop_oldest_aside();
      transaction.commit("COMMIT");
      return Done{};
    });
  }

  Status<StoreError> trim(const Retention& keep) override {
    writer_->forget();
    if (!cache_.kept.get()) know_kept_days();
    const std::int64_t before = hour_of(keep.before);
    const std::int64_t minutes_before = std::max(hour_of(keep.minutes_before), before);
    touches_.begin_trim(minutes_before, before);
    auto trimmed = guarded([&] {
      Transaction transaction(connection_, "BEGIN IMMEDIATE", "ROLLBACK");
      const std::int64_t fine_before = std::max(hour_of(keep.fine_before), minutes_before);
      Rollup rollup(connection_);
      Statement gone(connection_, "SELECT sum(n) FROM hours WHERE series = ? AND start < ?");
      Statement hours(connection_, "DELETE FROM hours WHERE series = ? AND start < ?");
      Statement total(connection_, "UPDATE totals SET value = value + ? WHERE name = 'trimmed'");
      for (const auto& [id, key] : index_.matching({})) {
        rollup.run(id, fine_before, minutes_before);
        gone.start(id, before).next();
        total.start(gone.integer(0)).run();
        gone.start();
        hours.start(id, before).run();
      }
      Statement(connection_, "DELETE FROM board_lost WHERE start < ?").start(before).run();
      Statement(connection_, "DELETE FROM storyboards WHERE minute < ?").start(minutes_before).run();
      Statement(connection_, "DELETE FROM heard WHERE minute < ?").start(before).run();
      Statement(connection_, "DELETE FROM journal WHERE made < ?").start(before).run();
      transaction.commit("COMMIT");
      return Done{};
    });
    touches_.end(trimmed.ok());
    if (trimmed.ok() && index_.size() > novelty_.limits().all / 2) return forget_idle_series();
    return trimmed;
  }

  Result<std::int64_t, StoreError> write_journal(const JournalEntry& entry) override {
    return guarded([&] {
      if (entry.body.size() > kJournalBodyMax) throw SqlError("an entry of the journal is too long");
      Statement held(connection_, "SELECT 1 FROM journal WHERE kind = ? AND key = ? AND key <> ''");
      const bool is_new = !held.start(entry.kind, entry.key).next();
      held.done();
      if (is_new && connection_.number("SELECT count(*) FROM journal") >= kJournalMax) {
        throw SqlError("the journal is full");
      }
      Statement write(connection_,
                      "INSERT INTO journal VALUES (NULL,?,?,?,?,?,?) ON CONFLICT (kind, key) WHERE key <> '' "
                      "DO UPDATE SET body = excluded.body RETURNING id");
      write.start(entry.made_unix_s, entry.kind, entry.journey, entry.objective, entry.key, entry.body).next();
      const std::int64_t id = write.integer(0);
      write.run();
      return id;
    });
  }

  std::optional<std::int64_t> take_oldest_touched() override {
    const std::int64_t oldest = oldest_touched_.exchange(kNothing);
    return oldest == kNothing ? std::nullopt : std::optional(oldest);
  }

  Result<std::unique_ptr<StoreSnapshot>, StoreError> snapshot() override {
    return guarded([&]() -> std::unique_ptr<StoreSnapshot> {
      return std::make_unique<SqliteSnapshot>(readers_, index_, cache_, touches_, novelty_);
    });
  }

 private:
  // While days are being deleted, what all days keep is not learnt: each question about it would read all of them.
  void know_kept_days() {
    if (const auto now = snapshot(); now.ok()) (void)(*now)->conservation();
  }

  // Of which nothing is kept any more. Those of all messages stay: over all time they say what there was.
  Status<StoreError> forget_idle_series() {
    return guarded([&] {
      Statement(
          connection_,
          "DELETE FROM series WHERE scope <> ? AND NOT EXISTS (SELECT 1 FROM hours WHERE series = id) AND NOT "
          "EXISTS (SELECT 1 FROM minutes WHERE series = id) AND NOT EXISTS (SELECT 1 FROM cells WHERE series = id)")
          .start(static_cast<int>(CellScope::kTotal))
          .run();
      index_.load(connection_);
      return Done{};
    });
  }

  std::vector<Applied> apply_all(std::span<const ReceivedFrame> frames) {
    std::vector<Applied> results;
    Transaction transaction(connection_, "BEGIN IMMEDIATE", "ROLLBACK");
    for (const auto& frame : frames) results.push_back(apply_one(frame));
    writer_->finish();
    transaction.commit("COMMIT");
    return results;
  }

  Applied apply_one(const ReceivedFrame& frame) {
    Transaction savepoint(connection_, "SAVEPOINT frame", "ROLLBACK TO frame; RELEASE frame");
    const Applied applied = writer_->apply(frame);
    if (applied != Applied::kTooMany) savepoint.commit("RELEASE frame");
    return applied;
  }

  void note_touched(std::span<const ReceivedFrame> frames, const std::vector<Applied>& applied) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (applied[i] != Applied::kApplied || frames[i].frame->windows.empty()) continue;
      const std::int64_t start = frames[i].frame->windows.begin()->first;
      std::int64_t oldest = oldest_touched_;
      while (start < oldest && !oldest_touched_.compare_exchange_weak(oldest, start)) {
      }
    }
  }

  void drop_oldest_aside() {
    while (connection_.number("SELECT count(*) FROM aside") > kAsideFramesMax ||
           connection_.number("SELECT sum(size) FROM aside") > kAsideBytesMax) {
      connection_.run("DELETE FROM aside WHERE id = (SELECT min(id) FROM aside)");
    }
  }

  std::unique_ptr<LockFile> lock_;  // released last
  Connection connection_;
  ReaderPool readers_;
  SeriesIndex index_;
  SumCache cache_;
  Touches touches_;
  Novelty novelty_;
  std::optional<FrameWriter> writer_;
  static constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::max();
  std::atomic<std::int64_t> oldest_touched_ = kNothing;
};

}  // namespace

Result<std::unique_ptr<SeriesStore>, StoreError> open_sqlite(const std::string& path, std::size_t cache_bytes_max,
                                                             const SeriesLimits& limits) {
  if (const auto directory = std::filesystem::path(path).parent_path(); !directory.empty()) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return Failure{StoreError{directory.string() + ": cannot be created: " + error.message(), false}};
  }
  auto lock = std::make_unique<LockFile>(path + ".lock");
  if (!lock->opened()) return Failure{StoreError{path + ".lock: " + std::strerror(errno), false}};
  if (!lock->lock()) return Failure{StoreError{path + ": another process has this store open", true}};
  auto opened = guarded([&]() -> std::unique_ptr<SeriesStore> {
    return std::make_unique<SqliteStore>(std::move(lock), path, cache_bytes_max, limits);
  });
  if (!opened.ok()) return Failure{StoreError{path + ": " + opened.error().message, false}};
  return opened;
}

}  // namespace bellrock::store
