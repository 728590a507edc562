// Every table of the compiled configuration has a bound: what just fits is taken, one more is refused as too many.
#include <functional>

#include "dataplane/base/bytes.h"
#include "dataplane/base/limits.h"
#include "dataplane/flow/message.h"
#include "dataplane/journey/snapshot.h"
#include "support.h"

namespace bellrock::config {
namespace {

std::string repeat(std::size_t count, const std::function<std::string(std::size_t)>& one) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += one(i);
  return text;
}

void expect_bound(std::size_t max, const std::function<std::string(std::size_t)>& text_of) {
  const Loaded fits = load_text(text_of(max));
  EXPECT_TRUE(fits.ok()) << lines(fits);
  EXPECT_TRUE(journey::decode(journey::encode(fits.definition)).ok());
  const Loaded too_many = load_text(text_of(max + 1));
  EXPECT_TRUE(has_code(too_many, "BR1201")) << lines(too_many);
}

std::string number(std::size_t i) { return std::to_string(i); }
std::string document(const std::string& kind, const std::string& name, const std::string& spec) {
  return "---\napiVersion: bellrock/v1\nkind: " + kind + "\nmetadata: {name: " + name + "}\nspec: " + spec + "\n";
}
std::string small_journey(std::size_t i, const std::string& rest = "") {
  return document("Journey", "j" + number(i),
                  "{identity: web, steps: [{name: a, kind: start, match: {beacon: {event: a}}}, "
                  "{name: b, kind: success, match: {beacon: {event: b}}}]" +
                      rest + "}");
}

TEST(Bound, OfIdentitiesAndTheirKeys) {
  expect_bound(kIdentitiesMax, [](std::size_t n) {
    return repeat(n, [](std::size_t i) { return document("Identity", "i" + number(i), "{keys: [{cookie: a}]}"); });
  });
  expect_bound(kIdentityKeysMax, [](std::size_t n) {
    return document("Identity", "web",
                    "{keys: [" + repeat(n, [](std::size_t i) { return "{cookie: c" + number(i) + "},"; }) + "]}");
  });
}

TEST(Bound, OfJourneys) {
  expect_bound(kJourneysMax,
               [](std::size_t n) { return kIdentity + repeat(n, [](std::size_t i) { return small_journey(i); }); });
}

TEST(Bound, OfSteps) {
  expect_bound(kStepsMax, [](std::size_t n) {
    return journey_text(repeat(n - 4, [](std::size_t i) {
      return "    - {name: s" + number(i) + ", kind: observe, match: {beacon: {event: e}}}\n";
    }));
  });
}

TEST(Bound, OfObjectivesOfOneJourney) {
  expect_bound(kObjectivesMax, [](std::size_t n) {
    return journey_text("  objectives:\n" + repeat(n, [](std::size_t i) {
                          return "    - {name: o" + number(i) +
                                 ", sli: success, count_from: pay, target: 0.9, bad: [abandoned.waiting]}\n";
                        }));
  });
}

TEST(Bound, OfStepsWhoseTimesAreKept) {
  expect_bound(kMarksMax, [](std::size_t n) {
    return journey_text(repeat(n,
                               [](std::size_t i) {
                                 return "    - {name: s" + number(i) +
                                        ", kind: observe, match: {beacon: {event: e}}}\n";
                               }) +
                        "    - {name: end, kind: observe, match: {beacon: {event: end}}}\n  objectives:\n" +
                        repeat(n, [](std::size_t i) {
                          return "    - {name: o" + number(i) + ", sli: latency, from: s" + number(i) +
                                 ", to: end, op: lt, value: 1s, target: 0.9, clock: {client: beacon.dur}}\n";
                        }));
  });
}

TEST(Bound, OfPathTemplates) {
  expect_bound(kTemplatesMax, [](std::size_t n) {
    const auto path = [](std::size_t i) { return "/p" + number(i) + ","; };
    const auto rest = [](std::size_t i) { return "/q" + number(i) + ","; };
    return document("Site", "one", "{templates: [" + repeat(n / 2, path) + "]}") +
           document("Site", "two", "{templates: [" + repeat(n - n / 2, rest) + "]}");
  });
}

TEST(Bound, OfHeaders) {
  const std::size_t free = kHeaderInterestsMax - static_cast<std::size_t>(Header::kCount);
  constexpr std::size_t kByIdentities = kIdentitiesMax * kIdentityKeysMax;
  expect_bound(free, [](std::size_t n) {
    std::string text = repeat(kIdentitiesMax, [](std::size_t identity) {
      return document("Identity", identity == 0 ? "web" : "i" + number(identity),
                      "{keys: [" + repeat(kIdentityKeysMax, [identity](std::size_t key) {
                        return "{header: x-" + number(identity * kIdentityKeysMax + key) + "},";
                      }) + "]}");
    });
    return text + repeat(n - kByIdentities, [](std::size_t i) {
             return small_journey(i, ", dimensions: {d: {from: header.x-" + number(kByIdentities + i) + ", set: [a]}}");
           });
  });
}

TEST(Bound, OfDimensions) {
  expect_bound(kJourneyDimensionsMax, [](std::size_t n) {
    return journey_text("  dimensions: {" +
                        repeat(n, [](std::size_t i) { return "d" + number(i) + ": {from: query.q, set: [a]},"; }) +
                        "}\n");
  });
  expect_bound(kDimensionValuesMax, [](std::size_t n) {
    return journey_text("  dimensions: {d: {from: query.q, set: [" +
                        repeat(n, [](std::size_t i) { return "v" + number(i) + ","; }) + "]}}\n");
  });
  expect_bound(kDimensionsMax, [](std::size_t n) {
    return kIdentity + repeat(n, [](std::size_t i) {
             return small_journey(i, ", dimensions: {d: {from: query.q" + number(i) + ", set: [a]}}");
           });
  });
}

TEST(Bound, OfClientClocks) {
  expect_bound(kClocksMax, [](std::size_t n) {
    return kIdentity + repeat(n, [](std::size_t i) {
             return small_journey(i,
                                  ", objectives: [{name: o, sli: latency, from: a, to: b, op: lt, value: 1s, "
                                  "target: 0.9, clock: {client: beacon.attrs.c" +
                                      number(i) + "}}]");
           });
  });
}

TEST(Bound, OfConditionsOnResponses) {
  expect_bound(kResponseLeavesMax, [](std::size_t n) {
    return journey_text("    - {name: x, kind: observe, match: {any: [" +
                        repeat(n - 1, [](std::size_t) { return std::string("{http: {at: response}},"); }) + "]}}\n");
  });
}

TEST(Bound, OfMatchNodes) {
  expect_bound(kMatchNodesMax, [](std::size_t n) {
    return journey_text("    - {name: x, kind: observe, match: {any: [" +
                        repeat(n - 5, [](std::size_t) { return std::string("{beacon: {}},"); }) + "]}}\n");
  });
}

TEST(Bound, OfConditionsOfOneMatch) {
  expect_bound(kConditionsMax, [](std::size_t n) {
    return journey_text("    - {name: x, kind: observe, match: {beacon: {attr: {" +
                        repeat(n, [](std::size_t i) { return "a" + number(i) + ": present,"; }) + "}}}}\n");
  });
  expect_bound(kConditionValuesMax, [](std::size_t n) {
    return journey_text("    - {name: x, kind: observe, match: {beacon: {attr: {a: {in: [" +
                        repeat(n, [](std::size_t i) { return number(i) + ","; }) + "]}}}}}\n");
  });
}

TEST(Bound, OfDepthOfAMatch) {
  expect_bound(kMatchDepthMax, [](std::size_t n) {
    return journey_text(
        "    - {name: x, kind: observe, match: " + repeat(n - 1, [](std::size_t) { return std::string("{any: ["); }) +
        "{beacon: {}}" + repeat(n - 1, [](std::size_t) { return std::string("]}"); }) + "}\n");
  });
}

TEST(Bound, OfTexts) {
  expect_bound(kConfigTextBytesMax, [](std::size_t n) {
    return journey_text("    - {name: x, kind: observe, match: {beacon: {event: " + std::string(n, 'e') + "}}}\n");
  });
}

TEST(Bound, OfFindingsKeepsAFileFromDrowningItsReader) {
  const Loaded loaded = load_text(
      document("Site", "s", "{" + repeat(5'000, [](std::size_t i) { return "k" + number(i) + ": 1,"; }) + "}"));
  EXPECT_EQ(loaded.diagnostics.size(), 1'000u);
  EXPECT_FALSE(loaded.ok());
}

}  // namespace
}  // namespace bellrock::config
