// Which of a visitor's numbered beacons have been seen: his two latest page views, and of each the last 32 numbers.
// Plain values, pure functions, no memory of their own. Any thread.
//
// Some senders number the beacons of each page view from 0 or 1, others all beacons of a session. So a page view that
// begins with a number above the latest view's highest goes on with that view's numbering, which the two then share
// (linked); any other begins one of its own.
#pragma once

#include <array>
#include <cstdint>

namespace bellrock::journey {

struct PageView {
  std::uint32_t id = 0;       // hash of its name
  std::uint32_t highest = 0;  // number
  std::uint32_t seen = 0;     // bit i: highest - i; bit 0 is set in every view that is used

  [[nodiscard]] bool used() const { return (seen & 1) != 0; }
};
inline constexpr std::uint32_t kNumbersKept = 32;

// Marks where an attempt begins to care: the low 16 bits of a number, and never 0, which means from 1 on, the first
// number that all senders use.
constexpr std::uint16_t number_mark(std::uint32_t number) {
  const auto low = static_cast<std::uint16_t>(number);
  return low == 0 ? std::uint16_t{1} : low;
}
// The number that a mark stands for, in a view whose highest is at most 65,535 above it.
constexpr std::int64_t marked_number(const PageView& view, std::uint16_t mark) {
  if (mark == 0) return 1;
  const auto above = static_cast<std::uint16_t>(view.highest + 1 - mark);
  return std::int64_t{view.highest} + 1 - above;
}

// A number from `from` on that is not seen yet and could still come.
bool misses(const PageView& view, std::int64_t from);
// Whether such numbers are given up when the view moves on to `number`.
bool gives_up(const PageView& view, std::uint32_t number, std::int64_t from);

struct PageViews {
  std::array<PageView, 2> latest{};  // newest first
  bool linked = false;

  enum class What : std::uint8_t {
    kDuplicate,
    kTooOld,     // below the numbers that are kept: nothing can be said
    kNumber,     // of a view that is known
    kContinues,  // the first of a view that goes on with the newest one's numbers
    kBegins,     // the first of a view with numbers of its own
  };
  struct Place {
    What what = What::kNumber;
    unsigned view = 0;  // index into `latest`: of a known view, else 0
  };
  [[nodiscard]] Place place(std::uint32_t id, std::uint32_t number) const;
  // `place` has said where; not for duplicates and what is too old.
  void put(Place place, std::uint32_t id, std::uint32_t number);
};

}  // namespace bellrock::journey
