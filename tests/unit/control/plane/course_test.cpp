// How objectives went over time: slices, burn rates, budgets, and what happened meanwhile.
#include <gtest/gtest.h>

#include "control/plane/views_course.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

const std::string kSuccess = "/api/v1/slos/checkout/success";
constexpr double kAllowed = 0.008;  // of a target of 99.2 %

// Two quiet hours, an outage of twelve minutes, and an hour after it.
struct Outage {
  Outage() : traffic(centre) {
    traffic.minutes(120, 500, 1);
    began = traffic.at;
    traffic.minutes(12, 0, 500);
    ended = traffic.at;
    traffic.minutes(60, 500, 0);
    centre.look();
  }
  Centre centre;
  Traffic traffic;
  std::int64_t began = 0, ended = 0;
};

// Of the last `window_s` before the point, by hand: minute by minute.
std::array<std::uint64_t, 2> counted(const Outage& outage, std::int64_t end, std::int64_t window_s) {
  std::array<std::uint64_t, 2> sum{};
  for (std::int64_t at = std::max(store::kStart, end - window_s); at < std::min(end, outage.traffic.at); at += 60) {
    const bool out = at >= outage.began && at < outage.ended;
    sum[0] += out ? 0 : 500;
    sum[1] += out ? 500 : at < outage.began ? 1 : 0;
  }
  return sum;
}

TEST(Course, BurnRatesAreOfEveryWindowOfThePolicyAtTheEndOfEverySlice) {
  const Outage outage;
  const Json burn = outage.centre.json(kSuccess + "/burn?range=6h");
  EXPECT_EQ(burn["windows_s"], Json({300, 1'800, 3'600, 7'200, 21'600, 86'400, 259'200}));
  ASSERT_FALSE(burn["points"].empty());
  std::size_t burning = 0;
  for (const auto& point : burn["points"]) {
    const auto end = point["at_unix_s"].get<std::int64_t>();
    ASSERT_LE(end, outage.centre.now);
    for (std::size_t i = 0; i < burn["windows_s"].size(); ++i) {
      const auto [good, bad] = counted(outage, end, burn["windows_s"][i].get<std::int64_t>());
      const Json& reading = point["readings"][i];
      ASSERT_EQ(reading[1], good) << end;
      ASSERT_EQ(reading[2], bad) << end;
      if (good + bad == 0) {
        EXPECT_TRUE(reading[0].is_null());
      } else {
        const double rate = static_cast<double>(bad) / static_cast<double>(good + bad) / kAllowed;
        EXPECT_NEAR(reading[0].get<double>(), rate, 1e-9 + rate * 1e-12);
        if (rate > 13.44) ++burning;
      }
    }
  }
  EXPECT_GT(burning, 3u);
  EXPECT_EQ(burn["points"].back()["at_unix_s"], outage.centre.now - outage.centre.now % 60);
}

