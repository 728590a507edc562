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
  EXPECT_FALSE(load_text(kIdentity + with("{keep: 2, video: x}")).ok());
  std::string many = kIdentity;
  for (int i = 0; i < 10; ++i) many += with("{keep: 16}", "j" + std::to_string(i));
  EXPECT_TRUE(load_text(many).ok()) << "960 of 1,024";
  const Loaded more = load_text(many + with("{keep: 16}", "one-more"));
  EXPECT_TRUE(has_code(more, "BR1201")) << lines(more);
}

TEST(StoryboardsOfAJourney, MaySayWhereReplaysAreBehindOnePrefix) {
  const std::string good = "{keep: 2, replay: 'https://replay.example.com/s/'}";
  const Loaded loaded = load_text(kIdentity + with(good) + with("{keep: 2}", "search"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->replay_prefix, "https://replay.example.com/s/");
  EXPECT_TRUE(again->journeys[0].stories_replay);
  EXPECT_FALSE(again->journeys[1].stories_replay) << "of those that ask";
  EXPECT_TRUE(load_text(kIdentity + with(good) + with(good, "search")).ok());
  for (const char* bad : {"x", "javascript:alert(1)//", "https://", "https:///s/", "https://replay.example.com",
                          "https://replay.example.com/<s>", "'https://replay.example.com/a b'"}) {
    EXPECT_TRUE(has_code(load_text(kIdentity + with("{keep: 2, replay: \"" + std::string(bad) + "\"}")), "BR1604"))
        << bad;
  }
  const Loaded other =
      load_text(kIdentity + with(good) + with("{keep: 2, replay: 'http://else.example.com/'}", "search"));
  EXPECT_TRUE(has_code(other, "BR1604")) << lines(other);
}

TEST(StoryboardsOfAJourney, OfASnapshotStayWithinTheirBounds) {
  journey::Definition definition = load_text(kIdentity + with("{keep: 8}")).definition;
  definition.journeys[0].stories_kept = 17;
  EXPECT_FALSE(journey::check(definition).ok());
  definition.journeys[0].stories_kept = 8;
  EXPECT_TRUE(journey::check(definition).ok());
  definition.replay_prefix = "javascript:alert(1)//";
  EXPECT_FALSE(journey::check(definition).ok());
}

}  // namespace
}  // namespace bellrock::config
