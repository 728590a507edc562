#include "dataplane/tcp/wait_heap.h"

namespace bellrock::tcp {
namespace {
constexpr std::uint32_t kOutside = 0xffffffff;
}

WaitHeap::WaitHeap(std::uint32_t connections) : entries_(connections), positions_(connections, kOutside) {}

void WaitHeap::set(std::uint32_t connection, Instant deadline) {
  const std::uint32_t at = positions_[connection];
  if (deadline == kNever) {
    if (at == kOutside) return;
    positions_[connection] = kOutside;
    --count_;
    if (at == count_) return;
    const Entry last = entries_[count_];
    positions_[last.connection] = at;
    rise(at, last);
    sink(positions_[last.connection], last);
    return;
  }
  const Entry entry{deadline, connection};
  if (at == kOutside) {
    rise(count_++, entry);
    return;
  }
  if (entries_[at].deadline == deadline) return;
  rise(at, entry);
  sink(positions_[connection], entry);
}

void WaitHeap::place(std::uint32_t at, const Entry& entry) {
  entries_[at] = entry;
  positions_[entry.connection] = at;
}

void WaitHeap::rise(std::uint32_t at, const Entry& entry) {
  while (at > 0 && sooner(entry, entries_[(at - 1) / 2])) {
    place(at, entries_[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  place(at, entry);
}

void WaitHeap::sink(std::uint32_t at, const Entry& entry) {
  for (;;) {
    std::uint32_t child = 2 * at + 1;
    if (child >= count_) break;
    if (child + 1 < count_ && sooner(entries_[child + 1], entries_[child])) ++child;
    if (!sooner(entries_[child], entry)) break;
    place(at, entries_[child]);
    at = child;
  }
  place(at, entry);
}

}  // namespace bellrock::tcp
