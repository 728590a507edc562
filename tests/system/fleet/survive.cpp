#include "tests/system/fleet/survive.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "tests/system/fleet/held.h"
#include "tests/system/fleet/storm.h"

namespace bellrock::fleet {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void print(const Storm& storm, double seconds) {
  const auto& tally = storm.tally();
  std::cout << tally.all() << " faults in " << tally.rounds << " rounds and " << seconds << " s:";
  for (std::size_t i = 0; i < kFaultNames.size(); ++i) std::cout << ' ' << tally.faults[i] << ' ' << kFaultNames[i];
  std::cout << "\n"
            << storm.truth().frames << " frames with " << storm.truth().deltas << " deltas and "
            << storm.truth().recorded << " counts of " << storm.truth().sources.size() << " sources; " << tally.requests
            << " requests, of them applied " << tally.applied << ", repeated " << tally.repeated
            << ", without an answer though nothing was done to them " << tally.unanswered << "; " << tally.failed_starts
            << " starts failed on a full disk, " << tally.starts_by_hand
            << " of the store were asked for, the store failed in " << tally.disk_bites << " rounds at least\n";
}

}  // namespace

void survive(Backend& backend, const config::Loaded& loaded) {
  PlanOptions options;
  options.seed = from_environment("BELLROCK_FLEET_SEED", 1);
  options.nodes = 200;
  options.from = now() / 60 * 60 - 3 * 3'600;
  options.to = options.from + 3 * 3'600;
  options.attempts_per_minute = 3'000;
  options.planted = {2, 1, 1, 0, 0, 0};
  const Plan plan = make_plan(options, loaded.definition);
  Storm storm(backend, plan, loaded);
  const auto begin = std::chrono::steady_clock::now();
  std::string why;
  ASSERT_TRUE(backend.start(why)) << why;
  storm.rage(from_environment("BELLROCK_FLEET_FAULTS", 400));
  EXPECT_TRUE(storm.calm()) << "some frames were never answered";
  backend.stop();
  print(storm, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  EXPECT_EQ(storm.refused(), 0u);
  const std::size_t sorts = backend.kill_store() ? kFaultNames.size() : kFaultNames.size() - 1;
  for (std::size_t i = 0; i < sorts; ++i) EXPECT_GT(storm.tally().faults[i], 0u) << kFaultNames[i];
  ASSERT_TRUE(backend.start_store());  // what it holds is read after one more kill
  // Each frame has changed the counts once, whatever was answered.
  EXPECT_LE(storm.tally().applied, storm.truth().frames);
  const auto store = backend.open();
  const auto snapshot = store->snapshot();
  ASSERT_TRUE(snapshot.ok());
  for (const auto& line : differences(**snapshot, storm.truth())) ADD_FAILURE() << line;
}

}  // namespace bellrock::fleet
