// Reads tests/data/hostile-requests.txt (its first lines say how it is written).
#pragma once

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace bellrock::server::test {

struct HostileRequest {
  std::string name;
  std::string statuses;  // "204 400"
  std::map<std::string, std::uint64_t> reasons;
  bool closes = false;
  std::string bytes;
  std::string problem;  // of the file
};

inline std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char kind = text[++i];
    if (kind == 'x') {
      out += static_cast<char>(std::strtoul(text.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else {
      out += kind == 'r' ? '\r' : kind == 'n' ? '\n' : kind == 't' ? '\t' : kind;
    }
  }
  return out;
}

// "{3:ab}" is "ababab".
inline std::string repeat(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char* behind = nullptr;
    const bool opens = text[i] == '{' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
    const unsigned long times = opens ? std::strtoul(text.c_str() + i + 1, &behind, 10) : 0;
    if (!opens || *behind != ':') {
      out += text[i];
      continue;
    }
    const auto begin = static_cast<std::size_t>(behind + 1 - text.c_str());
    const std::size_t end = text.find('}', begin);
    for (unsigned long n = 0; n < times; ++n) out += text.substr(begin, end - begin);
    i = end;
  }
  return out;
}

// "204 -, 400 bad_chunk close: name"
inline void read_expectation(const std::string& line, HostileRequest& request) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string::npos) request.problem = "no name: " + line;
  request.name = line.substr(colon + 2);
  std::string all = line.substr(2, colon - 2) + ", ";
  for (std::size_t comma = all.find(", "); comma != std::string::npos; comma = all.find(", ")) {
    const std::string answer = all.substr(0, comma);
    all.erase(0, comma + 2);
    const std::size_t blank = answer.find(' ');
    const std::size_t second = std::min(answer.find(' ', blank + 1), answer.size());
    const std::string reason = answer.substr(blank + 1, second - blank - 1);
    request.statuses += (request.statuses.empty() ? "" : " ") + answer.substr(0, blank);
    if (reason != "-") ++request.reasons[reason];
    request.closes = answer.substr(second) == " close";
    if (second < answer.size() && !request.closes) request.problem = "what is this: " + answer;
  }
}

inline std::vector<HostileRequest> read_hostile_requests(const std::string& path) {
  std::vector<HostileRequest> all;
  std::ifstream file(path);
  std::string text;
  const auto finish = [&] {
    if (!all.empty()) all.back().bytes += unescape(repeat(text));
    text.clear();
  };
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with("# ")) continue;
    if (line.starts_with("= ")) {
      finish();
      read_expectation(line, all.emplace_back());
    } else {
      text += line;
    }
  }
  finish();
  return all;
}

}  // namespace bellrock::server::test
