#include "control/config/journey_scope.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {

// {keep: 8}
void read_storyboards(const Value& value, JourneyScope& scope) {
  Fields fields(value);
  const bool said = fields.need_into("keep", scope.journey.stories_kept, read_unsigned, std::uint64_t{1},
                                     std::uint64_t{kStoriesKeptMax});
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