TEST(Course, LongRangesHaveTheWindowsThatHoursCanBeAddedUpTo) {
  const Outage outage;
  for (const char* const range : {"7d", "28d"}) {
    const Json burn = outage.centre.json(kSuccess + "/burn?range=" + range);
    EXPECT_EQ(burn["windows_s"], Json({3'600, 7'200, 21'600, 86'400, 259'200}));
    const Json& last = burn["points"].back()["readings"].back();
    EXPECT_EQ(last[1], 500 * 180);
    EXPECT_EQ(last[2], 120 + 6'000);
  }
}

TEST(Course, TheBudgetEndsAtWhatIsLeftNow) {
  const Outage outage;
  const Json budget = outage.centre.json(kSuccess + "/budget");
  const Json slo = outage.centre.json("/api/v1/slos")["slos"][0];
  EXPECT_EQ(budget["to_unix_s"].get<std::int64_t>() - budget["from_unix_s"].get<std::int64_t>(), 28 * kDaySeconds);
  EXPECT_EQ(budget["step_s"], 4 * kHourSeconds);
  EXPECT_EQ(budget["counts"]["bad"], slo["counts"]["bad"]);
  double left = 1;
  for (const auto& slice : budget["slices"]) {
    EXPECT_LE(slice["left"].get<double>(), left);
    EXPECT_NEAR(left - slice["left"].get<double>(), slice["burned"].get<double>(), 1e-9);
    left = slice["left"];
  }
  EXPECT_NEAR(left, slo["budget"]["left_ratio"].get<double>(), 1e-9);
  EXPECT_LT(left, 0);
}

TEST(Course, UnknownAttemptsLowerTheBudgetsBoundAndLostBoardsAreBesideIt) {
  const Centre centre;
  auto frame = shop_frame(1);
  frame.board_lost = {{"checkout", 7}};
  ASSERT_EQ(centre.send(frame).status, 200u);
  const Json budget = centre.json(kSuccess + "/budget");
  ASSERT_EQ(budget["slices"].size(), 1u);
  EXPECT_NEAR(budget["slices"][0]["left"].get<double>(), 1 - 3 / (93 * kAllowed), 1e-9);
  EXPECT_NEAR(budget["slices"][0]["left_lower"].get<double>(), 1 - 5 / (95 * kAllowed), 1e-9);
  EXPECT_EQ(budget["board_lost"], 7);
}

TEST(Course, HistoryAndTheListHaveTheSameCounts) {
  const Outage outage;
  for (const Range& range : kRanges) {
    const std::string query = "?range=" + std::string(range.name);
    const Json history = outage.centre.json(kSuccess + "/history" + query);
    const Json list = outage.centre.json("/api/v1/slos" + query);
    EXPECT_EQ(list["course"]["step_s"], range.step_s);
    EXPECT_TRUE(list["slos"][1]["course"].empty());  // nobody measured a latency
    const Json& course = list["slos"][0]["course"];
    ASSERT_EQ(course.size(), history["slices"].size());
    for (std::size_t i = 0; i < course.size(); ++i) {
      const Json& slice = history["slices"][i];
      EXPECT_EQ(list["course"]["from_unix_s"].get<std::int64_t>() + course[i][0].get<std::int64_t>() * range.step_s,
                slice["start_unix_s"]);
      EXPECT_EQ(course[i][1], slice["good"]);
      EXPECT_EQ(course[i][2], slice["bad"]);
      EXPECT_EQ(course[i][3], slice["unknown"]);
    }
  }
  EXPECT_FALSE(outage.centre.json("/api/v1/slos")["slos"][0].contains("course"));
}

TEST(Course, NothingIsShownWhereThereIsNoData) {
  const Centre centre;
  EXPECT_TRUE(centre.json(kSuccess + "/budget")["slices"].empty());
  EXPECT_TRUE(centre.json(kSuccess + "/dimensions")["dimensions"].empty());
  const Json points = centre.json(kSuccess + "/burn")["points"];
  for (const auto& point : points) {
    for (const auto& reading : point["readings"]) EXPECT_EQ(reading, Json({nullptr, 0, 0, 0}));
  }
}

TEST(Course, DimensionsAreThoseOfTheRange) {
  const Outage outage;
  const Json day = outage.centre.json(kSuccess + "/dimensions?range=24h")["dimensions"];
  EXPECT_EQ(day[0]["values"][0]["value"], "phone");
  EXPECT_EQ(day[0]["values"][0]["bad"], 120 + 6'000);
  const Json hour = outage.centre.json(kSuccess + "/dimensions?range=1h")["dimensions"];
  EXPECT_TRUE(hour.empty() || hour[0]["values"][0]["bad"] == 0) << hour.dump();
}

TEST(Course, ATimelineHasWhatConcernsTheObjectiveInItsRange) {
  Outage outage;
  const auto mark = [&](const char* journey, std::int64_t at) {
    Json body{{"what", "form"}, {"at_unix_s", at}};
    if (*journey != '\0') body["journey"] = journey;
    EXPECT_EQ(outage.centre.post_json("/api/v1/changes", body).status, 201u);
  };
  mark("checkout", outage.began - 60);
  mark("", outage.began - 120);
  mark("checkout", outage.began - 40 * kDaySeconds);
  EXPECT_EQ(outage.centre
                .post_json("/api/v1/corrections", {{"journey", "checkout"},
                                                   {"objective", "fast"},
                                                   {"from_unix_s", outage.began},
                                                   {"to_unix_s", outage.ended},
                                                   {"who", "ops"},
                                                   {"why", "test"}})
                .status,
            201u);
  const Json day = outage.centre.json(kSuccess + "/timeline?range=24h");
  ASSERT_EQ(day["incidents"].size(), 1u);
  EXPECT_EQ(day["incidents"][0]["onset_unix_s"], outage.began);
  EXPECT_EQ(day["changes"].size(), 2u);
  EXPECT_TRUE(day["corrections"].empty());
  EXPECT_EQ(outage.centre.json("/api/v1/slos/checkout/fast/timeline?range=24h")["corrections"].size(), 1u);
  const Json change = outage.centre.json("/api/v1/changes/" + day["changes"][0]["id"].dump())["change"];
  EXPECT_EQ(change["objectives"].size(), 2u);
  EXPECT_FALSE(outage.centre.json("/api/v1/changes?verdicts=false")["changes"][0].contains("objectives"));
}

}  // namespace
}  // namespace bellrock::plane
