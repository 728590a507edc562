#include "dataplane/beacon/carrier.h"

#include <algorithm>

#include "dataplane/beacon/elements.h"

namespace bellrock::beacon {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == y; });
}

// Type and subtype without parameters.
std::string_view media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && (content_type.back() == ' ' || content_type.back() == '\t'))
    content_type.remove_suffix(1);
  return content_type;
}

// "v=1&…": a field's name, then '='. No JSON value looks like it.
bool looks_like_form(std::string_view body) {
  const std::size_t name = body.find_first_of("=&\" \t\r\n{}[]<>");
  return name != std::string_view::npos && name > 0 && body[name] == '=';
}

Carried refused(BeaconReject reason) { return {Dialect::kNativeJson, {}, reason}; }

}  // namespace

Carried carried_by(const HttpRequest& request) {
  if (request.body.empty() && !request.query.empty()) return {Dialect::kNativeQuery, request.query};
  const std::string_view content = without_leading_space(text(request.body));
  if (content.empty()) return refused(BeaconReject::kNotJson);
  const std::string_view type = request.headers != nullptr ? media_type(request.header(Header::kContentType)) : "";
  if (content.front() == '{' || content.front() == '[') {
    return {same_text(type, "application/reports+json") ? Dialect::kReports : Dialect::kNativeJson, content};
  }
  if (same_text(type, "application/x-www-form-urlencoded") || looks_like_form(content)) {
    return {Dialect::kNativeForm, content};
  }
  const bool multipart = same_text(type.substr(0, type.find('/')), "multipart");
  return refused(multipart ? BeaconReject::kUnknownDialect : BeaconReject::kNotJson);
}

}  // namespace bellrock::beacon
