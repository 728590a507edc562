// Where the server is stricter than Node, by its counted reason, and the few places where Node is. Each rule looks at
// the bytes and says whether they are a case of it; a difference that is no case of any rule is unexplained.
#pragma once

#include <algorithm>
#include <array>
#include <regex>
#include <string>

#include "tests/property/server/readings.h"
#include "tests/unit/dataplane/http/naive.h"
#include "tests/unit/dataplane/server/responses.h"

namespace bellrock::server::test {

// The request at which we stopped, as far as it goes: taken apart without any judgement.
struct Suspect {
  std::string all;
  std::string first_line, method, target, version;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, values without blanks around them

  explicit Suspect(const std::string& bytes) : all(bytes) {
    const std::string lines = bytes.starts_with("\r\n") ? bytes.substr(2) : bytes;
    std::size_t at = 0;
    for (;;) {
      const std::size_t end = std::min(lines.find("\r\n", at), lines.size());
      const std::string line = lines.substr(at, end - at);
      if (at == 0) first_line = line;
      if (at > 0) add_header(line);
      if (line.empty() || end == lines.size()) break;
      at = end + 2;
    }
    const std::size_t first = first_line.find(' '), last = first_line.rfind(' ');
    method = first_line.substr(0, first);
    if (first == std::string::npos || last == first) return;
    target = first_line.substr(first + 1, last - first - 1);
    version = first_line.substr(last + 1);
  }
  [[nodiscard]] std::vector<std::string> values(const std::string& name) const {
    std::vector<std::string> found;
    for (const auto& [key, value] : headers) {
      if (key == name) found.push_back(value);
    }
    return found;
  }

 private:
  void add_header(const std::string& line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return;
    std::string name = line.substr(0, colon), value = line.substr(colon + 1);
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
    value.erase(value.find_last_not_of(" \t") + 1);
    headers.emplace_back(name, value);
  }
};

// A chunk's size with extensions that RFC 9112 7.1.1 does not know.
inline bool is_odd_extension(const std::string& line) {
  static const std::regex well_formed(
      R"re([0-9A-Fa-f]{1,15}(;[!#$%&'*+.^_`|~0-9A-Za-z-]+(=([!#$%&'*+.^_`|~0-9A-Za-z-]+|"([^"\\]|\\.)*"))?)*)re");
  return line.find(';') != std::string::npos && !std::regex_match(line, well_formed);
}

// uri-host [":" port]: an address in brackets, or a name whose escapes are whole (RFC 9112 3.2, RFC 3986 3.2).
inline bool is_authority(const std::string& host) {
  static const std::regex form(
      R"re((\[([vV][^\]]{3,}|(?=[^\]]{2})[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\]|([^%:\[\]]|%[0-9A-Fa-f]{2})*)(:[0-9]*)?)re");
  return std::regex_match(host, form);
}

struct Rule {
  std::string_view reason;
  std::string_view why;
  bool (*is_case)(const Suspect&, const OurReading&);
};

// What we take for no HTTP, and Node takes, or refuses only further on.
inline const std::array kStricter{
    Rule{
        "bad_version", "HTTP/1. and a digit only",
        [](const Suspect& s, const OurReading&) { return !std::regex_match(s.version, std::regex("HTTP/1\\.[0-9]")); }},
    Rule{"bad_target", "the forms of RFC 9112 3.2, of their bytes",
         [](const Suspect& s, const OurReading&) {
           return !http::test::naive_target(s.method, s.target) ||
                  std::any_of(s.target.begin(), s.target.end(), [](char c) { return c < 0; });
         }},
    Rule{"bad_request_line", "three parts, one blank between two; one empty line at most before them",
         [](const Suspect& s, const OurReading&) {
           const auto blanks = std::count(s.first_line.begin(), s.first_line.end(), ' ');
           return s.all.starts_with("\r\n\r\n") || blanks != 2 || s.target.empty();
         }},
    Rule{"bare_line_end", "in or before a request line no line end but CRLF",
         [](const Suspect& s, const OurReading&) { return s.first_line.find_first_of("\r\n") != std::string::npos; }},
    Rule{"bad_chunk", "extensions are well formed",
         [](const Suspect& s, const OurReading& ours) {
           const std::size_t at = ours.end - ours.begin - 1;
           const std::size_t line = s.all.rfind('\n', at - 1) + 1;
           return is_odd_extension(s.all.substr(line, s.all.find("\r\n", line) - line));
         }},
    Rule{"bad_content_length", "at most 18 digits",
         [](const Suspect& s, const OurReading&) {
           const auto lengths = s.values("content-length");
           return lengths.size() == 1 && lengths[0].size() > 18 &&
                  lengths[0].find_first_not_of("0123456789") == std::string::npos;
         }},
    Rule{"bad_header_value", "one Host, and it is a host",
         [](const Suspect& s, const OurReading&) {
           const auto hosts = s.values("host");
           return hosts.size() != 1 || !http::test::naive_host(hosts[0]) || !is_authority(hosts[0]);
         }},
    Rule{"bad_transfer_encoding", "chunked alone, once, in HTTP/1.1 only",
         [](const Suspect& s, const OurReading&) {
           const auto codings = s.values("transfer-encoding");
           return s.version == "HTTP/1.0" || codings.size() != 1 || lower_case(codings[0]) != "chunked";
         }},
    Rule{"conflicting_length", "one length or one coding, even when they agree",
         [](const Suspect& s, const OurReading&) {
           return s.values("content-length").size() + s.values("transfer-encoding").size() > 1;
         }},
};

