#include "dataplane/http/message_start.h"

#include "dataplane/base/counters.h"
#include "dataplane/http/char_class.h"

namespace bellrock::http {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";

}  // namespace

bool begins_as_request(Bytes bytes) {
  const std::string_view begin = text(bytes);
  for (std::size_t i = 0; i < static_cast<std::size_t>(Method::kOther); ++i) {
    const std::string_view method = kMethodNames[i];
    if (begin.size() < method.size() + 2 || !begin.starts_with(method) || begin[method.size()] != ' ') continue;
    const std::uint8_t target = bytes[method.size() + 1];
    return target == '/' || target == '*' || is_alpha(target) || is_digit(target) || target == '[';
  }
  return false;
}

bool begins_like_request(Bytes bytes) {
  if (begins_as_request(bytes)) return true;
  const std::string_view begin = text(bytes);
  for (std::size_t i = 0; i < static_cast<std::size_t>(Method::kOther); ++i) {
    const std::string_view method = kMethodNames[i];
    if (begin.size() <= method.size() && method.starts_with(begin)) return true;
    if (begin.size() == method.size() + 1 && begin.starts_with(method) && begin.back() == ' ') return true;
  }
  return false;
}

bool begins_like_response(Bytes bytes) {
  const std::string_view begin = text(bytes).substr(0, kVersion.size());
  return kVersion.starts_with(begin);
}

bool begins_as_response(Bytes bytes) {
  if (bytes.size() < 12 || !text(bytes).starts_with(kVersion)) return false;
  return (bytes[7] == '0' || bytes[7] == '1') && bytes[8] == ' ' && is_digit(bytes[9]) && is_digit(bytes[10]) &&
         is_digit(bytes[11]);
}

}  // namespace bellrock::http
