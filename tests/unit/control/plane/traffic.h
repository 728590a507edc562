// Minutes of attempts of the shop's checkout, applied to a centre as time goes by.
#pragma once

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {

// Frames of one minute each, sent as time goes by.
struct Traffic {
  explicit Traffic(Centre& c) : centre(c) {}

  void minute(std::uint64_t good, std::uint64_t bad) { minutes(1, good, bad); }

  // All of them in one commit.
  void minutes(int n, std::uint64_t good, std::uint64_t bad) {
    std::vector<control::DeltaFrame> frames;
    for (int i = 0; i < n; ++i, at += 60) frames.push_back(frame(good, bad));
    std::vector<store::ReceivedFrame> received;
    for (const auto& one : frames) {
      received.push_back({&one, {}, one.sent_unix_ms});
      received.back().digest[0] = static_cast<std::uint8_t>(one.seq);
      received.back().digest[1] = static_cast<std::uint8_t>(one.seq >> 8);
    }
    const auto applied = centre.store->apply(received);
    ASSERT_TRUE(applied.ok());
    for (const auto one : *applied) ASSERT_EQ(one, store::Applied::kApplied);
    centre.now = at + kWatchSettleSeconds;
  }

  control::DeltaFrame frame(std::uint64_t good, std::uint64_t bad) {
    control::DeltaFrame frame;
    frame.node = "edge";
    frame.boot[0] = 9;
    frame.seq = frame.oldest_seq_held = ++seq;
    frame.sent_unix_ms = (at + 60) * 1'000;
    auto& cells = frame.windows[at + 20];
    cells[series(CellKind::kObjective, "success", "good")].n = good;
    cells[series(CellKind::kObjective, "success", "bad")].n = bad;
    auto phone = series(CellKind::kObjective, "success", "bad");
    phone.scope = CellScope::kDimensioned;
    phone.dimensions = {{"device", "phone"}};
    cells[phone].n = bad;
    for (const auto& [key, histogram] : cells) frame.recorded += histogram.n;
    return frame;
  }

  Centre& centre;
  std::int64_t at = store::kStart;
  std::uint64_t seq = 0;
};

}  // namespace bellrock::plane
