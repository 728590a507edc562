#include "control/interop/otlp.h"

#include <map>

#include "bellrock/interop/otlp.pb.h"
#include "control/interop/families.h"

namespace bellrock::interop {
namespace {

struct Span {
  std::uint64_t start_ns = 0, now_ns = 0;
};

void set_attribute(std::string_view key, std::string_view value, otlp::KeyValue& to) {
  to.set_key(std::string(key));
  to.mutable_value()->set_string_value(std::string(value));
}

// What both kinds of points say about themselves.
template <typename Point>
void begin_point(const Sample& sample, const Span& span, Point& point) {
  point.set_start_time_unix_nano(span.start_ns);
  point.set_time_unix_nano(span.now_ns);
  for (const auto& [label, value] : sample.labels) set_attribute(label, value, *point.add_attributes());
}

void add_count(const Sample& sample, const Span& span, otlp::Sum& to) {
  to.set_aggregation_temporality(otlp::CUMULATIVE);
  to.set_is_monotonic(true);
  auto& point = *to.add_data_points();
  begin_point(sample, span, point);
  point.set_as_int(static_cast<std::int64_t>(sample.number()));
}

void add_histogram(const Sample& sample, const Span& span, std::size_t buckets_max, otlp::ExponentialHistogram& to) {
  to.set_aggregation_temporality(otlp::CUMULATIVE);
  auto& point = *to.add_data_points();
  begin_point(sample, span, point);
  const control::Distribution& value = *sample.value;
  point.set_count(control::measured(value));
  point.set_sum(sum_seconds(value));
  const auto [scale, buckets] = buckets_of(value, Width::kDense, buckets_max);
  point.set_scale(scale);
  point.set_zero_count(value.zero);
  point.set_zero_threshold(kZeroThresholdSeconds);
  point.set_min(static_cast<double>(value.min_ns) / 1e9);
  point.set_max(static_cast<double>(value.max_ns) / 1e9);
  if (buckets.empty()) return;
  auto& positive = *point.mutable_positive();
  std::int32_t next = buckets.begin()->first;
  positive.set_offset(next);
  for (const auto& [index, count] : buckets) {
    for (; next < index; ++next) positive.add_bucket_counts(0);
    positive.add_bucket_counts(count);
    ++next;
  }
}

}  // namespace

std::string otlp_body(const Totals& totals, const OtlpOrigin& origin, std::int64_t now_unix_ms) {
  const Span span{static_cast<std::uint64_t>(origin.started_unix_ms) * 1'000'000,
                  static_cast<std::uint64_t>(now_unix_ms) * 1'000'000};
  otlp::ExportMetricsServiceRequest request;
  auto& resource = *request.add_resource_metrics();
  set_attribute("service.name", "bellrock", *resource.mutable_resource()->add_attributes());
  set_attribute("service.instance.id", std::string(origin.instance), *resource.mutable_resource()->add_attributes());
  auto& scope = *resource.add_scope_metrics();
  scope.mutable_scope()->set_name("bellrock");
  scope.mutable_scope()->set_version(std::string(origin.version));
  std::map<const Family*, otlp::Metric*> metrics;
  for (const Sample& sample : samples_of(totals)) {
    otlp::Metric*& metric = metrics[sample.family];
    if (metric == nullptr) {
      metric = scope.add_metrics();
      metric->set_name(std::string(sample.family->otlp));
      metric->set_description(std::string(sample.family->help));
      metric->set_unit(sample.measured() ? "s" : sample.reads == Reads::kAmount ? "{minor_unit}" : "{attempt}");
    }
    sample.measured() ? add_histogram(sample, span, origin.buckets_max, *metric->mutable_exponential_histogram())
                      : add_count(sample, span, *metric->mutable_sum());
  }
  return request.SerializeAsString();
}

}  // namespace bellrock::interop
