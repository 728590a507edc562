// Attempts that failed, step by step (`storyboards` of a Journey): what each did, and of each journey and outcome a
// fair sample of so many a window. On the board, for each core: one trail for each attempt, which grows while it is
// open, and two reservoirs, one for each bank, which are read and cleared with it. Changed through the journal; never
// allocates; all zero is empty. The owning core's thread; the agent reads between "sealed" and "drained".
//
// Which attempts are kept is decided by a keyed hash of each: the lowest `keep` of a window stay. So every attempt has
// the same chance whenever it ends, and the lowest of several cores, windows or nodes are the lowest of all of them.
// Nothing of a visitor's key but that hash leaves the board, and no text is kept but where an outside replay is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "dataplane/base/ids.h"
#include "dataplane/base/journal.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/siphash.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/click.h"
#include "dataplane/flow/event.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/flow/replay_pointer.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::journey {

inline constexpr std::size_t kTrailStepsMax = 12;  // of one attempt; then the last one makes way for the next
inline constexpr std::size_t kTrailClicksMax = 6;  // the latest ones
inline constexpr std::uint32_t kTookUnknown = ~std::uint32_t{0};

struct alignas(8) TrailStep {
  std::uint32_t offset_ms = 0;           // since the attempt's start
  std::uint32_t took_ms = kTookUnknown;  // from the request to this answer, or to its end without one
  TemplateId page;                       // 0: none that is listed
  std::uint16_t status = 0;              // of an answer
  StepId step;
  Channel channel = Channel::kBeacon;
  std::uint16_t reserved = 0;
};
struct alignas(8) TrailClick {
  std::uint32_t offset_ms = 0;
  std::uint16_t place = kNoClickPlace;
  std::uint8_t page = 0;  // 1 + index into Definition::click_pages; 0: another page
  ClickKind kind = ClickKind::kClick;
};
struct alignas(8) TrailHead {
  std::uint8_t steps = 0, clicks = 0;
  std::uint16_t steps_left_out = 0, clicks_left_out = 0;  // stay at their largest value
  std::uint8_t replay_bytes = 0;                          // of StoryTrail::replay
  std::uint8_t reserved = 0;
};
struct StoryTrail {
  TrailHead head;
  std::array<TrailStep, kTrailStepsMax> steps{};
  std::array<TrailClick, kTrailClicksMax> clicks{};  // of so many in all, the newest at (all - 1) % kTrailClicksMax
  ReplayText replay;                                 // the last that its visitor's beacons said
};
static_assert(sizeof(TrailStep) == 16 && sizeof(TrailClick) == 8 && sizeof(TrailHead) == 8 &&
              sizeof(StoryTrail) == 288);

// One that is kept.
struct Story {
  std::uint64_t rank = 0;  // of 63 bits; 0: free
  std::uint32_t lasted_ms = 0;
  std::uint32_t waited_ms = 0;  // kAbandonedWaiting: since the request that was pending
  std::array<std::uint8_t, kJourneyDimensionsMax> dimensions{};
  StoryTrail trail;
};
static_assert(sizeof(Story) == 312);

// Of the attempt that ended.
struct StoryEnd {
  SessionKey visitor;
  Instant start, end;
  JourneyId journey;
  Outcome outcome = Outcome::kUnknown;
  Duration lasted = 0, waited = 0;
  std::array<std::uint8_t, kJourneyDimensionsMax> dimensions{};
};

// What one journey's reservoir has room for, and what a core's has: of one bank.
constexpr std::size_t stories_of(std::size_t keep) { return kToldOutcomes * keep; }

class Storyboards {
 public:
  // Words that `end` journals at most, and that a step, a click and a replay journal together.
  static constexpr std::size_t kEndWordsMax = sizeof(Story) / 8;
  static constexpr std::size_t kEventWordsMax = 5 + kReplayBytesMax / 8 + 1;

  // Of 64-byte-aligned memory: for so many attempts and stories in a bank. No stories: none is needed.
  static constexpr std::size_t bytes_needed(std::uint32_t attempts, std::uint32_t stories) {
    return stories == 0 ? 0 : attempts * sizeof(StoryTrail) + 2 * stories * sizeof(Story);
  }

  // `rank_key` is secret: who knows it could choose which of his attempts are kept.
  Storyboards(std::span<std::byte> memory, std::uint32_t attempts, std::uint32_t stories, SipKey rank_key,
              Journal& journal);

  [[nodiscard]] bool on() const { return stories_ != 0; }
  void enter(unsigned bank) { bank_ = bank; }

  // The attempt begins; nothing of what its record was before is left.
  void begin(Slot attempt);
  void step(Slot attempt, const TrailStep& step);
  void click(Slot attempt, const TrailClick& click);
  void point_to(Slot attempt, const ReplayPointer& replay);
  // The attempt has ended as one that is told. `first`: of its journey's stories in a bank.
  void end(Slot attempt, std::size_t first, std::size_t keep, const StoryEnd& end);

  [[nodiscard]] std::uint64_t rank_of(const StoryEnd& end) const;
  [[nodiscard]] StoryTrail& trail(Slot attempt) { return trails_of(memory_, attempts_)[attempt - 1]; }

  static std::span<StoryTrail> trails_of(std::span<std::byte> memory, std::uint32_t attempts) {
    return {reinterpret_cast<StoryTrail*>(memory.data()), attempts};
  }

 private:
  [[nodiscard]] std::span<Story> bank() const;

  std::span<std::byte> memory_;
  std::uint32_t attempts_, stories_;
  SipKey rank_key_;
  Journal& journal_;
  unsigned bank_ = 0;
};

// The key of ranks, from the one that picks the owner core: as old as the board, and the same on all its cores.
SipKey rank_key_of(SipKey owner);

// The agent's side. Copies each and believes nothing: on_story(place, story) for every one that says that it is there,
// with no more steps and clicks than there can be.
void read_stories(std::span<const std::byte> memory, std::uint32_t attempts, std::uint32_t stories, unsigned bank,
                  const std::function<void(std::size_t, const Story&)>& on_story);
// May be repeated after it was cut off anywhere.
void clear_stories(std::span<std::byte> memory, std::uint32_t attempts, std::uint32_t stories, unsigned bank);

}  // namespace bellrock::journey
