// Frames that are sent to a cluster as agents send them, and what must be there in the end.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <span>
#include <thread>

#include "control/store/series_store.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {

// Of nodes of both shards.
inline constexpr const char* kNodes[] = {"edge-a", "edge-b", "edge-c", "edge-d"};

// When all servers are back: they may still be at it, for half a minute at most.
inline std::unique_ptr<StoreSnapshot> take_snapshot(SeriesStore& store) {
  for (int i = 0;; ++i) {
    auto taken = store.snapshot();
    if (taken.ok()) return std::move(taken).value();
    if (i == 300) {
      ADD_FAILURE() << taken.error().message;
      return nullptr;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

inline void expect_totals(SeriesStore& store, const Model& model, std::uint64_t frames_of_each, std::size_t nodes) {
  const auto taken = take_snapshot(store);
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(sums(*taken), model);
  const auto all = taken->conservation();
  ASSERT_TRUE(all.ok()) << all.error().message;
  EXPECT_EQ(all->recorded, all->kept + all->trimmed);
  const auto sources = taken->sources();
  ASSERT_TRUE(sources.ok()) << sources.error().message;
  ASSERT_EQ(sources->size(), nodes);
  for (const auto& source : *sources) {
    EXPECT_EQ(source.applied, frames_of_each) << source.node;
    EXPECT_EQ(source.unexplained, 0u) << source.node;
  }
}

// The same frame again until it is acknowledged, by whichever centre is there; how often it was in vain.
inline std::uint64_t send_until_taken(std::span<SeriesStore* const> centres, const control::DeltaFrame& frame) {
  const ReceivedFrame one = received(frame);
  for (std::uint64_t tries = 0;; ++tries) {
    const auto applied = centres[(frame.seq + tries) % centres.size()]->apply({&one, 1});
    if (applied.ok()) {
      EXPECT_LE(applied->at(0), Applied::kRepeated);
      return tries;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace bellrock::store
