#include "dataplane/journey/storyboards.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <string_view>

#include "dataplane/base/check.h"

namespace bellrock::journey {
namespace {

std::uint32_t milliseconds(Duration duration) {
  constexpr Duration kMost = kTookUnknown - 1;
  return static_cast<std::uint32_t>(std::clamp<Duration>(duration / kMillisecond, 0, kMost));
}

void count_left_out(std::uint16_t& count) {
  if (count != std::numeric_limits<std::uint16_t>::max()) ++count;
}

std::size_t bank_at(std::uint32_t attempts, std::uint32_t stories, unsigned bank) {
  return attempts * sizeof(StoryTrail) + (bank & 1) * stories * sizeof(Story);
}

Story read_once(const Story& from) {
  std::array<std::uint64_t, sizeof(Story) / 8> words;
  auto* at = reinterpret_cast<std::uint64_t*>(const_cast<Story*>(&from));
  for (std::uint64_t& word : words) word = std::atomic_ref(*at++).load(std::memory_order_relaxed);
  Story story;
  std::memcpy(static_cast<void*>(&story), words.data(), sizeof story);
  return story;
}

}  // namespace

Storyboards::Storyboards(std::span<std::byte> memory, std::uint32_t attempts, std::uint32_t stories, SipKey rank_key,
                         Journal& journal)
    : memory_(memory), attempts_(attempts), stories_(stories), rank_key_(rank_key), journal_(journal) {
  if (!on()) return;
  CHECK(memory.size() >= bytes_needed(attempts, stories));
  CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 8 == 0);
}

std::span<Story> Storyboards::bank() const {
  return {reinterpret_cast<Story*>(memory_.data() + bank_at(attempts_, stories_, bank_)), stories_};
}

void Storyboards::begin(Slot attempt) { journal_.set_record(trail(attempt).head, TrailHead{}); }

// When there is no room for all, the first ones stay, and the last: that is where it went wrong.
void Storyboards::step(Slot attempt, const TrailStep& step) {
  StoryTrail& all = trail(attempt);
  TrailHead head = all.head;
  const std::size_t at = std::min<std::size_t>(head.steps, kTrailStepsMax - 1);
  if (head.steps < kTrailStepsMax) {
    ++head.steps;
  } else {
    count_left_out(head.steps_left_out);
  }
  journal_.set_record(all.steps[at], step);
  journal_.set_record(all.head, head);
}

void Storyboards::click(Slot attempt, const TrailClick& click) {
  StoryTrail& all = trail(attempt);
  TrailHead head = all.head;
  const std::size_t at = (std::size_t{head.clicks} + head.clicks_left_out) % kTrailClicksMax;
  if (head.clicks < kTrailClicksMax) {
    ++head.clicks;
  } else {
    count_left_out(head.clicks_left_out);
  }
  journal_.set_record(all.clicks[at], click);
  journal_.set_record(all.head, head);
}

void Storyboards::point_to(Slot attempt, const ReplayPointer& replay) {
  StoryTrail& all = trail(attempt);
  if (std::string_view(all.replay.bytes.data(), all.head.replay_bytes) == replay.view()) return;
  TrailHead head = all.head;
  head.replay_bytes = replay.size;
  journal_.set_record(all.replay, replay.text);
  journal_.set_record(all.head, head);
}

std::uint64_t Storyboards::rank_of(const StoryEnd& end) const {
  const std::array<std::uint64_t, 5> of{
      end.visitor.words[0], end.visitor.words[1], static_cast<std::uint64_t>(end.start.ns),
      static_cast<std::uint64_t>(end.end.ns),
      std::uint64_t{end.journey.value} << 8 | static_cast<std::uint64_t>(end.outcome)};
  const auto* data = reinterpret_cast<const std::uint8_t*>(of.data());
  return std::max<std::uint64_t>(siphash64(rank_key_, Bytes(data, sizeof of)) >> 1, 1);
}

void Storyboards::end(Slot attempt, std::size_t first, std::size_t keep, const StoryEnd& end) {
  DCHECK(is_told(end.outcome) && first + stories_of(keep) <= stories_);
  const std::span all = bank().subspan(first + keep * told_index(end.outcome), keep);
  // A free one gives way first, then the one with the highest rank.
  Story* last = all.data();
  for (Story& story : all) {
    if (last->rank != 0 && (story.rank == 0 || story.rank > last->rank)) last = &story;
  }
  const std::uint64_t rank = rank_of(end);
  if (last->rank != 0 && last->rank <= rank) return;
  journal_.set_record(*last, Story{.rank = rank,
                                   .lasted_ms = milliseconds(end.lasted),
                                   .waited_ms = milliseconds(end.waited),
                                   .dimensions = end.dimensions,
                                   .trail = trail(attempt)});
}

SipKey rank_key_of(SipKey owner) {
  const Hash128 hash = siphash128(owner, bytes("storyboards"));
  return {hash.low, hash.high};
}

void read_stories(std::span<const std::byte> memory, std::uint32_t attempts, std::uint32_t stories, unsigned bank,
                  const std::function<void(std::size_t, const Story&)>& on_story) {
  if (stories == 0 || memory.size() < Storyboards::bytes_needed(attempts, stories)) return;
  const auto* const all = reinterpret_cast<const Story*>(memory.data() + bank_at(attempts, stories, bank));
  for (std::size_t i = 0; i < stories; ++i) {
    Story story = read_once(all[i]);
    if (story.rank == 0) continue;
    TrailHead& head = story.trail.head;
    head.steps = std::min(head.steps, static_cast<std::uint8_t>(kTrailStepsMax));
    head.clicks = std::min(head.clicks, static_cast<std::uint8_t>(kTrailClicksMax));
    head.replay_bytes = std::min(head.replay_bytes, static_cast<std::uint8_t>(kReplayBytesMax));
    on_story(i, story);
  }
}

void clear_stories(std::span<std::byte> memory, std::uint32_t attempts, std::uint32_t stories, unsigned bank) {
  if (stories == 0 || memory.size() < Storyboards::bytes_needed(attempts, stories)) return;
  std::memset(memory.data() + bank_at(attempts, stories, bank), 0, stories * sizeof(Story));
}

}  // namespace bellrock::journey
