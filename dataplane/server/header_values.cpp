#include "dataplane/server/header_values.h"

#include <algorithm>

#include "dataplane/base/bytes.h"
#include "dataplane/http/char_class.h"
#include "dataplane/http/head_lines.h"

namespace bellrock::server {
namespace {

std::string_view trim(std::string_view value) {
  const Bytes all = bytes(value);
  return http::trim(all.data(), all.data() + all.size());
}

// Cuts the first item off a list.
std::string_view next_item(std::string_view& list) {
  const std::size_t comma = std::min(list.find(','), list.size());
  const std::string_view item = trim(list.substr(0, comma));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return item;
}

// ";q=0", "; Q=0.000": not acceptable. Anything that is no weight is none.
bool is_refused(std::string_view parameters) {
  const std::size_t at = parameters.find('=');
  if (at == std::string_view::npos) return false;
  if (!http::equals_ignoring_case(trim(parameters.substr(0, at)), "q")) return false;
  const std::string_view weight = trim(parameters.substr(at + 1));
  return !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos && weight.front() == '0';
}

}  // namespace

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    if (http::equals_ignoring_case(next_item(list), token)) return true;
  }
  return false;
}

bool is_origin(std::string_view value) {
  if (value.empty() || value.size() > kOriginBytesMax) return false;
  return std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_name_list(std::string_view value) {
  if (value.empty()) return true;
  for (;;) {
    const std::size_t comma = value.find(',');
    const std::string_view name = trim(value.substr(0, comma));
    if (name.empty()) return false;
    for (const char c : name) {
      if (!http::kIsToken[static_cast<std::uint8_t>(c)]) return false;
    }
    if (comma == std::string_view::npos) return true;
    value.remove_prefix(comma + 1);
  }
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::string_view item = next_item(accept_encoding);
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view coding = trim(item.substr(0, semicolon));
    const bool accepted = semicolon == item.size() || !is_refused(item.substr(semicolon + 1));
    if (http::equals_ignoring_case(coding, "gzip") || http::equals_ignoring_case(coding, "x-gzip")) return accepted;
    if (coding == "*") any = accepted;
  }
  return any;
}

bool none_match_fails(std::string_view if_none_match, std::string_view etag) {
  if (trim(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    std::string_view item = next_item(if_none_match);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == etag) return true;
  }
  return false;
}

}  // namespace bellrock::server
