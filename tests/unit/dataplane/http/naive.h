// A second, obvious parser to hold the real one against: whole strings, split at CRLF, copied, looked at line by line.
// It shares nothing with dataplane/http but what the RFCs and the README say.
#pragma once

#include <cctype>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bellrock::http::test {

struct NaiveHead {
  std::string first_line;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::size_t bytes = 0;

  [[nodiscard]] std::vector<std::string> all(const std::string& name) const {
    std::vector<std::string> values;
    for (const auto& [n, value] : headers) {
      if (n == name) values.push_back(value);
    }
    return values;
  }
};

inline std::string naive_lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

inline bool naive_token(const std::string& text) {
  const std::string others = "!#$%&'*+-.^_`|~";
  for (const char c : text) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alnum && others.find(c) == std::string::npos) return false;
  }
  return !text.empty();
}

inline bool naive_controls(const std::string& text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 32 && c != '\t') || c == 127) return true;
  }
  return false;
}

// A complete, well-formed head at the beginning of `text`, or nothing.
inline std::optional<NaiveHead> naive_head(const std::string& text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos || end + 4 > 32 * 1024) return {};
  NaiveHead head;
  head.bytes = end + 4;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= end;) {
    const std::size_t line_end = text.find("\r\n", at);
    lines.push_back(text.substr(at, line_end - at));
    if (naive_controls(lines.back())) return {};
    at = line_end + 2;
  }
  if (lines.size() > 129) return {};
  head.first_line = lines[0];
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = lines[i].find(':');
    if (colon == std::string::npos || !naive_token(lines[i].substr(0, colon))) return {};
    std::string value = lines[i].substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.erase(0, 1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.pop_back();
    head.headers.emplace_back(naive_lower(lines[i].substr(0, colon)), value);
  }
  return head;
}

struct NaiveRequest {
  NaiveHead head;
  std::string method, target, version;
  bool chunked = false;
  std::size_t length = 0;
};

inline bool naive_host(const std::string& text) {
  const std::string others = "-._~:[]%!$&'()*+,;=";
  for (const char c : text) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alnum && others.find(c) == std::string::npos) return false;
  }
  return true;
}

inline bool naive_target(const std::string& method, const std::string& target) {
  if (target.empty()) return false;
  for (const char c : target) {
    if (static_cast<unsigned char>(c) <= 32 || c == 127 || c == '#') return false;
  }
  if (method == "CONNECT") return target.find(':') != std::string::npos && naive_host(target);
  if (target[0] == '/') return true;
  if (target == "*") return method == "OPTIONS";
  const std::size_t scheme = target.find("://");
  if (scheme == std::string::npos) return false;
  for (std::size_t i = 0; i < scheme; ++i) {
    const char c = target[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!letter && (i == 0 || !other)) return false;
  }
  if (scheme == 0) return false;
  const std::size_t authority_end = target.find_first_of("/?", scheme + 3);
  const std::string authority =
      target.substr(scheme + 3, authority_end == std::string::npos ? std::string::npos : authority_end - scheme - 3);
  return !authority.empty() && naive_host(authority);
}

inline std::optional<NaiveRequest> naive_request(const std::string& text) {
  const auto head = naive_head(text);
  if (!head) return {};
  NaiveRequest request;
  request.head = *head;
  const std::string& line = head->first_line;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string::npos || first == last) return {};
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  request.version = line.substr(last + 1);
  if (!naive_token(request.method) || request.method.size() > 32) return {};
  const bool http_1 = request.version.size() == 8 && request.version.starts_with("HTTP/1.");
  if (!http_1 || request.version[7] < '0' || request.version[7] > '9') return {};
  if (!naive_target(request.method, request.target)) return {};
  const auto hosts = head->all("host");
  if (hosts.size() > 1 || (hosts.empty() && request.version != "HTTP/1.0")) return {};
  if (!hosts.empty() && !naive_host(hosts[0])) return {};
  const auto lengths = head->all("content-length");
  const auto codings = head->all("transfer-encoding");
  if (lengths.size() + codings.size() > 1) return {};
  if (codings.size() == 1) {
    if (request.version == "HTTP/1.0" || naive_lower(codings[0]) != "chunked") return {};
    request.chunked = true;
  }
  if (lengths.size() == 1) {
    if (lengths[0].empty() || lengths[0].size() > 18) return {};
    if (lengths[0].find_first_not_of("0123456789") != std::string::npos) return {};
    request.length = std::stoull(lengths[0]);
  }
  return request;
}

// Bytes that a well-formed chunked body at the beginning of `text` takes.
inline std::size_t naive_chunked_bytes(const std::string& text) {
  std::size_t at = 0;
  while (true) {
    const std::size_t size = std::stoull(text.substr(at), nullptr, 16);
    at = text.find("\r\n", at) + 2;
    if (size == 0) break;
    at += size + 2;
  }
  while (text.compare(at, 2, "\r\n") != 0) at = text.find("\r\n", at) + 2;  // trailers
  return at + 2;
}

}  // namespace bellrock::http::test
