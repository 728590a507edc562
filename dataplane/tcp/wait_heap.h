// The connections that wait for something, soonest deadline first. Owned by the reassembler of one core; a connection
// is in it only while bytes are missing, so ordinary packets never touch it. All memory is taken at construction;
// every change is O(log waiting).
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/base/time.h"

namespace bellrock::tcp {

class WaitHeap {
 public:
  explicit WaitHeap(std::uint32_t connections);

  // Puts a connection in, or moves it; kNever takes it out.
  void set(std::uint32_t connection, Instant deadline);

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::uint32_t soonest() const { return entries_[0].connection; }
  [[nodiscard]] Instant deadline() const { return count_ == 0 ? kNever : entries_[0].deadline; }

 private:
  struct Entry {
    Instant deadline;
    std::uint32_t connection;
  };
  static bool sooner(const Entry& a, const Entry& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.connection < b.connection;
  }
  void place(std::uint32_t at, const Entry& entry);
  void rise(std::uint32_t at, const Entry& entry);
  void sink(std::uint32_t at, const Entry& entry);

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> positions_;  // by connection
  std::uint32_t count_ = 0;
};

}  // namespace bellrock::tcp
