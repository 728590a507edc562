#include "dataplane/http/head_lines.h"

#include "dataplane/http/char_class.h"

namespace bellrock::http {

bool parse_length(std::string_view value, std::uint64_t& length) {
  if (value.empty() || value.size() > 18) return false;
  length = 0;
  for (const char digit : value) {
    if (!is_digit(static_cast<std::uint8_t>(digit))) return false;
    length = length * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return true;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text == lower_case) return true;
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(static_cast<std::uint8_t>(text[i])) != static_cast<std::uint8_t>(lower_case[i])) return false;
  }
  return true;
}

std::string_view trim_slowly(const std::uint8_t* begin, const std::uint8_t* end) {
  while (begin < end && is_blank(*begin)) ++begin;
  while (begin < end && is_blank(end[-1])) --end;
  return text({begin, end});
}

HttpError header_line_error(Bytes line) {
  std::size_t at = 0;
  while (at < line.size() && kIsToken[line[at]]) ++at;
  if (at == line.size()) return HttpError::kBadHeaderName;
  if (at == 0 && is_blank(line[0])) return HttpError::kFoldedHeader;
  // A line without colon that ends with CR is a bad name; whether LF follows, is not known yet.
  if (line[at] == '\r' && at > 0) return HttpError::kBadHeaderName;
  if (at == 0 || line[at] != ':') return line_end_error(line[at], HttpError::kBadHeaderName);
  while (++at < line.size()) {
    if (kIsControl[line[at]]) return line_end_error(line[at], HttpError::kBadHeaderValue);
  }
  return HttpError::kBadHeaderValue;
}

}  // namespace bellrock::http
