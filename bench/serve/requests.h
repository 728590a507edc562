// The request that every bench of this folder sends, from beacon.http: what Chrome sends with a cross-origin beacon, 16
// headers, and ten fields that are read and one that is not. Two of them, with one visitor's id, make an attempt of
// the journey in journey.yaml: the second's duration is its latency. Ids differ, so that no predictor learns one by
// heart, and each beacon gets its number when it goes: what comes twice is dropped. serve_cost.py makes the same for
// clients of other processes. BELLROCK_BENCH_REQUEST names another file: a compiler that learns from a bench
// (tools/optimize) must not learn the request that it is measured by.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "dataplane/base/check.h"

namespace bellrock::bench {

struct RequestSpec {
  unsigned visitor = 0;
  std::string_view name = "lookup.begun";
  bool closes = false;
};

class RequestMaker {
 public:
  static constexpr std::size_t kBodyBytes = 700;
  static constexpr unsigned kBrowsers = 64;                  // that send other header lines
  static constexpr std::string_view kNumber = "##########";  // a beacon's on its page view, written when it is sent

  RequestMaker() {
    const char* const other = std::getenv("BELLROCK_BENCH_REQUEST");
    std::ifstream file(other != nullptr ? other : BELLROCK_SOURCE "/bench/serve/beacon.http", std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    const std::size_t end = all.find("\n\n");
    CHECK(end != std::string::npos);
    for (const char c : all.substr(0, end + 2)) head_ += c == '\n' ? std::string("\r\n") : std::string(1, c);
    body_ = all.substr(end + 2, all.find_last_not_of('\n') - end - 1);
  }

  [[nodiscard]] std::string body(const RequestSpec& spec) const {
    std::string made = filled(body_, spec);
    replace(made, "@NOTE@", std::string(kBodyBytes - (made.size() - std::string_view("@NOTE@").size()), 'x'));
    return made;
  }
  [[nodiscard]] std::string beacon(const RequestSpec& spec) const {
    std::string made = filled(head_, spec);
    replace(made, "@LENGTH@", std::to_string(kBodyBytes));
    return made + body(spec);
  }
  // The same head in front of nothing.
  [[nodiscard]] std::string health(const RequestSpec& spec) const {
    std::string made = filled(head_, spec);
    made.replace(0, made.find(" HTTP"), "GET /healthz");
    made.erase(made.find("Content-Length"), std::string_view("Content-Length: @LENGTH@\r\n").size());
    return made;
  }
  static unsigned duration_ms(unsigned visitor) { return 100 + visitor % 900; }

 private:
  static void replace(std::string& in, std::string_view what, std::string_view by) {
    for (std::size_t at = in.find(what); at != std::string::npos; at = in.find(what, at + by.size()))
      in.replace(at, what.size(), by);
  }
  static std::string filled(std::string made, const RequestSpec& spec) {
    replace(made, "@ID@", std::to_string(1'000'000 + spec.visitor));
    replace(made, "@CONNECTION@", spec.closes ? "close" : "keep-alive");
    replace(made, "@NAME@", spec.name);
    replace(made, "@DUR@", std::to_string(duration_ms(spec.visitor)));
    replace(made, "@COUNT@", kNumber);
    replace(made, "@KIND@", std::to_string(10 + spec.visitor % kBrowsers));
    return made;
  }

  std::string head_, body_;
};

}  // namespace bellrock::bench
