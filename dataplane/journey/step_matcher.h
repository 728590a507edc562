// From true leaves to matched steps. A message makes some leaves of its own kind true; a step matches if its tree holds
// with those leaves true and every other leaf false. So in `any` an HTTP and a beacon leaf stand side by side, `all`
// cannot join two kinds of message, and `not` of a leaf of another kind holds; but a tree holds only if at least one of
// its leaves is true, so that `not` alone never makes every other message a step.
//
// Scratch of one Matcher; takes its memory when it is made. Work per message is proportional to the steps that contain
// a true leaf.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

// A step as the matcher sees it.
struct StepRef {
  JourneyId journey;
  StepId step;
  IdentityId identity;
  std::uint16_t root = 0;
  std::uint8_t amount = 0;      // 1 + index into Definition::amounts; 0: no value is taken here
  std::vector<ClockId> clocks;  // client durations of latency objectives that end here, or that this step may cut
};

class StepMatcher {
 public:
  explicit StepMatcher(const Definition& definition);

  void begin();
  void set_true(std::uint16_t leaf);
  // The steps that match, by journey and then in listed order; valid until the next `begin`.
  std::span<const std::uint16_t> finish();
  [[nodiscard]] const StepRef& step(std::uint16_t index) const { return steps_[index]; }

 private:
  [[nodiscard]] bool holds(std::uint16_t node) const;
  void add_leaves(std::uint16_t node, std::uint16_t step);

  const Definition& definition_;
  std::vector<StepRef> steps_;                          // ascending
  std::vector<std::vector<std::uint16_t>> steps_with_;  // by leaf
  std::vector<std::uint32_t> leaf_true_;                // round in which it was; 0: never
  std::vector<std::uint32_t> step_seen_;
  std::vector<std::uint16_t> found_;
  std::size_t found_count_ = 0;
  std::uint32_t round_ = 0;
};

}  // namespace bellrock::journey
