#include "control/net/openmetrics.h"

#include <charconv>

namespace bellrock::net {

namespace {

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    c == '\n' ? out.append("\\n") : out.append(1, c);
  }
  return out;
}

}  // namespace

void OpenMetrics::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  suffix_ = type == "counter" ? "_total" : "";
  text_.append("# TYPE ").append(name).append(" ").append(type).append("\n# HELP ").append(name).append(" ");
  text_.append(help).append("\n");
}

void OpenMetrics::sample(Labels labels, std::uint64_t value) { write(labels, std::to_string(value)); }

void OpenMetrics::sample(Labels labels, double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  write(labels, std::string_view(text, static_cast<std::size_t>(end - text)));
}

void OpenMetrics::gauge(std::string_view name, std::string_view help, std::uint64_t value) {
  family(name, "gauge", help);
  sample({}, value);
}

void OpenMetrics::counter(std::string_view name, std::string_view help, std::uint64_t value) {
  family(name, "counter", help);
  sample({}, value);
}

std::string OpenMetrics::end() && { return std::move(text_) + "# EOF\n"; }

void OpenMetrics::write(Labels labels, std::string_view value) {
  text_.append(name_).append(suffix_);
  char separator = '{';
  for (const auto& [name, label] : labels) {
    text_.append(1, separator).append(name).append("=\"").append(escaped(label)).append("\"");
    separator = ',';
  }
  if (separator == ',') text_.append("}");
  text_.append(" ").append(value).append("\n");
}

}  // namespace bellrock::net
