// Which pages a visitor has viewed of late, and what that tells of his frustration. On the board, a table of trails for
// each core (`frustration` of a Site): fixed records in sets of kTrailWays, changed through the journal only. Owned by
// the owner core; never allocates. All zero is empty, so a new board needs no set-up.
//
// The rules (thresholds by page, `FrustrationRules`; times in ticks of 100 ms, windows include their end):
//   Back    a view of the page before, at most `back` after that was left: what Microsoft Clarity calls a quick back
//           (learn.microsoft.com/clarity, semantic metrics). Counted at the page that was turned back from.
//   Loop    a return to a page which is the `loop_returns`th or a later one to it within `loop`: A, B, A, B, A are two
//           returns to A. Counted at that page; the next loop begins with this view.
//   Thrash  `thrash_views` views, of whatever pages, reloads too, within `thrash`, with no step of a journey since the
//           first of them. Counted at the page of the last; the next begins behind it.
// The page before is the last one of another template: reloads are views, and leave nothing.
//
// A visitor without a view for kTrailKept has no trail, and at most the last kTrailViews views are known of one. A set
// that is full gives the trail up that was silent for longest. A visitor is found by 32 bits of his key within his
// set, so one of 2^32 / kTrailWays strangers would be taken for him.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/journal.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/frustration.h"
#include "dataplane/flow/visitor.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::journey {

inline constexpr Duration kTrailTick = 100 * kMillisecond;
inline constexpr std::size_t kTrailViews = 8;
inline constexpr std::size_t kTrailWays = 8;
static_assert(kThrashViewsMax <= kTrailViews && 2 * kLoopReturnsMax + 1 <= kTrailViews);

// Of an instant, or of a duration: whole ticks, as many as fit.
constexpr std::uint32_t trail_tick(Instant at) { return static_cast<std::uint32_t>(at.ns / kTrailTick); }
constexpr std::uint32_t trail_ticks(Duration duration) { return static_cast<std::uint32_t>(duration / kTrailTick); }

// Up to 15 of three kinds, in one word.
struct TrailCounts {
  std::uint16_t known : 4 = 0;   // views
  std::uint16_t loop : 4 = 0;    // of these, from the newest on, that may be part of a loop
  std::uint16_t thrash : 4 = 0;  // the same for thrash
  std::uint16_t device : 4 = 0;  // Device, of the newest
};

struct alignas(8) Trail {
  std::uint32_t tag = 0;                               // of whose key
  std::uint32_t newest = 0;                            // tick of the newest view
  std::array<std::uint32_t, 2> ids{};                  // of the two latest page views; 0: they had none
  std::array<std::uint8_t, kTrailViews> pages{};       // newest first
  std::array<std::uint16_t, kTrailViews - 1> ticks{};  // low bits of those behind the newest
  TrailCounts counts;
  std::uint32_t hash = 0;  // of the visitor, and the identity that knows him: on another board they pick his core
  IdentityId identity;
  std::array<std::uint8_t, 3> reserved{};

  [[nodiscard]] bool used() const { return counts.known != 0; }
  // Of view `at`, before the newest.
  [[nodiscard]] std::uint32_t age(std::size_t at) const {
    return at == 0 ? 0 : static_cast<std::uint16_t>(static_cast<std::uint16_t>(newest) - ticks[at - 1]);
  }
};
static_assert(sizeof(Trail) == 48 && static_cast<unsigned>(Device::kCount) <= 16);
// An age in its 16 bits is unambiguous: what is kept is not older, and was not when the next view came either.
static_assert(2 * trail_ticks(kTrailKept) < 1u << 16);

// The beacon is of a page view that is known, or may be late and is of one that began before the newest; otherwise the
// trail with the new view, which may be all of it.
struct ViewAdded {
  bool is_new = false;
  Trail trail;
};
ViewAdded add_view(const Trail& trail, const ViewedPage& page, std::uint32_t tick);

// What the newest view is, by the rules of the pages. Back is of the page that is given back.
struct BackFrom {
  bool is_back = false;
  std::uint8_t page = 0;
};
BackFrom back_from(const Trail& trail, const Frustration& rules);
bool is_loop(const Trail& trail, const FrustrationRules& rules);
bool is_thrash(const Trail& trail, const FrustrationRules& rules);

class TrailTable {
 public:
  // 64-byte-aligned memory for at least so many trails.
  static constexpr std::size_t set_count(std::uint32_t trails) { return (trails + kTrailWays - 1) / kTrailWays; }
  static constexpr std::size_t bytes_needed(std::uint32_t trails) {
    return set_count(trails) * kTrailWays * sizeof(Trail);
  }

  // `trails` 0: there is no table.
  TrailTable(std::span<std::byte> memory, std::uint32_t trails, Journal& journal)
      : trails_(reinterpret_cast<Trail*>(memory.data()), trails == 0 ? 0 : set_count(trails) * kTrailWays),
        journal_(journal) {}

  // Null: he has none, or one from before kTrailKept.
  [[nodiscard]] Trail* find(const Visitor& visitor) const;
  struct Room {
    Trail* trail = nullptr;
    bool evicts = false;  // somebody else's who was there within kTrailKept
  };
  // The place of one who has none.
  [[nodiscard]] Room room_for(const Visitor& visitor, std::uint32_t tick) const { return room_in(visitor.hash, tick); }
  // Under the visitor's present key.
  void write(Trail& trail, Trail value, const Visitor& visitor, IdentityId identity) {
    value.tag = tag_of(visitor.key);
    value.hash = visitor.hash;
    value.identity = identity;
    journal_.set_record(trail, value);
  }

  // One of another board, whose worker is gone, for `each`. False: somebody's of the set had to go, of those who were
  // there within kTrailKept the one that was silent for longest; that may be this one.
  bool add(const Trail& trail, std::uint32_t now);
  template <typename Call>
  void each(Call&& call) const {
    for (const Trail& trail : trails_) {
      if (trail.used()) call(trail);
    }
  }

 private:
  [[nodiscard]] static std::uint32_t tag_of(const SessionKey& key) { return static_cast<std::uint32_t>(key.words[0]); }
  [[nodiscard]] std::span<Trail> set_of(std::uint32_t hash) const;
  [[nodiscard]] Room room_in(std::uint32_t hash, std::uint32_t tick) const;

  std::span<Trail> trails_;
  Journal& journal_;
};

}  // namespace bellrock::journey