// Node takes "close" also from Proxy-Connection and from a trailer.
inline bool says_close_elsewhere(const std::string& bytes) {
  const std::string all = lower_case(bytes);
  if (all.find("proxy-connection:") != std::string::npos) return true;
  static const std::regex trailer(R"re(\n0+(;[^\r\n]*)?\r\n([^\r\n]+\r\n)*connection:)re");
  return std::regex_search(all, trailer);
}

inline bool has(const std::string& bytes, const char* pattern) {
  return std::regex_search(lower_case(bytes), std::regex(pattern));
}

// Node refuses, where we took a head of this method and target, or still wait for its end. Empty: no rule.
inline std::string explain_looser(const std::string& bytes, const std::string& method, const std::string& target,
                                  const Reading& node) {
  const auto known = std::find(kMethodNames.begin(), kMethodNames.end(), method);
  if (node.error == "HPE_INVALID_METHOD" && known == kMethodNames.end()) return "Node does not know the method either";
  if (node.error == "HPE_CLOSED_CONNECTION" && says_close_elsewhere(bytes)) return "Node closes where nobody asked it";
  if (node.error == "HPE_INVALID_VERSION" && has(bytes, R"re( http/1\.[2-9]\r\n)re"))
    return "Node is stricter: a later 1.x is no 1.1 to it, in spite of RFC 9110 2.5";
  const std::string scheme = target.substr(0, target.find("://"));
  if (node.error == "HPE_INVALID_URL" && target[0] != '/' && scheme.find_first_of("0123456789+-.") < scheme.size())
    return "Node is stricter: target: a scheme of letters";
  if (node.error == "HPE_INVALID_CONTENT_LENGTH" && has(bytes, R"re(\ncontent-length:[ \t]*[0-9]+ *\t)re"))
    return "Node is stricter: no tab behind a length";
  if (node.error == "HPE_INVALID_TRANSFER_ENCODING" && has(bytes, R"re(\ntransfer-encoding:[ \t]*chunked *\t)re"))
    return "Node is stricter: no tab behind a coding";
  return {};
}

inline std::string explain_refusal(const std::string& bytes, const OurReading& ours, const Reading& node) {
  const std::size_t taken = ours.requests.size();
  if (node.error != "-" && node.requests.size() == taken) return "both refuse at the same request";
  const Suspect suspect(bytes.substr(ours.begin));
  for (const Rule& rule : kStricter) {
    if (rule.reason == ours.error && rule.is_case(suspect, ours))
      return "stricter: " + ours.error + ": " + std::string(rule.why);
  }
  return "unexplained: only we refuse: " + ours.error + (node.error == "-" ? "" : " later Node: " + node.error);
}

inline std::string explain(const std::string& bytes, const OurReading& ours, const Reading& node, OurReader& reader) {
  const std::size_t taken = ours.requests.size(), theirs = node.requests.size();
  for (std::size_t i = 0; i < std::min(taken, theirs); ++i) {
    const Found& a = ours.requests[i];
    const Found& b = node.requests[i];
    if (a.method != b.method || a.target != b.target) return "unexplained: another request line";
    if (a.whole && b.whole && a.method == "POST" && a.body != b.body) return "unexplained: another body";
  }
  if (taken > theirs) {
    const Found& first = ours.requests[theirs];
    const std::string rule = explain_looser(bytes, first.method, first.target, node);
    return rule.empty() ? "unexplained: only Node refuses a head: " + node.error : rule;
  }
  if (ours.http_error) return explain_refusal(bytes, ours, node);
  if (ours.error != "-") return "policy: " + ours.error;
  if (ours.closed) return "both take the same, up to our close";
  if (theirs > taken) return "unexplained: only Node takes a head";
  if (node.error == "-") return "both take the same";
  if (node.error == "HPE_INVALID_EOF_STATE") return "both take the same, and wait for more";
  // We wait for the line's end before we judge it.
  const OurReading later = reader.read(bytes + "\r\n\r\n\r\n");
  if (later.http_error || later.error == "method_unknown") return "both refuse, Node before the line's end";
  const Suspect suspect(bytes.substr(ours.begin));
  const std::string rule = explain_looser(bytes, suspect.method, suspect.target, node);
  return rule.empty() ? "unexplained: only Node refuses: " + node.error : rule;
}

}  // namespace bellrock::server::test
