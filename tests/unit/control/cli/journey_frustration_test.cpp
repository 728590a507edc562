// `bellrock journey test` where a Site asks for signs of frustration: they show as they do on the edge.
#include <gtest/gtest.h>

#include <sstream>

#include "control/cli/commands/journey.h"
#include "control/cli/exit_code.h"
#include "tests/unit/control/cli/scratch_files.h"

namespace bellrock::cli {
namespace {

const std::string kSite = R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec:
  frustration: {pages: [/list, {path: /cart, retry: 20s}]}
---
)";
const std::string kJourney = R"(apiVersion: bellrock/v1
kind: Identity
metadata: {name: web}
spec: {keys: [{cookie: sid}, {beacon: sid}]}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: buy}
spec:
  identity: web
  steps:
    - {name: open, kind: start, match: {http: {at: request, path: /checkout}}}
    - {name: pay, kind: commit, match: {http: {at: request, method: POST, path: /pay}}}
    - {name: bought, kind: success, match: {beacon: {event: bought}}}
    - {name: declined, kind: failure, class: user, match: {beacon: {event: declined}}}
  tests:
)";

struct Ran {
  int exit_code;
  std::string out, err;
};
Ran run(const std::string& test, const std::string& site = kSite) {
  const ScratchFiles scratch;
  std::ostringstream out, err;
  const JourneyTestOptions options{
      {scratch.write("buy.yaml", site + kJourney + "    - " + test + '\n')}, "", true, "table"};
  const int exit_code = run_journey_test(options, false, out, err);
  return {exit_code, out.str(), err.str()};
}
std::string expecting(const std::string& events, const std::string& frustration) {
  return "{events: [" + events + "], expect: {frustration: {" + frustration + "}}}";
}

// Page views of one visitor, one after the other, so many seconds apart.
std::string views(int apart, const std::vector<std::string>& pages) {
  std::string text;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const std::string at = std::to_string(static_cast<int>(i) * apart);
    text += (i == 0 ? "" : ", ") + ("{at: " + at + ", channel: beacon, pv: v" + std::to_string(i)) +
            ", page: " + pages[i] + '}';
  }
  return text;
}

struct Sequence {
  std::string events, sign;
  int count, views;
  std::string shown;
};
const std::vector<Sequence> kSequences{
    {views(2, {"/list", "/cart", "/list"}), "back", 1, 3, "back at /cart"},
    {views(6, {"/list", "/cart", "/list"}), "back", 0, 3, ""},
    {views(6, {"/list", "/cart", "/list", "/cart", "/list"}), "loop", 1, 5, "loop at /list"},
    {views(6, {"/list", "/cart", "/list", "/cart", "/cart"}), "loop", 0, 5, ""},
    {views(3, {"/x", "/y", "/z", "/x", "/y", "/z"}), "thrash", 1, 6, "thrash at another page"},
    {views(3, {"/x", "/y", "/z", "/x", "/y"}), "thrash", 0, 5, ""},
    {views(1, {"/cart"}) + ", \"1 open\", \"2 pay\", \"3 declined\", \"23 pay\"", "retry", 1, 1, "retry at /cart"},
    {views(1, {"/cart"}) + ", \"1 open\", \"2 pay\", \"3 declined\", \"24 pay\"", "retry", 0, 1, ""},
    {"\"1 open\", \"2 pay\", \"3 declined\", \"24 pay\"", "retry", 1, 0, "retry at another page"}};

TEST(JourneyTestOfFrustration, ShowsEverySignAndItsPage) {
  for (const Sequence& sequence : kSequences) {
    const std::string counts =
        sequence.sign + ": " + std::to_string(sequence.count) + ", views: " + std::to_string(sequence.views);
    const Ran ran = run(expecting(sequence.events, counts));
    EXPECT_EQ(ran.exit_code, kDone) << counts << '\n' << ran.out << ran.err;
    EXPECT_NE(ran.out.find(sequence.shown), std::string::npos) << ran.out;
  }
}

TEST(JourneyTestOfFrustration, FailsForAnyOtherCount) {
  for (const Sequence& sequence : kSequences) {
    for (const int wrong : {sequence.count - 1, sequence.count + 1}) {
      if (wrong < 0) continue;
      const Ran ran = run(expecting(sequence.events, sequence.sign + ": " + std::to_string(wrong)));
      EXPECT_EQ(ran.exit_code, kDifferent) << sequence.sign << ' ' << wrong << '\n' << ran.out << ran.err;
    }
  }
}

