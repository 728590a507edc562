#include "dataplane/tcp/out_of_order_store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace bellrock::tcp {
namespace {

constexpr OutOfOrderStore::Room kRoom{1'000, 1'000};

TEST(OutOfOrderStore, KeepsTheFirstCopyOfEveryByteInOrderLikeAMap) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    OutOfOrderStore store(1 << 20);
    PieceQueue queue;
    const std::uint32_t base = round % 2 == 0 ? 0xfffff000 : 7;    // half of them wrap
    std::map<std::uint32_t, std::pair<char, std::int64_t>> model;  // by offset
    std::uint64_t conflicts = 0;
    std::uint64_t repeats = 0;
    OutOfOrderStore::Repeated repeated;
    for (int i = 0; i < 60; ++i) {
      const auto offset = static_cast<std::uint32_t>(random() % 8'000);
      std::string text(1 + random() % (random() % 4 == 0 ? 5'000 : 20), ' ');
      for (char& c : text) c = static_cast<char>('a' + random() % 3);
      for (std::uint32_t k = 0; k < text.size(); ++k) {
        const auto [at, fresh] = model.try_emplace(offset + k, text[k], i);
        repeats += fresh ? 0U : 1U;
        conflicts += !fresh && at->second.first != text[k] ? 1U : 0U;
      }
      Piece piece{base + offset, static_cast<std::uint32_t>(i), {i}, bytes(text)};
      ASSERT_EQ(store.insert(queue, piece, kRoom, repeated), StoreResult::kStored);
    }
    EXPECT_EQ(repeated.bytes, repeats);
    EXPECT_EQ(repeated.conflicting, conflicts);
    std::size_t runs = 0;
    std::uint32_t previous = 0xffffffff;
    for (const auto& [offset, byte] : model) {
      runs += model.begin()->first == offset || offset != previous + 1 ? 1U : 0U;
      previous = offset;
    }
    EXPECT_EQ(queue.runs, runs);
    for (auto expected = model.begin(); expected != model.end();) {
      ASSERT_FALSE(queue.empty());
      const Piece piece = store.front(queue);
      for (std::uint32_t k = 0; k < piece.bytes.size(); ++k, ++expected) {
        ASSERT_EQ(piece.sequence + k, base + expected->first);
        ASSERT_EQ(piece.bytes[k], expected->second.first);
        ASSERT_EQ(piece.time.ns, expected->second.second);
        ASSERT_EQ(piece.ack, static_cast<std::uint32_t>(expected->second.second));
      }
      store.pop(queue);
    }
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.runs, 0);
    EXPECT_EQ(queue.blocks, 0);
    EXPECT_EQ(store.free_blocks(), (1U << 20) / kBlockBytes);
  }
}

TEST(OutOfOrderStore, PacksOneByteSegments) {
  OutOfOrderStore store(1 << 20);
  PieceQueue queue;
  OutOfOrderStore::Repeated repeated;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    Piece piece{i, 0, {i}, bytes("x")};
    ASSERT_EQ(store.insert(queue, piece, kRoom, repeated), StoreResult::kStored);
  }
  EXPECT_LE(queue.blocks, 10'000 * 17 / kBlockBytes);
}

TEST(OutOfOrderStore, AFullPoolTakesWhatItCanAndSaysWhereItStopped) {
  OutOfOrderStore store(2 * kBlockBytes);
  PieceQueue queue;
  OutOfOrderStore::Repeated repeated;
  const std::string text(10'000, 'x');
  Piece piece{100, 0, {1}, bytes(text)};
  EXPECT_EQ(store.insert(queue, piece, kRoom, repeated), StoreResult::kPoolFull);
  EXPECT_EQ(store.free_blocks(), 0U);
  const std::uint32_t kept = piece.sequence - 100;
  EXPECT_GT(kept, kBlockBytes);
  EXPECT_EQ(store.clear(queue), kept);
  EXPECT_EQ(store.free_blocks(), 2U);
}

TEST(OutOfOrderStore, HonoursTheRoomOfTheConnection) {
  OutOfOrderStore store(1 << 20);
  PieceQueue queue;
  OutOfOrderStore::Repeated repeated;
  Piece first{0, 0, {1}, bytes("a")};
  EXPECT_EQ(store.insert(queue, first, {1, 1}, repeated), StoreResult::kStored);
  Piece apart{10, 0, {1}, bytes("b")};
  EXPECT_EQ(store.insert(queue, apart, {5, 0}, repeated), StoreResult::kConnectionFull);
  EXPECT_EQ(store.insert(queue, apart, {0, 5}, repeated), StoreResult::kConnectionFull);
  Piece joined{1, 0, {1}, bytes("b")};
  EXPECT_EQ(store.insert(queue, joined, {0, 0}, repeated), StoreResult::kStored) << "needs neither";
}

}  // namespace
}  // namespace bellrock::tcp
