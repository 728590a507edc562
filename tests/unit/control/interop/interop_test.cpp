// Totals as other systems take them: read back from the bytes, they are what was counted.
#include <gtest/gtest.h>
#include <snappy.h>

#include <algorithm>
#include <map>
#include <random>

#include "bellrock/interop/otlp.pb.h"
#include "bellrock/interop/remote_write.pb.h"
#include "control/interop/cumulative.h"
#include "control/interop/families.h"
#include "control/interop/otlp.h"
#include "control/interop/remote_write.h"

namespace bellrock::interop {
namespace {

constexpr std::int64_t kNow = 1'764'000'000'000;

control::SeriesKey fast(const char* verdict, std::uint64_t version = 1) {
  return {"checkout", version, CellKind::kObjective, "fast", verdict, CellScope::kTotal, {}};
}

control::DeltaFrame frame_of(const control::SeriesKey& key, const control::Histogram& histogram) {
  control::DeltaFrame frame;
  frame.windows[1'764'000'000][key] = histogram;
  return frame;
}

// Values from below the first bucket to beyond the last.
control::Histogram histogram_of(unsigned seed, int values) {
  std::mt19937_64 random(seed);
  control::Histogram histogram;
  for (int i = 0; i < values; ++i) {
    const double seconds = std::exp2(std::uniform_real_distribution(-21.0, 13.0)(random));
    const auto ns = static_cast<std::uint64_t>(seconds * 1e9);
    histogram.min_ns = histogram.n == 0 ? ns : std::min(histogram.min_ns, ns);
    histogram.max_ns = std::max(histogram.max_ns, ns);
    histogram.sum_ns += ns;
    ++histogram.n;
    const auto bucket = static_cast<std::int32_t>(std::ceil(std::log2(seconds) * control::kBucketsPerOctave)) - 1;
    if (bucket < control::kBucketMin)
      ++histogram.zero;
    else if (bucket >= control::kBucketEnd)
      ++histogram.overflow;
    else
      ++histogram.buckets[bucket];
  }
  return histogram;
}

remote_write::WriteRequest written(const Totals& totals) {
  const std::string body = remote_write_body(totals, "c1:8480", kNow);
  std::string plain;
  EXPECT_TRUE(snappy::Uncompress(body.data(), body.size(), &plain));
  remote_write::WriteRequest request;
  EXPECT_TRUE(request.ParseFromString(plain));
  return request;
}

std::map<std::string, std::string> labels_of(const remote_write::TimeSeries& series) {
  std::map<std::string, std::string> labels;
  for (const auto& label : series.labels()) labels[label.name()] = label.value();
  return labels;
}

control::Buckets buckets_of(const remote_write::Histogram& histogram) {
  control::Buckets buckets;
  std::int32_t at = 0;
  std::int64_t count = 0;
  int delta = 0;
  for (const auto& span : histogram.positive_spans()) {
    at += span.offset();
    for (std::uint32_t i = 0; i < span.length(); ++i, ++at) {
      count += histogram.positive_deltas(delta++);
      buckets[at] = static_cast<std::uint64_t>(count);
    }
  }
  EXPECT_EQ(delta, histogram.positive_deltas_size());
  return buckets;
}

TEST(Cumulative, AddsVersionsAndFramesAndLeavesDimensionsOut) {
  Cumulative cumulative;
  cumulative.add(frame_of(fast("good"), histogram_of(1, 100)));
  cumulative.add(frame_of(fast("good", 2), histogram_of(2, 50)));
  auto by_device = fast("good");
  by_device.scope = CellScope::kDimensioned;
  by_device.dimensions = {{"device", "phone"}};
  cumulative.add(frame_of(by_device, histogram_of(3, 10)));
  const Totals totals = cumulative.totals();
  ASSERT_EQ(totals.size(), 1u);
  EXPECT_EQ(totals.begin()->second.n, 150u);
  control::Distribution sum;
  control::merge(sum, histogram_of(1, 100));
  control::merge(sum, histogram_of(2, 50));
  EXPECT_EQ(totals.begin()->second, sum);
  EXPECT_EQ(cumulative.left_out(), 0u);
}

TEST(Cumulative, LeavesOutAndCountsWhatFindsNoPlace) {
  Cumulative cumulative(1);
  control::Histogram count;
  count.n = 3;
  for (int i = 0; i < 2; ++i) {
    cumulative.add(frame_of(fast("good"), count));
    cumulative.add(frame_of(fast("bad"), count));
  }
  ASSERT_EQ(cumulative.totals().size(), 1u);
  EXPECT_EQ(cumulative.totals().begin()->second.n, 6u);
  EXPECT_EQ(cumulative.left_out(), 6u);
}

TEST(RemoteWrite, SortsLabelsAndCountsWhatHasNoHistogram) {
  Cumulative cumulative;
  control::Histogram count;
  count.n = 7;
  cumulative.add(frame_of({"checkout", 1, CellKind::kStart, "", "", CellScope::kTotal, {}}, count));
  cumulative.add(frame_of(fast("bad.failed"), count));
  const auto request = written(cumulative.totals());
  ASSERT_EQ(request.timeseries_size(), 2);
  for (const auto& series : request.timeseries()) {
    EXPECT_TRUE(std::is_sorted(series.labels().begin(), series.labels().end(),
                               [](const auto& a, const auto& b) { return a.name() < b.name(); }));
    ASSERT_EQ(series.samples_size(), 1);
    EXPECT_EQ(series.histograms_size(), 0);
    EXPECT_EQ(series.samples(0).value(), 7);
    EXPECT_EQ(series.samples(0).timestamp(), kNow);
  }
  EXPECT_EQ(labels_of(request.timeseries(0)),
            (std::map<std::string, std::string>{
                {"__name__", "bellrock_journey_starts_total"}, {"centre", "c1:8480"}, {"journey", "checkout"}}));
  EXPECT_EQ(labels_of(request.timeseries(1)),
            (std::map<std::string, std::string>{{"__name__", "bellrock_objective_events_total"},
                                                {"centre", "c1:8480"},
                                                {"journey", "checkout"},
                                                {"objective", "fast"},
                                                {"verdict", "bad.failed"}}));
}

TEST(RemoteWrite, CountsMoneyInMinorUnitsByCurrency) {
  Cumulative cumulative;
  control::Histogram value;
  value.n = 2;
  value.sum_ns = 9'998;
  cumulative.add(frame_of({"checkout", 1, CellKind::kValue, "success", "EUR", CellScope::kTotal, {}}, value));
  const auto request = written(cumulative.totals());
  ASSERT_EQ(request.timeseries_size(), 2);
  EXPECT_EQ(labels_of(request.timeseries(1)),
            (std::map<std::string, std::string>{{"__name__", "bellrock_journey_value_minor_units_total"},
                                                {"centre", "c1:8480"},
                                                {"currency", "EUR"},
                                                {"journey", "checkout"},
                                                {"outcome", "success"}}));
  EXPECT_EQ(request.timeseries(0).samples(0).value(), 2);
  EXPECT_EQ(request.timeseries(1).samples(0).value(), 9'998);
}

TEST(RemoteWrite, NativeHistogramsHoldEveryValueInItsBucket) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    const control::Histogram histogram = histogram_of(seed, static_cast<int>(seed * 10));
    Cumulative cumulative;
    cumulative.add(frame_of(fast("good"), histogram));
    const auto request = written(cumulative.totals());
    ASSERT_EQ(request.timeseries_size(), 2);
    ASSERT_EQ(request.timeseries(1).histograms_size(), 1);
    const remote_write::Histogram& sent = request.timeseries(1).histograms(0);
    EXPECT_EQ(labels_of(request.timeseries(1)).at("__name__"), "bellrock_objective_seconds");
    control::Buckets expected;  // by the upper end, as Prometheus has it
    for (const auto& [index, count] : histogram.buckets) expected[index + 1] = count;
    if (histogram.overflow != 0) expected[12 * 64 + 1] = histogram.overflow;
    EXPECT_EQ(buckets_of(sent), expected);
    EXPECT_EQ(sent.zero_count(), histogram.zero);
    EXPECT_EQ(sent.count(), histogram.n);
    EXPECT_EQ(sent.schema(), 6);
    EXPECT_DOUBLE_EQ(sent.sum(), static_cast<double>(histogram.sum_ns) / 1e9);
  }
}

TEST(Otlp, ExponentialHistogramsHoldEveryValueInItsBucket) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    const control::Histogram histogram = histogram_of(seed, static_cast<int>(seed * 10));
    Cumulative cumulative;
    cumulative.add(frame_of(fast("good"), histogram));
    otlp::ExportMetricsServiceRequest request;
    ASSERT_TRUE(request.ParseFromString(otlp_body(cumulative.totals(), {"1.2.3", "c1:8480", kNow - 1'000}, kNow)));
    ASSERT_EQ(request.resource_metrics_size(), 1);
    const auto& resource = request.resource_metrics(0).resource();
    ASSERT_EQ(resource.attributes_size(), 2);
    EXPECT_EQ(resource.attributes(1).key(), "service.instance.id");
    EXPECT_EQ(resource.attributes(1).value().string_value(), "c1:8480");
    const auto& scope = request.resource_metrics(0).scope_metrics(0);
    ASSERT_EQ(scope.metrics_size(), 2);
    const auto& sum = scope.metrics(0).sum();
    EXPECT_EQ(scope.metrics(0).name(), "bellrock.objective.events");
    EXPECT_TRUE(sum.is_monotonic());
    EXPECT_EQ(sum.aggregation_temporality(), otlp::CUMULATIVE);
    EXPECT_EQ(static_cast<std::uint64_t>(sum.data_points(0).as_int()), histogram.n);
    EXPECT_EQ(scope.metrics(1).name(), "bellrock.objective.duration");
    EXPECT_EQ(scope.metrics(1).unit(), "s");
    const auto& point = scope.metrics(1).exponential_histogram().data_points(0);
    EXPECT_EQ(point.scale(), 6);
    EXPECT_EQ(point.start_time_unix_nano(), static_cast<std::uint64_t>(kNow - 1'000) * 1'000'000);
    EXPECT_EQ(point.attributes_size(), 3);
    control::Buckets found;
    std::uint64_t all = point.zero_count();
    for (int i = 0; i < point.positive().bucket_counts_size(); ++i) {
      const std::uint64_t count = point.positive().bucket_counts(i);
      all += count;
      if (count != 0) found[point.positive().offset() + i] = count;
    }
    auto expected = histogram.buckets;
    if (histogram.overflow != 0) expected[12 * 64] = histogram.overflow;
    EXPECT_EQ(found, expected);
    EXPECT_EQ(all, point.count());
    EXPECT_EQ(point.count(), histogram.n);
    EXPECT_DOUBLE_EQ(point.max(), static_cast<double>(histogram.max_ns) / 1e9);
  }
}

// The same at a lower scale, from the definition: bucket i is (2^(i/2^s), 2^((i+1)/2^s)].
control::Buckets at_scale(const control::Buckets& buckets, std::int32_t scale) {
  control::Buckets lower;
  for (const auto& [index, count] : buckets) {
    const double upper = std::ldexp(static_cast<double>(index + 1), scale - kScale);
    lower[static_cast<std::int32_t>(std::ceil(upper)) - 1] += count;
  }
  return lower;
}

control::Distribution total_of(unsigned seed, int values) {
  control::Distribution total;
  control::merge(total, histogram_of(seed, values));
  return total;
}

std::size_t width_of(const control::Buckets& buckets, Width width) {
  if (width == Width::kOccupied) return buckets.size();
  return static_cast<std::size_t>(buckets.rbegin()->first - buckets.begin()->first + 1);
}

TEST(Buckets, FitAtTheLargestScaleThatDoesAndHoldTheSameCounts) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    const auto total = total_of(seed, static_cast<int>(seed * seed));
    const auto whole = buckets_of(total, Width::kOccupied, kAnyBuckets);
    EXPECT_EQ(whole.scale, kScale);
    for (const auto width : {Width::kOccupied, Width::kDense}) {
      for (const std::size_t most : {std::size_t{33}, std::size_t{100}, std::size_t{160}, std::size_t{1'000}}) {
        const auto [scale, buckets] = buckets_of(total, width, most);
        EXPECT_LE(width_of(buckets, width), most);
        EXPECT_GE(scale, 0);
        EXPECT_EQ(buckets, at_scale(whole.buckets, scale));
        if (scale < kScale) {
          EXPECT_GT(width_of(at_scale(whole.buckets, scale + 1), width), most);
        }
        std::uint64_t all = total.zero;
        for (const auto& [index, count] : buckets) all += count;
        EXPECT_EQ(all, total.n);
      }
    }
  }
}

TEST(Buckets, ScaledSumsAreSumsOfScaledOnes) {
  auto sum = total_of(1, 5'000);
  const auto one = buckets_of(sum, Width::kOccupied, kAnyBuckets),
             other = buckets_of(total_of(2, 50), Width::kDense, kAnyBuckets);
  control::merge(sum, histogram_of(2, 50));
  const auto both = buckets_of(sum, Width::kDense, 160);
  auto added = at_scale(one.buckets, both.scale);
  for (const auto& [index, count] : at_scale(other.buckets, both.scale)) added[index] += count;
  EXPECT_EQ(both.buckets, added);
}

// The bucket in which a share of all measured values is reached.
std::int32_t quantile_bucket(const control::Buckets& buckets, double share) {
  std::uint64_t all = 0, below = 0;
  for (const auto& [index, count] : buckets) all += count;
  for (const auto& [index, count] : buckets) {
    below += count;
    if (static_cast<double>(below) >= share * static_cast<double>(all)) return index;
  }
  return buckets.rbegin()->first;
}

TEST(Buckets, QuantilesAreInTheBucketOfTheLowerScaleThatHoldsThem) {
  const auto total = total_of(7, 20'000);
  const auto whole = buckets_of(total, Width::kOccupied, kAnyBuckets);
  const auto low = buckets_of(total, Width::kOccupied, 160);
  ASSERT_LT(low.scale, kScale);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = std::exp2((quantile_bucket(whole.buckets, share) + 1) / std::exp2(whole.scale));
    const double upper = std::exp2((quantile_bucket(low.buckets, share) + 1) / std::exp2(low.scale));
    EXPECT_GE(upper, exact * (1 - 1e-12));
    EXPECT_LE(upper, exact * std::exp2(1 / std::exp2(low.scale)));
  }
}

TEST(Buckets, BothProtocolsSayTheScaleThatTheySend) {
  Cumulative cumulative;
  const auto histogram = histogram_of(3, 20'000);
  cumulative.add(frame_of(fast("good"), histogram));
  const auto totals = cumulative.totals();
  const auto low = buckets_of(totals.begin()->second, Width::kOccupied, 160);
  std::string plain;
  const std::string body = remote_write_body(totals, "c1:8480", kNow, 160);
  ASSERT_TRUE(snappy::Uncompress(body.data(), body.size(), &plain));
  remote_write::WriteRequest request;
  ASSERT_TRUE(request.ParseFromString(plain));
  const auto& sent = request.timeseries(1).histograms(0);
  EXPECT_EQ(sent.schema(), low.scale);
  EXPECT_EQ(sent.count(), histogram.n);
  EXPECT_DOUBLE_EQ(sent.sum(), static_cast<double>(histogram.sum_ns) / 1e9);
  control::Buckets by_upper_end;
  for (const auto& [index, count] : low.buckets) by_upper_end[index + 1] = count;
  EXPECT_EQ(buckets_of(sent), by_upper_end);
  otlp::ExportMetricsServiceRequest metrics;
  ASSERT_TRUE(metrics.ParseFromString(otlp_body(totals, {"1.2.3", "c1:8480", kNow - 1'000, 160}, kNow)));
  const auto& point = metrics.resource_metrics(0).scope_metrics(0).metrics(1).exponential_histogram().data_points(0);
  const auto dense = buckets_of(totals.begin()->second, Width::kDense, 160);
  EXPECT_EQ(point.scale(), dense.scale);
  EXPECT_EQ(point.count(), histogram.n);
  EXPECT_EQ(point.positive().offset(), dense.buckets.begin()->first);
  EXPECT_LE(point.positive().bucket_counts_size(), 160);
}

}  // namespace
}  // namespace bellrock::interop
