#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "control/plane/views.h"

namespace bellrock::plane {
namespace {

using control::Storyboard;

constexpr std::string_view kChannelNames[] = {"request", "response", "end", "beacon", "report"};

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json step_json(const control::StoryStep& step) {
  return {{"offset_ms", step.offset_ms},
          {"step", step.step},
          {"channel", kChannelNames[static_cast<std::size_t>(step.channel)]},
          {"page", text_or_null(step.page)},
          {"status", step.status == 0 ? Json() : Json(step.status)},
          {"took_ms", step.took_ms ? Json(*step.took_ms) : Json()}};
}

Json click_json(const control::StoryClick& click) {
  const bool placed = click.place != kNoClickPlace;
  return {{"offset_ms", click.offset_ms},
          {"page", text_or_null(click.page)},
          {"kind", kClickKindNames[static_cast<std::size_t>(click.kind)]},
          {"column", placed ? Json(click.place % kClickColumns) : Json()},
          {"row", placed ? Json(click.place / kClickColumns) : Json()}};
}

Json story_json(const Storyboard& story) {
  Json dimensions = Json::object(), steps = Json::array(), clicks = Json::array();
  for (const auto& [name, value] : story.dimensions) dimensions[name] = value;
  for (const auto& step : story.steps) steps.push_back(step_json(step));
  for (const auto& click : story.clicks) clicks.push_back(click_json(click));
  return {{"window_unix_s", story.start_unix_s},
          {"lasted_ms", story.lasted_ms},
          {"waited_ms", story.waited_ms == 0 ? Json() : Json(story.waited_ms)},
          {"dimensions", std::move(dimensions)},
          {"steps", std::move(steps)},
          {"steps_left_out", story.steps_left_out},
          {"clicks", std::move(clicks)},
          {"clicks_left_out", story.clicks_left_out},
          {"replay", text_or_null(story.replay)}};
}

// Ranks stay here: they say which are the sample, and nothing else.
Json stories_json(std::vector<const Storyboard*> stories) {
  std::sort(stories.begin(), stories.end(), [](const Storyboard* a, const Storyboard* b) {
    return std::tie(a->start_unix_s, a->rank) < std::tie(b->start_unix_s, b->rank);
  });
  Json json = Json::array();
  for (const Storyboard* story : stories) json.push_back(story_json(*story));
  return json;
}

}  // namespace

View storyboards_json(store::StoreSnapshot& snapshot, const std::string& journey, const std::string& outcome,
                      const Span& span) {
  TRY_ASSIGN(const auto stories, snapshot.storyboards({journey, outcome, span.from, span.to}));
  store::SeriesQuery query;
  query.journey = journey;
  query.kind = CellKind::kOutcome;
  query.scope = CellScope::kTotal;
  query.item = outcome;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto sums, snapshot.sums(query));
  const Json attempts = outcomes_json(sums, 0);
  std::map<std::string, std::vector<const Storyboard*>> by_outcome;
  for (const auto& story : stories) by_outcome[story.outcome].push_back(&story);
  Json json = Json::array();
  for (auto& [name, some] : by_outcome) {
    json.push_back(
        {{"outcome", name}, {"attempts", attempts.value(name, std::uint64_t{0})}, {"storyboards", stories_json(some)}});
  }
  return json;
}

View storyboards_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now, const std::string& journey,
                      const std::string& outcome) {
  const Span span = span_of(range, now);
  TRY_ASSIGN(Json outcomes, storyboards_json(snapshot, journey, outcome, span));
  return Json{{"now_unix_s", now},
              {"range", range.name},
              {"from_unix_s", span.from},
              {"to_unix_s", span.to},
              {"journey", journey},
              {"outcome", text_or_null(outcome)},
              {"outcomes", std::move(outcomes)}};
}

}  // namespace bellrock::plane
