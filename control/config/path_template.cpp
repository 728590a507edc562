#include "control/config/path_template.h"

#include <algorithm>

#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// pchar of RFC 3986 3.3 without '*', which nobody writes but as a wildcard.
bool is_path_character(char c) {
  return is_alphanumeric(c) || std::string_view("-._~!$&'()+,;=:@%").find(c) != std::string_view::npos;
}

bool is_placeholder(std::string_view segment) {
  if (segment.size() < 3 || segment.front() != '{' || segment.back() != '}') return false;
  segment = segment.substr(1, segment.size() - 2);
  return std::all_of(segment.begin(), segment.end(), [](char c) { return is_alphanumeric(c) || c == '_'; });
}

ParsedPath failed(std::string problem, std::string fix) { return {{}, std::move(problem), std::move(fix)}; }

ParsedPath refuse_segment(std::string_view segment) {
  if (segment.find('?') != std::string_view::npos) {
    return failed("a path ends before `?`", "match the query with `query: {name: …}`");
  }
  if (segment.find('#') != std::string_view::npos) {
    return failed("a path ends before `#`: browsers do not send it", "remove it");
  }
  if (segment.find_first_of("*^[]\\|") != std::string_view::npos) {
    return failed("patterns and regular expressions are not read", "write {name} for a segment that varies");
  }
  if (segment.find_first_of("{}") != std::string_view::npos) {
    return failed("a placeholder must be a whole segment", "write /{name} between two slashes");
  }
  return failed("a path holds a character that must be percent-encoded",
                "write it as the request line carries it, for example %20");
}

}  // namespace

ParsedPath parse_path_template(std::string_view text) {
  if (!text.starts_with('/')) return failed("a path begins with `/`", "write /" + std::string(text.substr(0, 40)));
  ParsedPath parsed;
  parsed.path.text = text;
  std::string_view rest = text.substr(1);
  for (bool last = false; !last;) {
    const std::size_t slash = rest.find('/');
    last = slash == std::string_view::npos;
    const std::string_view segment = rest.substr(0, slash);
    if (!last) rest.remove_prefix(slash + 1);
    if (segment.empty() && !last) return failed("a segment is empty", "remove the doubled `/`");
    if (is_placeholder(segment)) {
      parsed.path.segments.emplace_back();
    } else if (std::all_of(segment.begin(), segment.end(), is_path_character)) {
      parsed.path.segments.emplace_back(segment.empty() ? journey::kEmptySegment : segment);
    } else {
      return refuse_segment(segment);
    }
  }
  if (parsed.path.segments.size() > kTemplateSegmentsMax) {
    return failed("a path of more than " + std::to_string(kTemplateSegmentsMax) + " segments", "shorten it");
  }
  return parsed;
}

bool overlap(const journey::PathTemplate& a, const journey::PathTemplate& b) {
  if (a.segments.size() != b.segments.size()) return false;
  bool a_wins = false, b_wins = false;
  for (std::size_t i = 0; i < a.segments.size(); ++i) {
    const std::string& left = a.segments[i];
    const std::string& right = b.segments[i];
    if (left == right) continue;
    if (!left.empty() && !right.empty()) return false;
    // A placeholder takes no empty segment, so the two have no path in common.
    if (left == journey::kEmptySegment || right == journey::kEmptySegment) return false;
    (left.empty() ? b_wins : a_wins) = true;
  }
  return a_wins && b_wins;
}

}  // namespace bellrock::config