TEST(JourneyTestOfFrustration, ShowsTheViewThatIsOneTooMany) {
  const Ran ran = run(expecting(views(2, {"/list", "/cart", "/list"}), "back: 0"));
  EXPECT_NE(ran.out.find("\n  at 4 s, `beacon` ("), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("): expected back 0; happened: back 1\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\n  > 4 s  beacon  a view of /list; back at /cart\n"), std::string::npos) << ran.out;
  const Ran none = run(expecting(views(6, {"/list", "/cart", "/list"}), "back: 1"));
  EXPECT_NE(none.out.find("at the end ("), std::string::npos) << none.out;
  EXPECT_NE(none.out.find("): expected back 1; happened: back 0\n"), std::string::npos) << none.out;
}

TEST(JourneyTestOfFrustration, TakesRequestsForPageViewsWhereTheSiteDoes) {
  std::string site = kSite;
  site.replace(site.find("{pages"), 1, "{from: requests, ");
  const std::string events =
      "{at: 0, channel: http, page: /list}, {at: 1, channel: http, page: /cart}, {at: 2, channel: http, page: /other}, "
      "{at: 3, channel: http, page: /list}, {at: 4, channel: beacon, pv: a, page: /cart}";
  const Ran ran = run(expecting(events, "views: 3, back: 1"), site);
  EXPECT_EQ(ran.exit_code, kDone) << ran.out << ran.err;
}

TEST(JourneyTestOfFrustration, CountsABeaconThatComesTwiceOnceThoughNobodyHasAnAttempt) {
  const std::string twice = "{at: 1, channel: beacon, pv: a, n: 1, page: /cart}";
  const Ran ran = run("{events: [" + twice + ", " + twice +
                      "], expect: {counters: {duplicate_beacon: 1}, frustration: {views: 1}}}");
  EXPECT_EQ(ran.exit_code, kDone) << ran.out << ran.err;
}

TEST(JourneyTestOfFrustration, CountsABeaconThatComesTwiceOnceThoughAnAttemptBeganOrWasForgottenInBetween) {
  const auto beacon = [](const char* at) {
    return "{at: " + std::string(at) + ", channel: beacon, pv: a, n: 1, page: /cart}";
  };
  for (const std::string& events : {beacon("0") + ", \"1 open\", " + beacon("2"),
                                    "\"0 open\", \"1 declined\", " + beacon("2") + ", " + beacon("9000")}) {
    const Ran ran =
        run("{events: [" + events + "], expect: {counters: {duplicate_beacon: 1}, frustration: {views: 1}}}");
    EXPECT_EQ(ran.exit_code, kDone) << ran.out << ran.err;
  }
}

TEST(JourneyTestOfFrustration, SaysWhatIsWrongWithWhatIsAsked) {
  const auto refused = [](const Ran& ran) {
    EXPECT_EQ(ran.exit_code, kInvalidConfiguration) << ran.out;
    return ran.err;
  };
  EXPECT_NE(refused(run(expecting("\"0 open\"", "bak: 1")))
                .find("error BR1108 [spec.tests[0].expect.frustration.bak]: `bak` is not a sign of frustration; fix: "
                      "did you mean `back`?"),
            std::string::npos);
  EXPECT_NE(
      refused(run(expecting("\"0 open\"", "back: 1000001"))).find("BR1107 [spec.tests[0].expect.frustration.back]"),
      std::string::npos);
  EXPECT_NE(refused(run(expecting("\"0 open\"", "back: 1"), ""))
                .find("error BR1102 [spec.tests[0].expect.frustration]: no Site asks for `frustration`"),
            std::string::npos);
  EXPECT_NE(refused(run(expecting("{at: 0, channel: beacon, pv: a, page: cart}", "back: 0")))
                .find("error BR1301 [spec.tests[0].events[0].page]: `cart` is not the path of a page"),
            std::string::npos);
  EXPECT_NE(refused(run(expecting("{at: 0, channel: http, page: /cart}, {at: 1, channel: http, status: 200, page: "
                                  "/cart}",
                                  "back: 0")))
                .find("error BR1703 [spec.tests[0].events[1].page]: an answer is of its request's page"),
            std::string::npos);
}

TEST(JourneyTestOfFrustration, GivesAStepThePageThatTheTestSays) {
  const Ran wrong = run("{events: [{at: 0, step: open, page: /elsewhere}], expect: none}");
  EXPECT_EQ(wrong.exit_code, kDifferent);
  EXPECT_NE(wrong.out.find("no message could be made that `open` matches: say more of it with page, query, headers"),
            std::string::npos)
      << wrong.out;
  EXPECT_EQ(run("{events: [{at: 0, step: open, page: /checkout}], expect: abandoned}").exit_code, kDone);
}

}  // namespace
}  // namespace bellrock::cli
