// One shopper's visit: what is looked at, searched, bought or given up, and the truth about it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/traffic/beacon_text.h"
#include "tools/traffic/ledger.h"
#include "tools/traffic/visitor.h"

namespace bellrock::traffic {

// What a visit leaves behind.
struct Visit {
  std::vector<std::unique_ptr<Connection>> connections;  // sealed
  std::vector<AttemptTruth> attempts;
  std::uint64_t orphan_success = 0, late_success = 0, duplicate_success = 0, bad_client_duration = 0;
  std::size_t transactions = 0;
};

class Shopper {
 public:
  Shopper(const Options& options, std::uint64_t seed, Place place, std::int64_t now_us);
  Visit visit();

 private:
  // What shoppers look at.
  void home();
  void product();
  void add_to_cart();
  void assets();
  void feedback();
  // Searching.
  void search();
  void search_answered(const Ask& ask);
  void results_shown(double search_ms);
  // Buying.
  void checkout();
  void address();
  bool pay(bool again);
  void confirmed(std::int64_t paid_us);
  void confirm_late();
  std::uint64_t confirm_orphan();
  std::string clock_attr(JourneyName journey, std::string_view name, double ms);
  // Saying and asking.
  std::int64_t say(const std::vector<Saying>& sayings);
  void say_invalid();
  Saying vitals() const;
  Saying step(std::string name, bool ok, std::string attrs = {});
  Done page(std::string target, Route route, Answer answer);
  Answer html(double median_bytes, double latency_ms);
  void think(double median_s);
  void show(std::string path, Route route);
  Ask payment() const;

  const Options& options_;
  Visitor visitor_;
  Sender sender_;
  Ledger ledger_;
  Visit visit_;
  std::int64_t now_us_;
  std::int64_t skew_ms_ = 0;  // of the browser's clock
  std::int64_t page_started_us_ = 0;
  std::int64_t last_activity_us_ = 0;
  std::string path_ = "/";
  Route route_ = Route::kHome;
};

// A crawler: no cookie, no beacons, old HTTP now and then. Counts as traffic, never as an attempt.
Visit robot_visit(const Options& options, std::uint64_t seed, Place place, std::int64_t now_us);

}  // namespace bellrock::traffic
