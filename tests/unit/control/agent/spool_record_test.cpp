#include "control/agent/spool_record.h"

#include <gtest/gtest.h>

namespace bellrock::agent {
namespace {

RecordMeta some_meta() {
  RecordMeta meta{.number = 9,
                  .seq = 7,
                  .parts = {{0, 3, 100}, {1, 4, -1}},
                  .ledger = new_ledger({}, 2, false),
                  .appended_unix_ms = 1'700'000'000'000,
                  .replaces = 8};
  meta.boot.fill(1);
  meta.digest.fill(2);
  meta.snapshot.fill(3);
  meta.ledger.board_id.fill(4);
  meta.ledger.epochs = {3, 4};
  meta.ledger.closed = true;
  meta.ledger.harvested = 1ull << 60;
  meta.ledger.edge = {true, 1'700'000'000'001};
  meta.ledger.journeys["checkout"] = {5, 6, 7};
  return meta;
}

TEST(SpoolRecord, ReadsWhatItWrote) {
  const RecordMeta meta = some_meta();
  const std::string file = encode_record(meta, bytes("first")) + encode_record(meta, bytes("second"));
  const auto first = read_record(bytes(file), 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(file.substr(first->frame_offset, first->frame_bytes), "first");
  EXPECT_EQ(first->meta.number, 9u);
  EXPECT_EQ(first->meta.boot, meta.boot);
  EXPECT_EQ(first->meta.seq, 7u);
  EXPECT_EQ(first->meta.digest, meta.digest);
  EXPECT_EQ(first->meta.snapshot, meta.snapshot);
  ASSERT_EQ(first->meta.parts.size(), 2u);
  EXPECT_EQ(first->meta.parts[1].window, -1);
  EXPECT_EQ(first->meta.ledger, meta.ledger);
  EXPECT_EQ(first->meta.appended_unix_ms, meta.appended_unix_ms);
  EXPECT_EQ(first->meta.replaces, 8u);
  const auto second = read_record(bytes(file), first->end);
  ASSERT_TRUE(second);
  EXPECT_EQ(file.substr(second->frame_offset, second->frame_bytes), "second");
  EXPECT_EQ(second->end, file.size());
  EXPECT_FALSE(read_record(bytes(file), second->end));
}

TEST(SpoolRecord, NoCutAndNoFlippedBitPasses) {
  const std::string record = encode_record(some_meta(), bytes("a frame"));
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(read_record(bytes(record.substr(0, size)), 0)) << size;
  }
  for (std::size_t at = 0; at < record.size() * 8; ++at) {
    std::string damaged = record;
    damaged[at / 8] = static_cast<char>(damaged[at / 8] ^ (1 << (at % 8)));
    EXPECT_FALSE(read_record(bytes(damaged), 0)) << at;
  }
}

}  // namespace
}  // namespace bellrock::agent
