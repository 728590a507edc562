// `storyboards` of a Journey.
#include "dataplane/journey/snapshot.h"
#include "support.h"

namespace bellrock::config {
namespace {

std::string with(const std::string& storyboards, const std::string& name = "checkout") {
  return "apiVersion: bellrock/v1\nkind: Journey\nmetadata: {name: " + name +
         "}\nspec:\n  identity: web\n  steps:\n"
         "    - {name: open, kind: start, match: {http: {at: request, path: /checkout}}}\n"
         "    - {name: done, kind: success, match: {beacon: {event: done}}}\n  storyboards: " +
         storyboards + "\n---\n";
}

TEST(StoryboardsOfAJourney, SayHowManyAreKeptAndTravel) {
  const Loaded loaded = load_text(kIdentity + with("{keep: 8}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->journeys[0].stories_kept, 8);
  EXPECT_EQ(journey::stories_needed(*again), 48u) << "of each of six ways to fail";
}

TEST(StoryboardsOfAJourney, AreBoundedEachAndTogether) {
  EXPECT_TRUE(has_code(load_text(kIdentity + with("{keep: 0}")), "BR1107"));
  EXPECT_TRUE(has_code(load_text(kIdentity + with("{keep: 17}")), "BR1107"));
  EXPECT_FALSE(load_text(kIdentity + with("{}")).ok()) << "keep is needed";
  EXPECT_FALSE(load_text(kIdentity + with("{keep: 2, replay: x}")).ok());
  std::string many = kIdentity;
  for (int i = 0; i < 10; ++i) many += with("{keep: 16}", "j" + std::to_string(i));
  EXPECT_TRUE(load_text(many).ok()) << "960 of 1,024";
  const Loaded more = load_text(many + with("{keep: 16}", "one-more"));
  EXPECT_TRUE(has_code(more, "BR1201")) << lines(more);
}

TEST(StoryboardsOfAJourney, OfASnapshotStayWithinTheirBounds) {
  journey::Definition definition = load_text(kIdentity + with("{keep: 8}")).definition;
  definition.journeys[0].stories_kept = 17;
  EXPECT_FALSE(journey::check(definition).ok());
}

}  // namespace
}  // namespace bellrock::config
