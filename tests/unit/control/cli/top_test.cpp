// `bellrock top` against a whole centre, with waiting that takes no time.
#include "control/cli/commands/top.h"

#include <functional>
#include <sstream>

#include "control/cli/exit_code.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::cli {
namespace {

std::string top(const plane::Centre& centre, const char* output, const TopQuestion& question,
                const std::function<bool(double)>& wait) {
  std::ostringstream out, err;
  EXPECT_EQ(run_top({centre.url(), 5, output}, question, false, out, err, wait), kDone) << err.str();
  return out.str();
}

TEST(Top, ShowsWhatBurnsFirst) {
  plane::Centre centre;
  plane::Traffic traffic(centre);
  traffic.minutes(60, 500, 1);
  traffic.minutes(12, 0, 500);
  centre.look();
  const Json json = Json::parse(top(centre, "json", {}, [](double) { return true; }));
  ASSERT_EQ(json["objectives"].size(), 2u);
  EXPECT_EQ(json["objectives"][0]["objective"], "success");
  EXPECT_EQ(json["objectives"][0]["alert"], "page");
  EXPECT_EQ(json["objectives"][0]["burn_rates"][0][0], 300);
  EXPECT_NEAR(json["objectives"][0]["burn_rates"][0][1].get<double>(), 125, 1e-6);  // all of it bad at 99.2 %
  EXPECT_EQ(json["nodes"][0]["node"], "edge");
  const std::string screen = top(centre, "table", {.looks = 1}, [](double) { return true; });
  EXPECT_LT(screen.find("checkout/success"), screen.find("checkout/fast")) << screen;
  EXPECT_NE(screen.find("5m 125.00"), std::string::npos) << screen;
}

TEST(Top, ShowsRatesOfTheTimeBetweenTwoLooks) {
  const plane::Centre centre;
  constexpr std::int64_t kRecent = plane::kNow / 10 * 10 - 600;
  ASSERT_EQ(centre.send(plane::shop_frame(1, kRecent)).status, 200u);
  std::uint64_t seq = 1;
  const std::string lines = top(centre, "jsonl", {.looks = 2}, [&](double) {
    EXPECT_EQ(centre.send(plane::shop_frame(++seq, kRecent)).status, 200u);
    return true;
  });
  std::istringstream in(lines);
  int screens = 0;
  for (std::string line; std::getline(in, line); ++screens) {
    const Json json = Json::parse(line);
    // 100 starts in one frame, whatever the time was.
    const double starts = json["fleet"]["starts_per_s"].get<double>(),
                 frames = json["fleet"]["frames_per_s"].get<double>();
    EXPECT_GT(frames, 0);
    EXPECT_NEAR(starts / frames, 100, 1e-6);
    EXPECT_GT(json["nodes"][0]["counts_per_s"].get<double>(), 0);
    ASSERT_EQ(json["failures"].size(), 1u) << line;
    EXPECT_EQ(json["failures"][0]["outcome"], "failed.system");
  }
  EXPECT_EQ(screens, 2);
}

TEST(Top, EndsWhenItIsToldTo) {
  const plane::Centre centre;
  int waited = 0;
  top(centre, "table", {}, [&](double seconds) {
    EXPECT_EQ(seconds, 5);
    return ++waited < 4;
  });
  EXPECT_EQ(waited, 4);
}

TEST(Top, SaysThatTheCentreIsNotThere) {
  std::ostringstream out, err;
  EXPECT_EQ(run_top({"http://127.0.0.1:1", 1, "table"}, {}, false, out, err, [](double) { return true; }),
            kUnreachable);
  EXPECT_NE(err.str().find("127.0.0.1:1"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::cli
