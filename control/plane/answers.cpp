#include "control/plane/answers.h"

#include <algorithm>
#include <set>

namespace bellrock::plane {
namespace {

using net::Request;
using net::Response;

// The page may load only what this server gives it, and no text becomes markup or script.
constexpr const char* kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";
constexpr const char* kDataPolicy = "default-src 'none'; frame-ancestors 'none'";

// RFC 9110 13.1.2: a list of tags, which are compared without their weakness; or any.
bool has_tag(std::string_view list, std::string_view tag) {
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    std::string_view one = list.substr(at, end - at);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag || one == "*") return true;
    at = end + 1;
  }
  return false;
}

std::string joined(std::initializer_list<std::string_view> names) {
  std::string text;
  for (const auto name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace

Response problem(unsigned status, std::string_view code, const std::string& message, std::string_view parameter) {
  Json json{{"error", code}, {"message", message}};
  if (!parameter.empty()) json["parameter"] = parameter;
  return {status, "application/json", dump(json), {}};
}

bool is_media_type(std::string_view content_type, std::string_view type) {
  std::string_view said = content_type.substr(0, content_type.find(';'));
  while (!said.empty() && (said.back() == ' ' || said.back() == '\t')) said.remove_suffix(1);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(said.begin(), said.end(), type.begin(), type.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

Response not_allowed(const char* allowed, const char* why) {
  Response response = problem(405, "method_not_allowed", why);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Response store_failed(const store::StoreError& error) { return problem(503, "store_failed", error.message); }

Response no_such_objective() {
  return problem(404, "no_such_objective",
                 "this centre's configuration has no such objective; GET /api/v1/slos lists those it has");
}

Response nothing_here() {
  return problem(404, "not_found", "there is nothing here; GET /api/v1/openapi.json lists what there is");
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Response json_answer(const Json& json) { return {200, "application/json", dump(json), {}}; }

Response file_answer(const dashboard::Asset& asset, const Request& request) {
  Response response{200, std::string(asset.content_type), {}, {{"ETag", std::string(asset.etag)}}};
  response.headers.emplace_back("Cache-Control", "no-cache");  // kept, and asked for again each time
  if (asset.content_type.starts_with("text/html")) {
    response.headers.emplace_back("Content-Security-Policy", kPagePolicy);
  }
  if (has_tag(request.if_none_match, asset.etag)) {
    response.status = 304;
  } else {
    response.body = asset.content;
  }
  return response;
}

void add_security_headers(Response& response) {
  const auto has = [&](std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [&](const auto& header) { return header.first == name; });
  };
  if (!has("Content-Security-Policy")) response.headers.emplace_back("Content-Security-Policy", kDataPolicy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
}

std::vector<std::string> parameters_of(const Request& request) {
  std::vector<std::string> names;
  const std::string_view query = request.query;
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string_view pair = query.substr(at, end - at);
    at = end + 1;
    if (!pair.empty()) names.push_back(net::decode_percent(pair.substr(0, pair.find('=')), true));
  }
  return names;
}

std::optional<Response> refuse_parameters(const Request& request, std::initializer_list<std::string_view> known) {
  std::set<std::string> seen;
  for (const std::string& name : parameters_of(request)) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string there = known.size() == 0 ? "it takes none" : "it takes " + joined(known);
      return problem(400, "no_such_parameter", "there is no parameter of this name here; " + there, name);
    }
    if (!seen.insert(name).second) {
      return problem(400, "parameter_twice", name + " comes twice; give it once", name);
    }
  }
  return std::nullopt;
}

Result<const Range*, Response> range_of(const Request& request) {
  const std::string name = net::query_value(request.query, "range");
  if (name.empty()) return &kDefaultRange;
  const auto* const found =
      std::find_if(kRanges.begin(), kRanges.end(), [&](const Range& range) { return range.name == name; });
  if (found == kRanges.end()) {
    return Failure{problem(400, "bad_range", "range is one of 1h, 6h, 24h, 7d, 28d", "range")};
  }
  return found;
}

Result<bool, Response> flag_of(const Request& request, std::string_view name, bool otherwise) {
  const std::string value = net::query_value(request.query, name);
  if (value.empty()) return otherwise;
  if (value == "true" || value == "false") return value == "true";
  return Failure{problem(400, "bad_flag", std::string(name) + " is true or false", name)};
}

std::optional<std::int64_t> unix_seconds(const std::string& text) {
  constexpr std::size_t kDigitsMax = 12;
  if (text.empty() || text.size() > kDigitsMax) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoll(text);
}

}  // namespace bellrock::plane
