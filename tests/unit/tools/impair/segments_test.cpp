#include "tools/impair/segments.h"

#include <gtest/gtest.h>

#include "dataplane/wire/checksum.h"
#include "tests/unit/tools/impair/packets.h"

namespace bellrock::impair {
namespace {

constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kUrg = 0x20, kCwr = 0x80;

std::uint8_t flags_of(const Frame& frame) { return frame[find_tcp(frame)->at + 13]; }
std::uint32_t sequence_of(const Frame& frame) { return load_be32(&frame[find_tcp(frame)->at + 4]); }

// Every law of a cut, for one frame and one range of sizes.
void check_pieces(const TcpFrame& wanted, PieceSizes sizes, std::uint64_t seed) {
  const Frame whole = build(wanted);
  traffic::Random random(seed);
  const std::vector<Frame> pieces = cut(whole, sizes, random);
  ASSERT_FALSE(pieces.empty());
  std::string together;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Frame& piece = pieces[i];
    const auto tcp = find_tcp(piece);
    ASSERT_TRUE(tcp);
    const std::string payload = payload_of(piece);
    EXPECT_EQ(sequence_of(piece), wanted.sequence + static_cast<std::uint32_t>(together.size()));
    together += payload;
    const bool last = i + 1 == pieces.size();
    EXPECT_LE(payload.size(), sizes.max);
    EXPECT_GE(payload.size(), last ? 1U : sizes.min);
    EXPECT_EQ(flags_of(piece) & (kPsh | kFin), last ? wanted.flags & (kPsh | kFin) : 0);
    EXPECT_EQ(flags_of(piece) & kCwr, i == 0 ? wanted.flags & kCwr : 0);
    EXPECT_EQ(flags_of(piece) & ~(kPsh | kFin | kCwr), wanted.flags & ~(kPsh | kFin | kCwr));
    EXPECT_TRUE(tcp_checksum_is_right(piece, *tcp));
    EXPECT_EQ(tcp->ip.end, piece.size()) << "padding stays behind";
    if (!wanted.v6) {
      EXPECT_TRUE(wire::sum_is_valid(wire::add_to_sum(0, Bytes(piece).subspan(tcp->ip.at, 20))));
      EXPECT_EQ(load_be16(&piece[tcp->ip.at + 4]), static_cast<std::uint16_t>(0xfffe + i));
    }
  }
  EXPECT_EQ(together, wanted.payload);
}

TEST(Cut, KeepsEveryByteInItsPlaceWhateverTheSizes) {
  std::uint64_t seed = 0;
  for (const bool v6 : {false, true}) {
    for (const int tags : {0, 1, 2}) {
      for (const PieceSizes sizes : {PieceSizes{1, 1}, {1, 64}, {3, 7}, {100, 100}, {1, 1'399}}) {
        for (const std::size_t bytes : {1'400U, 1'448U}) {
          check_pieces({.v6 = v6, .vlan_tags = tags, .payload = some_text(bytes)}, sizes, ++seed);
        }
      }
    }
  }
}

TEST(Cut, PutsFlagsWhereTheSenderWould) {
  for (const std::uint8_t flags : std::initializer_list<std::uint8_t>{0x10, 0x11, 0x18, 0x19, 0x90, 0x99}) {
    check_pieces({.flags = flags, .payload = some_text(50)}, {1, 9}, flags);
  }
}

TEST(Cut, WrapsSequenceNumbersAround) {
  check_pieces({.sequence = 0xffff'fff0, .payload = some_text(100)}, {1, 5}, 1);
  check_pieces({.option_words = 10, .payload = some_text(100)}, {1, 5}, 1);
}

TEST(Cut, LeavesThePaddingOfShortFramesOut) {
  check_pieces({.option_words = 0, .padding = 4, .payload = some_text(2)}, {1, 1}, 1);
}

TEST(Cut, LeavesAloneWhatItCannotCut) {
  traffic::Random random(1);
  const auto left_alone = [&](const Frame& frame, PieceSizes sizes = {1, 10}) {
    return cut(frame, sizes, random).empty();
  };
  const std::string payload = some_text(100);
  EXPECT_TRUE(left_alone(build({.payload = payload}), {0, 0})) << "not asked to";
  EXPECT_TRUE(left_alone(build({.payload = payload}), {1, 100})) << "small enough";
  EXPECT_TRUE(left_alone(build({})));
  for (const std::uint8_t flag : {kSyn, kUrg}) {
    EXPECT_TRUE(left_alone(build({.flags = static_cast<std::uint8_t>(0x10 | flag), .payload = payload})));
  }
  EXPECT_TRUE(left_alone(build({.flags = kRst, .payload = payload})));
  EXPECT_TRUE(left_alone(arp()));
  Frame broken = build({.payload = payload});
  broken.back() ^= 1;
  EXPECT_TRUE(left_alone(broken)) << "a new checksum would hide the damage";
  Frame fragment = build({.payload = payload});
  fragment[20] = 0x20;
  EXPECT_TRUE(left_alone(fragment));
  Frame udp = build({.payload = payload});
  udp[23] = 17;
  EXPECT_TRUE(left_alone(udp));
}

}  // namespace
}  // namespace bellrock::impair
