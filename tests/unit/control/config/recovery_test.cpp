// For how long a success makes an error good again, as a Journey says.
#include "dataplane/journey/snapshot.h"
#include "support.h"

namespace bellrock::config {
namespace {

std::string journey_with(const std::string& recovery, const std::string& broken) {
  return std::string(kIdentity) +
         "apiVersion: bellrock/v1\nkind: Journey\nmetadata: {name: search}\nspec:\n  identity: web\n"
         "  attempt: {idle: 5m}\n  recovery: " +
         recovery +
         "\n  steps:\n    - {name: query, kind: start, match: {beacon: {event: search}}}\n"
         "    - {name: results, kind: success, match: {beacon: {event: results}}}\n" +
         broken;
}
const std::string kBroken = "    - {name: broken, kind: failure, class: system, match: {beacon: {event: broken}}}\n";

TEST(Recovery, TravelsAndHasAVersionOfItsOwn) {
  const Loaded loaded = load_text(journey_with("{within: 2m}", kBroken));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  const auto again = journey::decode(journey::encode(loaded.definition));
  ASSERT_TRUE(again.ok());
  const journey::Recovery& recovery = again->journeys.at(0).recovery;
  EXPECT_EQ(recovery.within, 2 * kMinute);
  const Loaded longer = load_text(journey_with("{within: 3m}", kBroken));
  EXPECT_NE(longer.definition.journeys.at(0).recovery.version, recovery.version);
  EXPECT_EQ(longer.definition.journeys.at(0).version, again->journeys.at(0).version);
}

TEST(Recovery, IsRefusedBeyondWhatIsKnownAndWithoutAnythingToRecoverFrom) {
  EXPECT_TRUE(load_text(journey_with("{within: 5m}", kBroken)).ok());
  EXPECT_TRUE(has_code(load_text(journey_with("{within: 301s}", kBroken)), "BR1601"));
  EXPECT_TRUE(has_code(load_text(journey_with("{within: 2m}", "")), "BR1204"));
  EXPECT_FALSE(load_text(journey_with("{}", kBroken)).ok());
  EXPECT_FALSE(load_text(journey_with("2m", kBroken)).ok());
  journey::Definition definition = load_text(journey_with("{within: 5m}", kBroken)).definition;
  definition.journeys.at(0).recovery.within = 6 * kMinute;
  EXPECT_FALSE(journey::check(definition).ok());
}

}  // namespace
}  // namespace bellrock::config
