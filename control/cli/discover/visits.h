// Transactions → what each visitor did, in order. What tells visitors apart is found among the cookies, else it is the
// client's address. Holds cookies and addresses in memory only. Pure, one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/time.h"

namespace bellrock::cli {

struct SeenTransaction {
  Instant request, response;  // the request's last byte, the response's first; the second 0 without an answer
  std::string client;         // without its port
  std::uint64_t visitor = 0;  // a number that stands for him; 0: not known
  std::string cookies;        // as the header has them; empty: none, or not known
  std::string method, path, query;
  unsigned status = 0;   // 0: no answer
  bool aborted = false;  // the client left first
};

struct Step {
  Instant at;      // the request
  Instant answer;  // 0: none
  std::string method, path_template;
  std::vector<std::string> parameters;  // of the query
  unsigned status = 0;
  bool aborted = false;

  [[nodiscard]] bool is_page() const { return method == "GET"; }
  [[nodiscard]] bool answered_well() const { return status >= 200 && status < 400; }
  [[nodiscard]] std::string what() const { return method + ' ' + path_template; }
};
using Visit = std::vector<Step>;  // in the order of requests

struct Visitors {
  std::string cookie;     // the name of the one that tells visitors apart; empty: something else does
  bool numbered = false;  // the transactions say whose they are; else, without a cookie, the client's address does
  std::uint64_t with_cookie = 0, requests = 0, values = 0;
};

struct Seen {
  Visitors visitors;
  std::vector<Visit> visits;
  std::uint64_t transactions = 0, assets = 0, beacons = 0, others = 0;  // others: OPTIONS, HEAD, upgrades
};

inline constexpr Duration kVisitIdle = 30 * kMinute;  // a longer pause begins another visit

Seen visits_of(std::vector<SeenTransaction> transactions, std::string_view beacon_path);

}  // namespace bellrock::cli
