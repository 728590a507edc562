#include "control/config/journey_scope.h"
#include "dataplane/base/limits.h"
#include "dataplane/flow/replay_pointer.h"

namespace bellrock::config {
namespace {

// What replays' URLs begin with: one for all journeys, since a beacon is read once.
void read_replay(const Value& value, JourneyScope& scope) {
  const auto prefix = read_text(value);
  if (!prefix) return;
  std::string& known = scope.tables.definition.replay_prefix;
  if (!is_replay_prefix(*prefix)) {
    value.error(Code::kUrl, shown(*prefix) + " is not what replays' URLs could begin with",
                "write scheme, host and the start of the path, for example https://replay.example.com/s/");
  } else if (!known.empty() && known != *prefix) {
    value.error(Code::kUrl, "another journey has replays that begin with " + shown(known), "write the same");
  } else {
    known = *prefix;
    scope.journey.stories_replay = true;
  }
}

}  // namespace

// {keep: 8, replay: https://replay.example.com/s/}
void read_storyboards(const Value& value, JourneyScope& scope) {
  Fields fields(value);
  const bool said = fields.need_into("keep", scope.journey.stories_kept, read_unsigned, std::uint64_t{1},
                                     std::uint64_t{kStoriesKeptMax});
  if (const auto replay = fields.find("replay")) read_replay(*replay, scope);
  fields.finish();
  const std::size_t others = journey::stories_needed(scope.tables.definition);
  if (!said || others + kToldOutcomes * scope.journey.stories_kept <= kStoriesMax) return;
  value.error(Code::kTooMany,
              "more than " + std::to_string(kStoriesMax) + " storyboards in a window, over all journeys and their " +
                  std::to_string(kToldOutcomes) + " ways to fail",
              "keep fewer of each");
  scope.journey.stories_kept = 0;
}

}  // namespace bellrock::config
