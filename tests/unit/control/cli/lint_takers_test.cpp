// Which steps never count: those that `bellrock lint` names never do, whatever comes, as the tracker of the edge plays
// it; and conditions are compared by what meets them.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <set>

#include "control/cli/journey/play.h"
#include "control/cli/lint/rules.h"
#include "control/cli/lint/takers.h"

namespace bellrock::cli {
namespace {

const std::string kHead =
    "apiVersion: bellrock/v1\nkind: Identity\nmetadata: {name: web}\nspec: {keys: [{cookie: sid}, {beacon: sid}]}\n"
    "---\napiVersion: bellrock/v1\nkind: Journey\nmetadata: {name: j}\nspec:\n  identity: web\n";

config::Loaded load(const std::string& spec) {
  const config::SourceText source{"j.yaml", kHead + spec};
  return config::load_texts({&source, 1});
}

std::string step(const std::string& name, const std::string& kind, const std::string& match,
                 const std::string& more = {}) {
  return "    - {name: " + name + ", kind: " + kind + more + ", match: " + match + "}\n";
}
const std::string kRepeatable = ", repeatable: true";

std::string codes(const std::string& steps, const std::string& more = {}) {
  const config::Loaded loaded = load(more + "  steps:\n" + steps);
  EXPECT_TRUE(loaded.ok()) << steps << (loaded.ok() ? "" : to_line(loaded.diagnostics[0]));
  if (!loaded.ok()) return "";
  std::set<std::string> codes;
  for (const auto& one : lint(loaded, {})) codes.emplace(one.code);
  std::string text;
  for (const std::string& code : codes) text += (text.empty() ? "" : " ") + code;
  return text;
}

const std::string kA = "{beacon: {event: a}}", kB = "{beacon: {event: b}}", kC = "{beacon: {event: c}}";
const std::string kOpens = step("a", "start", kA);

TEST(LintOfSteps, FindsWhatARepeatableStepTakesWhateverItsKindIs) {
  for (const std::string kind : {"observe", "commit"}) {
    EXPECT_EQ(codes(kOpens + step("c", kind, kB, kRepeatable) + step("z", "success", kB)), "BR2005 BR2006") << kind;
    EXPECT_EQ(codes(kOpens + step("c", kind, kB) + step("z", "success", kB)), "") << kind << ": the second of two";
  }
  const std::string commit = step("c", "commit", kC);
  EXPECT_EQ(codes(kOpens + commit + step("k", "ack", kB, kRepeatable) + step("z", "success", kB)), "BR2005 BR2006");
  EXPECT_EQ(codes(kOpens + commit + step("k", "ack", kB) + step("z", "success", kB)), "");
}

TEST(LintOfSteps, FindsWhatAnEndTakesBeforeIt) {
  EXPECT_EQ(codes(kOpens + step("f", "failure", kB, ", class: user") + step("z", "success", kB)), "BR2005");
  EXPECT_EQ(codes(kOpens + step("l", "cancel", kB) + step("z", "success", kB)), "BR2005");
  EXPECT_EQ(codes(step("z", "success", kA) + step("a", "start", kA)), "BR2005") << "a success takes strays, too";
}

TEST(LintOfSteps, KnowsWhatCountsWithoutAnAttempt) {
  EXPECT_EQ(codes(step("o", "observe", kA, kRepeatable) + step("a", "start", kA) + step("z", "success", kB)), "")
      << "nothing is observed before the start";
  EXPECT_EQ(codes(kOpens + step("o", "observe", kB, kRepeatable) + step("c", "commit", kB) + step("z", "success", kC)),
            "")
      << "a commit may retry when no attempt is open";
}

// An answer may be of a request whose attempt is over: an ack is not for it, and a success is.
TEST(LintOfSteps, KnowsThatAnAnswerIsItsRequests) {
  const std::string answer = "{http: {at: response, path: /p}}";
  const std::string commit = step("c", "commit", kC);
  EXPECT_EQ(codes(kOpens + commit + step("k", "ack", answer, kRepeatable) + step("z", "success", answer)), "");
  EXPECT_EQ(codes(kOpens + commit + step("k", "ack", answer, kRepeatable) +
                  step("f", "failure", answer, ", class: system") + step("z", "success", kB)),
            "BR2005");
}

TEST(LintOfSteps, ComparesConditionsByWhatMeetsThem) {
  const auto taken = [](const std::string& wide, const std::string& narrow) {
    const auto match = [](const std::string& x) { return "{beacon: {event: b, attr: {x: " + x + "}}}"; };
    return codes(kOpens + step("o", "observe", match(wide), kRepeatable) + step("z", "success", match(narrow))) != "";
  };
  EXPECT_TRUE(taken("{gte: 0}", "5"));
  EXPECT_TRUE(taken("{gte: 0, lte: 10}", "{in: [1, 2]}"));
  EXPECT_TRUE(taken("{gte: 0, lte: 10}", "{gt: 0, lt: 10}"));
  EXPECT_TRUE(taken("{gte: 0, lte: 10}", "{gte: 0, lte: 10}"));
  EXPECT_TRUE(taken("{in: [one, two, three]}", "{in: [three, one]}"));
  EXPECT_TRUE(taken("{ne: 3}", "4"));
  EXPECT_TRUE(taken("present", "{lt: 4}"));
  EXPECT_FALSE(taken("{gt: 5}", "5"));
  EXPECT_FALSE(taken("{gt: 0}", "{gte: 0}"));
  EXPECT_FALSE(taken("{gte: 0, lte: 10}", "{in: [1, 20]}"));
  EXPECT_FALSE(taken("{gte: 0}", "{lt: 10}"));
  EXPECT_FALSE(taken("{ne: 3}", "{in: [3, 4]}"));
  EXPECT_FALSE(taken("5", "\"5\"")) << "a number is no text";
}

TEST(LintOfSteps, ComparesParametersOfAQueryAsTexts) {
  const auto taken = [](const std::string& wide, const std::string& narrow) {
    const auto match = [](const std::string& n) { return "{http: {at: request, path: /p, query: {n: " + n + "}}}"; };
    return codes(kOpens + step("o", "observe", match(wide), kRepeatable) + step("z", "success", match(narrow))) != "";
  };
  EXPECT_TRUE(taken("{gte: 5}", "\"7\""));
  EXPECT_TRUE(taken("{in: [a&b, \"50 %\"]}", "\"50 %\""));
  EXPECT_FALSE(taken("{gte: 5}", "\"4\""));
  EXPECT_FALSE(taken("{gte: 5}", "word"));
}

// --- Random journeys, and messages that are made for each of their steps.

class Random {
 public:
  explicit Random(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(std::size_t percent) { return below(100) < percent; }

  std::string journey() {
    static const std::vector<std::string> kMatches{
        "{beacon: {event: e}}",
        "{beacon: {event: e, attr: {x: {gte: 0}}}}",
        "{beacon: {event: e, attr: {x: {gte: 3, lt: 9}}}}",
        "{beacon: {event: e, attr: {x: 5}}}",
        "{beacon: {event: e, attr: {x: {in: [4, 12]}}}}",
        "{beacon: {}}",
        "{http: {at: request, path: /p}}",
        "{http: {at: request, path: /p, query: {n: {gt: 3}}}}",
        "{http: {at: request, path: /p, query: {n: \"7\"}}}",
        "{http: {at: response, path: /p}}",
        "{http: {at: response, path: /p, status: 2xx}}",
        "{any: [{beacon: {event: e, attr: {x: 5}}}, {http: {at: response, path: /p, status: 200}}]}"};
    static const std::vector<std::string> kKinds{"start", "commit", "ack", "success", "failure", "cancel", "observe"};
    std::string text = "  attempt: {idle: 1m";
    if (chance(30)) text += ", restart: continue";
    if (chance(25)) text += ", correlate: {from: [beacon.attrs.x, query.n]}";
    text += "}\n";
    text += "  steps:\n";
    const std::size_t count = 3 + below(3);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string kind = i == 0 && chance(70) ? "start" : kKinds[below(kKinds.size())];
      std::string more = kind == "failure" ? ", class: user" : "";
      if (chance(50)) more += kRepeatable;
      text += step("s" + std::to_string(i), kind, kMatches[below(kMatches.size())], more);
    }
    text += "  tests:\n    - {events: [";
    Duration at = 0;
    for (int i = 0; i < 20; ++i) {
      at += static_cast<Duration>(chance(10) ? 70 : below(3));
      text += (i == 0 ? "\"" : ", \"") + std::to_string(at) + " s" + std::to_string(below(count)) + '"';
    }
    return text + "], expect: none}\n";
  }

