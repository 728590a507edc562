// The journal makes all changes that one event causes on the board happen entirely or not at all, wherever the process
// is killed. It is an undo log: before a word changes, its old value is written to the record, so the code in between
// reads its own changes in place and needs no overlay. `commit` forgets the old values; whoever takes over a dead
// worker's board calls `roll_back`, which puts them back, newest first. Rolling back twice changes nothing more.
//
// One writer: the core that owns the record. Every store is a release store: x86 makes stores visible in program order,
// and the release keeps the compiler from moving them. Bounded by kJournalEntriesMax words between two commits.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "dataplane/base/check.h"

namespace bellrock {

inline constexpr std::size_t kJournalEntriesMax = 16'384;

struct JournalEntry {
  std::uint64_t offset;  // of an aligned 8-byte word, from the start of the region
  std::uint64_t before;
};

struct JournalRecord {
  std::uint64_t count = 0;
  std::uint64_t padding[7] = {};
  JournalEntry entries[kJournalEntriesMax];
};

class Journal {
 public:
  // `region` is where offsets count from; all words passed to `set` lie inside [region, region + region_bytes).
  Journal(std::byte* region, std::size_t region_bytes, JournalRecord* record)
      : region_(region), region_bytes_(region_bytes), record_(record) {}

  // Replaces `field`, which must not straddle an 8-byte word, with `value`.
  template <typename T>
  void set(T& field, T value) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8 && std::has_single_bit(sizeof(T)));
    auto* at = reinterpret_cast<std::byte*>(&field);
    const std::size_t shift = reinterpret_cast<std::uintptr_t>(at) & 7;
    DCHECK(shift + sizeof(T) <= 8);
    auto& word = *reinterpret_cast<std::uint64_t*>(at - shift);
    std::uint64_t after = word;
    std::memcpy(reinterpret_cast<std::byte*>(&after) + shift, &value, sizeof(T));
    set_word(word, after);
  }

  template <typename T>
  void add(T& field, std::type_identity_t<T> by) {
    set<T>(field, static_cast<T>(field + by));
  }

  // Replaces a whole record of 8-byte words; words that stay the same cost no entry. Those before `from_word` are known
  // to stay.
  template <typename T>
  void set_record(T& record, const T& value, std::size_t from_word = 0) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 8 == 0 && alignof(T) >= 8);
    auto* to = reinterpret_cast<std::uint64_t*>(&record);
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    for (std::size_t i = from_word; i < sizeof(T) / 8; ++i) {
      std::uint64_t after;
      std::memcpy(&after, from + 8 * i, 8);
      if (to[i] != after) set_word(to[i], after);
    }
  }

  // How many more words can change before the next commit.
  [[nodiscard]] std::size_t room() const { return kJournalEntriesMax - count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }

  void commit() {
    count_ = 0;
    std::atomic_ref(record_->count).store(0, std::memory_order_release);
  }

  // For what must not be recovered: commits, and overwrites the old values, which a plain commit leaves where they are.
  void commit_and_forget() {
    const std::size_t used = count_;
    commit();
    for (std::size_t i = 0; i < used; ++i)
      std::atomic_ref(record_->entries[i].before).store(0, std::memory_order_release);
  }

  // For whoever takes over from a dead writer, before anything else is read. False: the record is damaged.
  bool roll_back() {
    const std::uint64_t count = std::atomic_ref(record_->count).load(std::memory_order_acquire);
    if (count > kJournalEntriesMax) return false;
    for (std::uint64_t i = count; i-- > 0;) {
      const JournalEntry entry = record_->entries[i];
      if (entry.offset % 8 != 0 || entry.offset >= region_bytes_) return false;
      auto& word = *reinterpret_cast<std::uint64_t*>(region_ + entry.offset);
      std::atomic_ref(word).store(entry.before, std::memory_order_release);
    }
    commit();
    return true;
  }

 private:
  void set_word(std::uint64_t& word, std::uint64_t after) {
    DCHECK(count_ < kJournalEntriesMax);
    JournalEntry& entry = record_->entries[count_];
    entry.offset = static_cast<std::uint64_t>(reinterpret_cast<std::byte*>(&word) - region_);
    std::atomic_ref(entry.before).store(word, std::memory_order_release);
    std::atomic_ref(record_->count).store(++count_, std::memory_order_release);
    std::atomic_ref(word).store(after, std::memory_order_release);
  }

  std::byte* region_;
  std::size_t region_bytes_;
  JournalRecord* record_;
  std::uint64_t count_ = 0;
};

}  // namespace bellrock
