// Reads a stream of responses slowly and by the book (RFC 9112 6.3), without any of the code under test.
#pragma once

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace bellrock::server::test {

struct Response {
  unsigned status = 0;
  std::string reason;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string problem;  // empty: it is a response

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  [[nodiscard]] bool closes() const { return header("connection") == "close"; }
};

inline std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

inline void read_header(const std::string& line, Response& response) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string::npos) response.problem = "no header: " + line;
  const std::string name = lower_case(line.substr(0, colon));
  if (!response.headers.emplace(name, line.substr(colon + 2)).second) response.problem = "twice: " + name;
}

// head_request: the answer to a HEAD has no body whatever it says.
inline Response read_response(std::string& bytes, bool head_request = false) {
  Response response;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos || !bytes.starts_with("HTTP/1.1 ")) {
    response.problem = "no head: " + bytes;
    bytes.clear();
    return response;
  }
  response.status = static_cast<unsigned>(std::atoi(bytes.substr(9, 3).c_str()));
  std::size_t line = bytes.find("\r\n");
  response.reason = bytes.substr(13, line - 13);
  while (line < end) {
    const std::size_t next = bytes.find("\r\n", line + 2);
    read_header(bytes.substr(line + 2, next - line - 2), response);
    line = next;
  }
  bytes.erase(0, end + 4);
  const bool bodiless = head_request || response.status < 200 || response.status == 204 || response.status == 304;
  if (bodiless) {
    const bool counted = response.headers.contains("content-length") && response.status != 200;
    if (counted && !head_request) response.problem = "a length without a body";
    return response;
  }
  if (!response.headers.contains("content-length")) response.problem = "no length";
  const auto length = static_cast<std::size_t>(std::atoi(response.header("content-length").c_str()));
  if (length > bytes.size()) response.problem = "cut";
  response.body = bytes.substr(0, length);
  bytes.erase(0, length);
  return response;
}

inline std::vector<Response> read_responses(std::string bytes, bool head_request = false) {
  std::vector<Response> all;
  while (!bytes.empty()) all.push_back(read_response(bytes, head_request));
  return all;
}

// "204 204 400", and what is wrong with them. Interim ones are left out.
inline std::string statuses(const std::string& bytes, bool head_request = false) {
  std::string all;
  for (const Response& response : read_responses(bytes, head_request)) {
    if (!response.problem.empty()) return response.problem;
    if (response.status == 100) continue;
    all += (all.empty() ? "" : " ") + std::to_string(response.status);
  }
  return all;
}

}  // namespace bellrock::server::test
