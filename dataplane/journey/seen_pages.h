// Pages that were answered and wait for their visitors' beacons: fixed-size records on the board in the order in which
// they came, and an index by visitor. Used by the owner core's Tracker, through its journal; never allocates. All zero
// is empty, and a restarted process goes on with what it finds. Full is an answer: the oldest record can make room.
//
// A page waits for `within` after it was answered, that moment included, whether or not a beacon came; so its later
// beacons are known for its own. A call waits as a page does, and is found by nobody once a beacon has told its time: a
// beacon tells of one call.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/ids.h"
#include "dataplane/base/journal.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/event_extras.h"
#include "dataplane/flow/page_sight.h"

namespace bellrock::journey {

struct SeenPage {
  SessionKey key;
  Instant seen;                        // when the answer's head was complete
  std::uint32_t hash = 0;              // of the visitor
  std::uint32_t next = 0, before = 0;  // records of the same bucket: 1 + index; 0: none
  std::uint32_t view = 0;              // of the beacon that covered it; 0: it did not say
  std::uint32_t server_us = kNoPageTime;
  TemplateId path;
  std::uint8_t page = 0, device = 0, browser = 0, place = 0;  // as PageSight has them
  std::uint8_t state = 0;
  std::uint8_t reserved = 0;

  static constexpr std::uint8_t kCovered = 1;
  static constexpr std::uint8_t kTimed = 2;  // a beacon with a time to first byte, or a call's, came
  static constexpr std::uint8_t kCall = 4;   // of a page's scripts: not to be covered
  [[nodiscard]] bool covered() const { return (state & kCovered) != 0; }
  [[nodiscard]] bool timed() const { return (state & kTimed) != 0; }
  [[nodiscard]] bool is_call() const { return (state & kCall) != 0; }
  [[nodiscard]] bool open() const { return (state & (kCovered | kCall)) == 0; }  // a beacon may cover it
  [[nodiscard]] bool found() const { return !(is_call() && timed()); }           // in the index by visitor
  [[nodiscard]] bool is_of(const VisitorKey& visitor) const {
    return hash == visitor.hash && (key == visitor.key || (!visitor.previous.none() && key == visitor.previous));
  }
};
static_assert(sizeof(SeenPage) == 56);

// What becomes of one that waits no longer.
template <class Recorder>
void count_ended_page(const SeenPage& page, CoverageItem uncovered, SplitItem untimed, Recorder& recorder) {
  if (page.open()) recorder.coverage(page.page, uncovered, page.browser, page.place);
  if (!page.timed()) recorder.split(page.page, untimed, page.device);
}

class SeenPages {
 public:
  using Place = std::uint32_t;  // 1 + index of a record; 0: none

  // Of 64-byte-aligned memory for so many.
  static constexpr std::size_t bytes_needed(std::uint32_t pages) {
    return pages == 0 ? 0 : sizeof(Header) + std::size_t{pages} * sizeof(SeenPage) + buckets_of(pages) * sizeof(Place);
  }

  // `pages` is 0 where nobody asks for coverage.
  SeenPages(std::span<std::byte> memory, std::uint32_t pages, Duration within, Journal& journal);

  [[nodiscard]] bool on() const { return capacity_ != 0; }
  [[nodiscard]] bool empty() const { return !on() || header_->first == header_->end; }
  [[nodiscard]] bool full() const { return header_->end - header_->first == capacity_; }
  [[nodiscard]] std::uint64_t size() const { return on() ? header_->end - header_->first : 0; }
  [[nodiscard]] std::uint64_t open() const;  // of these, pages that are not covered; reads them all

  // As things are, beacons may have been missed: what waits now and is not covered is not known to be uncovered.
  void doubt() {
    if (!empty()) journal_.set(header_->doubted, header_->end);
  }

  // The oldest, of which there is one.
  [[nodiscard]] const SeenPage& oldest() const { return at(oldest_place()); }
  [[nodiscard]] bool oldest_is_doubted() const { return header_->first < header_->doubted; }
  [[nodiscard]] bool due(Instant before) const { return !empty() && before - oldest().seen > within_; }
  void forget_oldest();

  // Whether another page of the visitor would be too many.
  [[nodiscard]] bool crowded(const VisitorKey& visitor, TemplateId path) const;
  // There is room, and the visitor's pages are not too many.
  void add(const VisitorKey& visitor, const SeenPage& page);

  // The page that a beacon speaks of: the one that this page view covered, else the oldest that nobody did, else, if
  // one of the two does not say which page view it is, the newest. 0: none that waits at that time.
  [[nodiscard]] Place find(const VisitorKey& visitor, const PageSight& beacon, Instant time) const;
  // The page whose load a beacon tells of that says how old it is: the newest that was asked for early enough, timed or
  // not. 0: none that waits at that time.
  [[nodiscard]] Place find_load(const VisitorKey& visitor, const PageSight& beacon, Instant time) const;
  // The call that a beacon tells of: of those which can have been under way for as long as it says and ended at most
  // kCallBeaconLagMax before it, the oldest that no beacon told of. 0: none that waits at that time.
  [[nodiscard]] Place find_call(const VisitorKey& visitor, const PageSight& beacon, Instant time) const;
  [[nodiscard]] const SeenPage& at(Place place) const { return records_[place - 1]; }
  void cover(Place place, std::uint32_t view);
  void set_timed(Place place);

  // What waits of one visitor is another's from here on. As many as a bucket has at most; what would be too many stays.
  void rename(const VisitorKey& from, const VisitorKey& into);

  // Of another board, whose worker is gone, to be added to a new one: in their order.
  template <typename Call>
  void each(Call&& call) const {
    for (std::uint64_t at = on() ? header_->first : 0; on() && at < header_->end && at - header_->first < capacity_;
         ++at)
      call(records_[at % capacity_], at < header_->doubted);
  }

 private:
  struct Header {
    std::uint64_t first = 0, end = 0;  // records are numbered as they come; the oldest, and one past the newest
    std::uint64_t doubted = 0;         // those before it
    std::uint64_t reserved[5] = {};
  };
  static_assert(sizeof(Header) == 64);
  static constexpr std::size_t buckets_of(std::uint32_t pages) { return std::bit_ceil(2 * std::size_t{pages}); }

  [[nodiscard]] std::uint64_t age_rank(Place place) const {  // 0: the oldest
    return (place - 1 + capacity_ - header_->first % capacity_) % capacity_;
  }
  [[nodiscard]] Place oldest_place() const { return static_cast<Place>(header_->first % capacity_ + 1); }
  [[nodiscard]] Place& bucket(std::uint32_t hash) const { return buckets_[hash & (buckets_.size() - 1)]; }
  void enter_bucket(Place place);
  void leave_bucket(Place place);

  const std::uint32_t capacity_;
  const Duration within_;
  Header* header_ = nullptr;
  std::span<SeenPage> records_;
  std::span<Place> buckets_;
  Journal& journal_;
};

}  // namespace bellrock::journey
