#include "control/interop/remote_write.h"

#include <snappy.h>

#include <algorithm>

#include "bellrock/interop/remote_write.pb.h"
#include "control/interop/families.h"

namespace bellrock::interop {
namespace {

void set_labels(const Sample& sample, std::string_view instance, remote_write::TimeSeries& to) {
  std::string name(sample.family->prometheus);
  if (!sample.measured()) name += "_total";
  const auto add = [&to](std::string_view label, std::string_view value) {
    auto& one = *to.add_labels();
    one.set_name(std::string(label));
    one.set_value(std::string(value));
  };
  add("__name__", name);  // '_' comes before all letters
  Labels labels = sample.labels;
  const auto less = [](const auto& one, std::string_view label) { return one.first < label; };
  if (!instance.empty())  // a label without a value is no label
    labels.emplace(std::lower_bound(labels.begin(), labels.end(), kCentreLabel, less), kCentreLabel, instance);
  for (const auto& [label, value] : labels) add(label, value);
}

// Prometheus names a bucket by its upper end, we by its lower one.
void set_buckets(const control::Buckets& buckets, remote_write::Histogram& to) {
  std::int32_t next = 0;
  std::int64_t before = 0;
  remote_write::BucketSpan* span = nullptr;
  for (const auto& [index, count] : buckets) {
    const std::int32_t at = index + 1;
    if (span == nullptr || at != next) {
      span = to.add_positive_spans();
      span->set_offset(at - next);
    }
    span->set_length(span->length() + 1);
    next = at + 1;
    const auto now = static_cast<std::int64_t>(count);
    to.add_positive_deltas(now - before);
    before = now;
  }
}

void set_histogram(const control::Distribution& value, std::size_t buckets_max, std::int64_t now,
                   remote_write::Histogram& to) {
  const auto [scale, buckets] = buckets_of(value, Width::kOccupied, buckets_max);
  to.set_count(control::measured(value));
  to.set_sum(sum_seconds(value));
  to.set_schema(scale);
  to.set_zero_threshold(kZeroThresholdSeconds);
  to.set_zero_count(value.zero);
  to.set_timestamp(now);
  set_buckets(buckets, to);
}

}  // namespace

std::string remote_write_body(const Totals& totals, std::string_view instance, std::int64_t now_unix_ms,
                              std::size_t buckets_max) {
  remote_write::WriteRequest request;
  for (const Sample& sample : samples_of(totals)) {
    auto& series = *request.add_timeseries();
    set_labels(sample, instance, series);
    if (sample.measured()) {
      set_histogram(*sample.value, buckets_max, now_unix_ms, *series.add_histograms());
    } else {
      auto& count = *series.add_samples();
      count.set_value(static_cast<double>(sample.number()));
      count.set_timestamp(now_unix_ms);
    }
  }
  std::string compressed;
  const std::string plain = request.SerializeAsString();
  snappy::Compress(plain.data(), plain.size(), &compressed);
  return compressed;
}

std::vector<std::pair<std::string, std::string>> remote_write_headers() {
  return {{"Content-Encoding", "snappy"}, {"X-Prometheus-Remote-Write-Version", "0.1.0"}};
}

}  // namespace bellrock::interop
