// A real Prometheus at 127.0.0.1 takes what a centre sends it: its counts are ours, and so are its quantiles, as far as
// two ways to read a bucket of 1.1 % can be the same.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>

#include "control/net/http_client.h"
#include "control/plane/exporter.h"
#include "control/plane/json.h"
#include "tests/system/prometheus/prometheus.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

TEST(Prometheus, TakesCountsAndNativeHistogramsByRemoteWrite) {
  const Prometheus prometheus;
  ASSERT_TRUE(prometheus.wait_until_ready());
  std::mt19937_64 random(1);
  control::DeltaFrame frame;
  control::Histogram& histogram =
      frame.windows[1'764'000'000][{"checkout", 1, CellKind::kObjective, "fast", "good", CellScope::kTotal, {}}];
  for (int i = 0; i < 50'000; ++i) {
    const double seconds = std::lognormal_distribution(-1.0, 0.7)(random);
    const auto ns = static_cast<std::uint64_t>(seconds * 1e9);
    histogram.min_ns = histogram.n == 0 ? ns : std::min(histogram.min_ns, ns);
    histogram.max_ns = std::max(histogram.max_ns, ns);
    histogram.sum_ns += ns;
    ++histogram.n;
    ++histogram.buckets[static_cast<std::int32_t>(std::ceil(std::log2(seconds) * control::kBucketsPerOctave)) - 1];
  }
  Exporter exporter({prometheus.url("/api/v1/write"), {}}, "1.2.3", unix_ms() - 1'000);
  exporter.add(frame);
  exporter.push(unix_ms());
  const std::string labels = R"({journey="checkout",objective="fast",verdict="good"})";
  ASSERT_TRUE(test::LocalProgram::wait([&] {
    return prometheus.value_of("bellrock_objective_events_total" + labels) == 50'000;
  })) << exporter.news();
  EXPECT_EQ(prometheus.value_of("histogram_count(bellrock_objective_seconds" + labels + ")"), 50'000);
  EXPECT_NEAR(prometheus.value_of("histogram_sum(bellrock_objective_seconds" + labels + ")"),
              static_cast<double>(histogram.sum_ns) / 1e9, 1e-6);
  for (const double q : {0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999}) {
    const double ours = *control::quantile(histogram, q) / 1e9;
    const double theirs =
        prometheus.value_of("histogram_quantile(" + std::to_string(q) + ", bellrock_objective_seconds" + labels + ")");
    EXPECT_NEAR(theirs / ours, 1, 0.011) << q;
  }
  EXPECT_EQ(exporter.news(), "");
}

TEST(Prometheus, RefusesNothingThoughTheClockStandsOrGoesBack) {
  const Prometheus prometheus;
  ASSERT_TRUE(prometheus.wait_until_ready());
  const std::int64_t now = unix_ms() - 1'000;
  Exporter exporter({prometheus.url("/api/v1/write"), {}}, "1.2.3", now);
  control::DeltaFrame frame;
  frame.windows[1'764'000'000][{"checkout", 1, CellKind::kStart, "", "", CellScope::kTotal, {}}].n = 3;
  double expected = 0;
  for (const std::int64_t clock : {now, now, now - 3'600'000, now + 1}) {
    exporter.add(frame);
    exporter.push(clock);
    expected += 3;
    EXPECT_TRUE(test::LocalProgram::wait([&] {
      return prometheus.value_of("bellrock_journey_starts_total") == expected;
    })) << exporter.news();
  }
}

TEST(Prometheus, KeepsTheTotalsOfTwoCentresApart) {
  const Prometheus prometheus;
  ASSERT_TRUE(prometheus.wait_until_ready());
  const std::int64_t now = unix_ms() - 1'000;
  Exporter one({prometheus.url("/api/v1/write"), {}, "a:8480"}, "1.2.3", now);
  Exporter other({prometheus.url("/api/v1/write"), {}, "b:8480"}, "1.2.3", now);
  control::DeltaFrame frame;
  frame.windows[1'764'000'000][{"checkout", 1, CellKind::kStart, "", "", CellScope::kTotal, {}}].n = 3;
  for (int i = 0; i < 2; ++i) one.add(frame);
  other.add(frame);
  one.push(now);
  other.push(now);  // of the same moment: one series would be refused, or go back
  EXPECT_TRUE(test::LocalProgram::wait([&] { return prometheus.value_of("sum(bellrock_journey_starts_total)") == 9; }))
      << one.news() << other.news();
  EXPECT_EQ(prometheus.value_of("bellrock_journey_starts_total{centre=\"a:8480\"}"), 6);
}

TEST(Prometheus, HearsOfWhatARealCentreWasSent) {
  const Prometheus prometheus;
  ASSERT_TRUE(prometheus.wait_until_ready());
  test::LocalProgram centre;
  centre.write("shop.yaml", kShop);
  centre.write("central.yaml", "apiVersion: bellrock/v1\nkind: Central\nspec:\n  listen: " + centre.address() +
                                   "\n  database: " + centre.file("db") + "\n  exports: {remote_write: \"" +
                                   prometheus.url("/api/v1/write") + "\"}\n");
  centre.start({BELLROCK_BIN "/bellrock-central", "--config", centre.file("central.yaml"), centre.file("shop.yaml")});
  const std::string frame(bellrock::text(proto::encode(shop_frame(1))));
  ASSERT_TRUE(test::LocalProgram::wait([&] {
    const auto reply = net::http_post(centre.url("/v1/frames"), "application/x-protobuf", frame);
    return reply.ok() && reply->status == 200;
  }));
  EXPECT_TRUE(test::LocalProgram::wait([&] { return prometheus.value_of("bellrock_journey_starts_total") == 101; }));
  EXPECT_EQ(prometheus.value_of("histogram_count(bellrock_objective_seconds{verdict=\"good\"})"), 80);
}

}  // namespace
}  // namespace bellrock::plane
