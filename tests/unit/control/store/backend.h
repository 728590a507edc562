// The back end that the tests of the store's interface run on: each binary that holds them links one.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "control/store/series_store.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {

// One store, empty at first and gone at the end. It can be opened, closed and opened again, in a forked child too.
class Backend {
 public:
  Backend() = default;
  virtual ~Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  virtual Result<std::unique_ptr<SeriesStore>, StoreError> try_open_with(const SeriesLimits& limits) = 0;
  Result<std::unique_ptr<SeriesStore>, StoreError> try_open() { return try_open_with({}); }
  // How often a process that writes to it is killed.
  [[nodiscard]] virtual int kills() const { return 30; }
  // Looks into the tables: every hour of every series is what its windows and minutes add up to, as far as those are
  // kept, and there are hours.
  virtual void expect_hours_are_their_parts(std::int64_t kept_from) = 0;

  std::unique_ptr<SeriesStore> open(const SeriesLimits& limits = {}) {
    auto store = try_open_with(limits);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return std::move(store).value();
  }
};

std::unique_ptr<Backend> make_backend();
// How often a test with random input is repeated on this back end, of so many times at most.
std::uint64_t rounds(std::uint64_t most);

// All in one step, where a test is not about steps.
inline void apply_together(SeriesStore& store, const std::vector<control::DeltaFrame>& frames) {
  std::vector<ReceivedFrame> batch;
  for (const auto& frame : frames) batch.push_back(received(frame));
  const auto applied = store.apply(batch);
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  for (const Applied one : *applied) EXPECT_EQ(one, Applied::kApplied);
}

inline std::vector<control::DeltaFrame> any_frames(std::uint64_t count, std::uint64_t seed) {
  std::vector<control::DeltaFrame> frames;
  for (std::uint64_t seq = 1; seq <= count; ++seq) frames.push_back(any_frame(seq, seed));
  return frames;
}

}  // namespace bellrock::store
