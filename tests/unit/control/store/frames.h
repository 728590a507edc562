// Frames and a scratch folder for tests of the store.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>

#include "control/store/series_store.h"

namespace bellrock::store {

inline constexpr std::int64_t kStart = 1'700'000'000 - 1'700'000'000 % 3'600;  // a whole hour
inline constexpr std::int64_t kEver = std::int64_t{1} << 40;

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "bellrock_store_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline control::SeriesKey key(const char* journey, CellKind kind, const char* item = "", const char* detail = "",
                              CellScope scope = CellScope::kTotal) {
  return {journey, 7, kind, item, detail, scope, {}};
}

// A frame with a few random cells over some hours.
inline control::DeltaFrame any_frame(std::uint64_t seq, std::uint64_t seed, const std::string& node = "edge") {
  std::mt19937_64 random(seed * 1'000'003 + seq);
  control::DeltaFrame frame;
  frame.node = node;
  frame.boot[0] = 1;
  frame.board_id[0] = 2;
  frame.seq = seq;
  frame.oldest_seq_held = 1;
  frame.sent_unix_ms = kStart * 1'000;
  for (auto windows = 1 + random() % 3; windows > 0; --windows) {
    auto& window = frame.windows[kStart + 10 * static_cast<std::int64_t>(random() % 1'000)];
    window[key("checkout", CellKind::kStart)].n = random() % 5;
    window[key("checkout", CellKind::kOutcome, "success")].n = random() % 5;
    for (const char* verdict : {"good", "bad"}) {
      auto& h = window[key("checkout", CellKind::kObjective, "e2e", verdict)];
      h = {};
      for (auto i = random() % 6; i > 0; --i) {
        const std::uint64_t ns = 1'000'000'000 + random() % 100'000'000;
        h.min_ns = h.n == 0 ? ns : std::min(h.min_ns, ns);
        h.max_ns = std::max(h.max_ns, ns);
        h.sum_ns += ns;
        ++h.n;
        ++h.buckets[static_cast<std::int32_t>(random() % 8)];
      }
    }
    auto& dimensioned = window[{"search",
                                9,
                                CellKind::kObjective,
                                "fast",
                                "good",
                                CellScope::kDimensioned,
                                {{"device", random() % 2 ? "phone" : "desktop"}}}];
    dimensioned = {};
    dimensioned.n = random() % 4;
  }
  for (const auto& [start, window] : frame.windows) {
    for (const auto& [series, histogram] : window) frame.recorded += histogram.n;
  }
  return frame;
}

inline ReceivedFrame received(const control::DeltaFrame& frame, std::uint8_t digest = 0) {
  ReceivedFrame one{&frame, {}, kStart * 1'000 + 5};
  for (int i = 0; i < 8; ++i) one.digest[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(frame.seq >> (8 * i));
  one.digest[8] = digest;
  return one;
}

// What a plain map makes of frames: the oracle.
using Model = std::map<control::SeriesKey, control::Distribution>;
inline void add(Model& model, const control::DeltaFrame& frame, std::int64_t from = 0, std::int64_t to = kEver) {
  for (const auto& [start, window] : frame.windows) {
    if (start < from || start >= to) continue;
    for (const auto& [series, histogram] : window) {
      if (histogram.n != 0) merge(model[series], histogram);
    }
  }
}

inline Model sums(StoreSnapshot& snapshot, std::int64_t from = 0, std::int64_t to = kEver) {
  Model model;
  SeriesQuery query;
  query.from = from;
  query.to = to;
  const auto found = snapshot.sums(query);
  EXPECT_TRUE(found.ok()) << found.error().message;
  if (!found.ok()) return model;
  for (const auto& [series, total] : *found) model[series] = total;
  return model;
}

inline Model sums(SeriesStore& store, std::int64_t from = 0, std::int64_t to = kEver) {
  const auto snapshot = store.snapshot();
  EXPECT_TRUE(snapshot.ok()) << snapshot.error().message;
  return snapshot.ok() ? sums(**snapshot, from, to) : Model{};
}

}  // namespace bellrock::store
