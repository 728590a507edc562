// Writes a page in OpenMetrics 1.0 text format, for /metrics of agent and centre. Any thread; a writer is one page.
// Names and help texts are the caller's own and taken as they are; label values may be anything and are escaped.
// Source: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace bellrock::net {

inline constexpr std::string_view kOpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

class OpenMetrics {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Samples belong to the family that was named last; those of a "counter" get their _total here.
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);  // shortest text that reads back as the same number

  // A family of one sample without labels.
  void gauge(std::string_view name, std::string_view help, std::uint64_t value);
  void counter(std::string_view name, std::string_view help, std::uint64_t value);

  std::string end() &&;

 private:
  void write(Labels labels, std::string_view value);

  std::string text_, name_;
  std::string_view suffix_;
};

}  // namespace bellrock::net
