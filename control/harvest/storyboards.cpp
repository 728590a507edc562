#include "control/harvest/storyboards.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "control/proto/storyboard_codec.h"

namespace bellrock::harvest {

StoryCollector::StoryCollector(const journey::Definition& definition) : definition_(definition), names_(definition) {
  for (std::size_t i = 0; i < definition.journeys.size(); ++i) {
    for (std::size_t told = 0; told < kToldOutcomes; ++told) {
      owners_.insert(owners_.end(), definition.journeys[i].stories_kept, {JourneyId{i}, told_outcome(told)});
    }
  }
}

bool StoryCollector::add(std::int64_t start_s, std::size_t place, const journey::Story& story,
                         std::span<const std::byte> sessions) {
  if (place >= owners_.size()) return false;
  const Owner owner = owners_[place];
  const journey::Journey& journey = definition_.journeys[owner.journey.index()];
  // A storyboard says of its attempt what the attempt's outcome is counted by.
  auto series = names_.series({.journey = owner.journey,
                               .kind = CellKind::kOutcome,
                               .scope = CellScope::kDimensioned,
                               .item = static_cast<std::uint8_t>(owner.outcome),
                               .values = story.dimensions},
                              sessions);
  if (!series) return false;
  control::Storyboard told;
  told.start_unix_s = start_s;
  told.journey = std::move(series->journey);
  told.outcome = std::move(series->item);
  told.rank = story.rank;
  told.version = journey.version;
  told.keep = journey.stories_kept;
  told.lasted_ms = story.lasted_ms;
  told.waited_ms = story.waited_ms;
  told.dimensions = std::move(series->dimensions);
  if (!name_steps(journey, story.trail, told) || !name_clicks(story.trail, told)) return false;
  const std::string_view replay(story.trail.replay.bytes.data(), story.trail.head.replay_bytes);
  if (!replay.empty() && !is_replay_text(replay)) return false;
  if (!replay.empty() && journey.stories_replay) told.replay = definition_.replay_prefix + std::string(replay);
  proto::make_fit(told);
  all_.push_back(std::move(told));
  return true;
}

bool StoryCollector::name_page(std::size_t page, std::string& to) const {
  if (page >= std::max<std::size_t>(definition_.templates.size(), 1)) return false;
  if (page != 0) to = definition_.templates[page].text;
  return true;
}

bool StoryCollector::name_steps(const journey::Journey& journey, const journey::StoryTrail& trail,
                                control::Storyboard& to) const {
  constexpr std::uint16_t kStatusMax = 999;
  to.steps_left_out = trail.head.steps_left_out;
  for (const journey::TrailStep& step : std::span(trail.steps).first(trail.head.steps)) {
    if (step.step.index() >= journey.steps.size() || step.channel > Channel::kReport || step.status > kStatusMax) {
      return false;
    }
    control::StoryStep& named = to.steps.emplace_back();
    named.offset_ms = step.offset_ms;
    named.step = journey.steps[step.step.index()].name;
    named.channel = step.channel;
    named.status = step.status;
    if (step.took_ms != journey::kTookUnknown) named.took_ms = step.took_ms;
    if (!name_page(step.page.index(), named.page)) return false;
  }
  return true;
}

bool StoryCollector::name_clicks(const journey::StoryTrail& trail, control::Storyboard& to) const {
  const journey::TrailHead& head = trail.head;
  to.clicks_left_out = head.clicks_left_out;
  const std::size_t oldest = head.clicks < journey::kTrailClicksMax ? 0 : head.clicks_left_out;
  for (std::size_t i = 0; i < head.clicks; ++i) {
    const journey::TrailClick& click = trail.clicks[(oldest + i) % journey::kTrailClicksMax];
    if (click.page > definition_.click_pages.size() || click.kind >= ClickKind::kCount ||
        (click.place >= kClickPlaces && click.place != kNoClickPlace)) {
      return false;
    }
    control::StoryClick& named = to.clicks.emplace_back();
    named.offset_ms = click.offset_ms;
    named.kind = click.kind;
    named.place = click.place;
    if (click.page != 0 && !name_page(definition_.click_pages[click.page - 1u].index(), named.page)) return false;
  }
  return true;
}

void StoryCollector::take_into(control::DeltaFrame& frame) {
  std::stable_sort(all_.begin(), all_.end(),
                   [](const auto& a, const auto& b) { return a.start_unix_s < b.start_unix_s; });
  for (auto first = all_.begin(); first != all_.end();) {
    const auto last =
        std::find_if(first, all_.end(), [&](const auto& one) { return one.start_unix_s != first->start_unix_s; });
    std::vector<control::Storyboard> window(std::make_move_iterator(first), std::make_move_iterator(last));
    control::keep_lowest(window);
    std::move(window.begin(), window.end(), std::back_inserter(frame.storyboards));
    first = last;
  }
  all_.clear();
}

}  // namespace bellrock::harvest