 private:
  std::mt19937_64 random_;
};

TEST(LintOfSteps, NamesNoStepThatEverCounts) {
  std::size_t played = 0, named = 0, counted = 0;
  for (std::uint64_t seed = 1; seed <= 4'000; ++seed) {
    const std::string spec = Random(seed).journey();
    const config::Loaded loaded = load(spec);
    if (!loaded.ok()) continue;
    ++played;
    const journey::Journey& journey = loaded.definition.journeys[0];
    const Played all = play(loaded.definition, JourneyId{0}, loaded.tests[0].tests[0]);
    for (std::size_t i = 0; i < journey.steps.size(); ++i) {
      const bool never = taker_of(loaded.definition, journey, i).has_value();
      const auto counts = [i](const Happening& here) {
        return std::find(here.steps.begin(), here.steps.end(), StepId{i}) != here.steps.end();
      };
      const bool did = std::any_of(all.happenings.begin(), all.happenings.end(), counts);
      named += never;
      counted += did;
      ASSERT_FALSE(never && did) << "seed " << seed << ": s" << i << " counts\n" << spec;
    }
  }
  std::cout << played << " journeys, " << named << " steps named, " << counted << " that counted\n";
  EXPECT_GT(played, 500u);
  EXPECT_GT(named, 300u);
  EXPECT_GT(counted, 300u);
}

}  // namespace
}  // namespace bellrock::cli
