#include "control/proto/storyboard_codec.h"

#include <algorithm>

#include "bellrock/v1/frame.pb.h"
#include "control/proto/printable.h"
#include "dataplane/base/time.h"

namespace bellrock::proto {
namespace {

using control::Storyboard;
using control::StoryClick;
using control::StoryStep;

static_assert(static_cast<int>(Channel::kReport) == v1::STORY_CHANNEL_REPORT);

void write_step(const StoryStep& step, v1::StoryStep& to) {
  to.set_offset_ms(step.offset_ms);
  to.set_step(step.step);
  to.set_channel(static_cast<v1::StoryChannel>(step.channel));
  to.set_page(step.page);
  to.set_status(step.status);
  if (step.took_ms) to.set_took_ms_plus_1(*step.took_ms + 1);
}

void write_click(const StoryClick& click, v1::StoryClick& to) {
  to.set_offset_ms(click.offset_ms);
  to.set_page(click.page);
  to.set_kind(static_cast<std::uint32_t>(click.kind));
  if (click.place != kNoClickPlace) to.set_place_plus_1(click.place + 1u);
}

v1::Storyboard message_of(const Storyboard& story) {
  v1::Storyboard to;
  to.set_start_unix_s(story.start_unix_s);
  to.set_journey(story.journey);
  to.set_outcome(story.outcome);
  to.set_rank(story.rank);
  to.set_version(story.version);
  to.set_keep(story.keep);
  to.set_lasted_ms(story.lasted_ms);
  to.set_waited_ms(story.waited_ms);
  for (const auto& [name, value] : story.dimensions) {
    to.add_dimensions(name);
    to.add_dimensions(value);
  }
  for (const StoryStep& step : story.steps) write_step(step, *to.add_steps());
  to.set_steps_left_out(story.steps_left_out);
  for (const StoryClick& click : story.clicks) write_click(click, *to.add_clicks());
  to.set_clicks_left_out(story.clicks_left_out);
  to.set_replay(story.replay);
  return to;
}

bool read_step(const v1::StoryStep& from, Storyboard& story) {
  constexpr std::uint32_t kStatusMax = 999;
  if (!is_name(from.step()) || !is_name(from.page()) || from.status() > kStatusMax ||
      !v1::StoryChannel_IsValid(from.channel())) {
    return false;
  }
  StoryStep& to = story.steps.emplace_back();
  to = {from.offset_ms(),
        from.step(),
        static_cast<Channel>(from.channel()),
        from.page(),
        static_cast<std::uint16_t>(from.status()),
        {}};
  if (from.took_ms_plus_1() != 0) to.took_ms = from.took_ms_plus_1() - 1;
  return true;
}

bool read_click(const v1::StoryClick& from, Storyboard& story) {
  if (!is_name(from.page()) || from.kind() >= kClickKinds || from.place_plus_1() > kClickPlaces) return false;
  const auto place = static_cast<std::uint16_t>(from.place_plus_1() == 0 ? kNoClickPlace : from.place_plus_1() - 1);
  story.clicks.push_back({from.offset_ms(), from.page(), static_cast<ClickKind>(from.kind()), place});
  return true;
}

bool read_dimensions(const v1::Storyboard& from, Storyboard& story) {
  const int count = from.dimensions_size();
  if (count % 2 != 0 || count > static_cast<int>(2 * kSeriesDimensionsMax)) return false;
  for (int i = 0; i < count; i += 2) {
    if (!is_name(from.dimensions(i)) || !is_name(from.dimensions(i + 1))) return false;
    if (i > 0 && story.dimensions.back().first >= from.dimensions(i)) return false;
    story.dimensions.emplace_back(from.dimensions(i), from.dimensions(i + 1));
  }
  return true;
}

}  // namespace

std::string encode_storyboard(const Storyboard& story) { return message_of(story).SerializeAsString(); }

Result<Storyboard, FrameError> decode_storyboard(Bytes bytes) {
  if (bytes.size() > kStoryboardBytesMax) return Failure{FrameError::kTooLarge};
  v1::Storyboard from;
  if (!from.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Failure{FrameError::kNotProtobuf};
  constexpr std::int64_t kWindowSeconds = kWindow / kSecond, kStartMax = std::int64_t{1} << 34;
  if (from.start_unix_s() < 0 || from.start_unix_s() > kStartMax || from.start_unix_s() % kWindowSeconds != 0) {
    return Failure{FrameError::kBadWindow};
  }
  Storyboard story;
  story.start_unix_s = from.start_unix_s();
  story.journey = from.journey();
  story.outcome = from.outcome();
  story.rank = from.rank();
  story.version = from.version();
  story.keep = from.keep();
  story.lasted_ms = from.lasted_ms();
  story.waited_ms = from.waited_ms();
  story.steps_left_out = from.steps_left_out();
  story.clicks_left_out = from.clicks_left_out();
  story.replay = from.replay();
  bool ok = is_name(from.journey()) && !from.journey().empty() && is_name(from.outcome()) && from.keep() != 0 &&
            from.keep() <= kStoriesKeptMax && from.rank() != 0 && from.rank() <= control::kRankMax &&
            read_dimensions(from, story) && (from.replay().empty() || control::is_replay_url(from.replay()));
  for (const auto& step : from.steps()) ok = ok && read_step(step, story);
  for (const auto& click : from.clicks()) ok = ok && read_click(click, story);
  return ok ? Result<Storyboard, FrameError>(std::move(story)) : Failure{FrameError::kBadStoryboard};
}

void make_fit(Storyboard& story) {
  while (message_of(story).ByteSizeLong() > kStoryboardBytesMax) {
    if (story.steps.size() > 1) {
      story.steps.erase(story.steps.end() - 2);
      ++story.steps_left_out;
    } else if (!story.clicks.empty()) {
      story.clicks.erase(story.clicks.begin());
      ++story.clicks_left_out;
    } else if (!story.dimensions.empty()) {
      story.dimensions.pop_back();
    } else {
      return story.steps.clear();  // names that no configuration has
    }
  }
}

}  // namespace bellrock::proto
