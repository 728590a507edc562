#include <cstdlib>
#include <memory>

#include "tests/unit/dataplane/tcp/conversation.h"
#include "tests/unit/dataplane/tcp/recorder.h"

namespace bellrock::tcp {
namespace {

constexpr std::uint16_t kPorts[] = {80};

// Runs a conversation's segments; `cut` hands every payload over in pieces, as if segments had been smaller.
std::vector<Recorder::Record> reassemble(const Conversation& conversation, std::size_t cut = 0) {
  auto counters = std::make_unique<Counters>();
  Reassembler reassembler({.connections = 4, .server_ports = kPorts, .out_of_order_bytes = 1 << 20}, {1, 2}, *counters);
  Recorder recorder;
  std::uint64_t ordinal = 0;
  Instant last{};
  for (const Segment& whole : conversation.segments()) {
    last = whole.time;
    Segment rest = whole;
    while (cut != 0 && rest.payload.size() > cut) {
      Segment piece = rest;
      piece.payload = rest.payload.first(cut);
      piece.flags = static_cast<std::uint8_t>(piece.flags & ~tcp_flag::kFin);
      EXPECT_TRUE(reassembler.on_segment(piece, ordinal, recorder).ok());
      rest.payload = rest.payload.subspan(cut);
      rest.sequence += static_cast<std::uint32_t>(cut);
    }
    EXPECT_TRUE(reassembler.on_segment(rest, ordinal++, recorder).ok());
  }
  reassembler.close_all(last, recorder);
  EXPECT_EQ(reassembler.out_of_order_blocks_free(), (1U << 20) / kBlockBytes) << "blocks leaked";
  EXPECT_TRUE(recorder.open.empty());
  return recorder.records;
}

std::string without_edges(std::string text, bool front) {
  text.resize(text.find_last_not_of('?') + 1);
  if (front) text.erase(0, std::min(text.find_first_not_of('?'), text.size()));
  return text;
}

// Every captured byte in place and once, each with the time of its first copy, nothing else.
void expect_stream(const Conversation::Side& side, const Recorder::Stream& stream, bool start_known) {
  const std::string painted = Conversation::painted(side);
  const std::string got = without_edges(stream.bytes, !start_known);
  const std::string want = without_edges(painted, !start_known);
  const auto differs =
      static_cast<std::size_t>(std::mismatch(got.begin(), got.end(), want.begin(), want.end()).first - got.begin());
  ASSERT_EQ(got.substr(differs, 60), want.substr(differs, 60)) << "from offset " << differs << " of " << want.size();
  const std::size_t first = start_known ? 0 : painted.find_first_not_of('?');
  std::size_t offset = first == std::string::npos ? 0 : first;
  for (const auto& [bytes, time] : stream.at) {
    while (offset < painted.size() && painted[offset] == '?') ++offset;
    for (std::size_t i = 0; i < bytes; ++i, ++offset) ASSERT_EQ(side.captured[offset], time) << "at offset " << offset;
  }
  if (side.fin_captured && start_known) {
    EXPECT_EQ(stream.ends, 1U);
    EXPECT_EQ(stream.ended, *side.fin_captured);
  }
}

// No byte of a side before what its sender had received of the other; one missing byte cannot be told from a FIN.
void expect_causal(const Conversation& conversation, const Recorder::Record& record) {
  std::size_t to_server = 0;
  std::size_t to_client = 0;
  for (const auto& [direction, bytes] : record.advances) {
    const bool request = direction == Direction::kToServer;
    const Conversation::Side& from = request ? conversation.client : conversation.server;
    std::size_t& mine = request ? to_server : to_client;
    const std::size_t other = request ? to_client : to_server;
    for (std::size_t i = mine; i < mine + bytes && i < from.bytes.size(); ++i) {
      if (!from.captured[i]) continue;
      ASSERT_LE(from.needs[i], other + 1) << "byte " << i;
    }
    mine += bytes;
  }
}

void expect_exact(std::uint64_t seed, const Impairments& impairments) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  const Conversation conversation(seed, impairments);
  if (conversation.segments().empty()) return;
  const std::vector<Recorder::Record> records = reassemble(conversation);
  ASSERT_EQ(records.size(), 1U);
  const bool start_known = conversation.client.syn_captured && conversation.server.syn_captured;
  const bool both = impairments.to_server && impairments.to_client;
  EXPECT_EQ(records[0].info.client.port, 40'000);
  expect_stream(conversation.client, records[0].to_server, start_known);
  expect_stream(conversation.server, records[0].to_client, start_known);
  if (start_known && both) expect_causal(conversation, records[0]);
}

Impairments random_impairments(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto chance = [&](double most) {
    return random() % 2 == 0 ? 0.0 : std::uniform_real_distribution<>(0, most)(random);
  };
  Impairments i;
  // Tiny segments: fewer of them missed or swapped, so that there are never more than kHolesMax holes.
  const bool tiny = random() % 3 == 0;
  i.segment_bytes = tiny ? 1 + static_cast<unsigned>(random() % 20) : 1'400;
  i.uncaptured = chance(tiny ? 0.02 : 0.3);
  i.repeated = chance(tiny ? 0.02 : 0.3);
  i.mirrors = random() % 3 == 0 ? 2 : 1;
  i.jitter = random() % 2 == 0 ? 0 : static_cast<Duration>(1 + random() % (tiny ? 5 : 20)) * kMillisecond;
  i.handshake = random() % 4 != 0;
  i.fins = random() % 4 != 0;
  if (random() % 8 == 0) i.to_client = false;
  if (i.to_client && random() % 8 == 0) i.to_server = false;
  return i;
}

// BELLROCK_SEEDS runs more of them.
std::uint64_t seeds() {
  const char* more = std::getenv("BELLROCK_SEEDS");
  return more == nullptr ? 1'500 : std::strtoull(more, nullptr, 10);
}

TEST(ReassemblerProperty, CleanCapturesComeOutAsTheyWereSent) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) expect_exact(seed, {});
}

TEST(ReassemblerProperty, EveryCapturedByteComesOutOnceInItsPlaceWithTheTimeOfItsFirstCopy) {
  for (std::uint64_t seed = 0; seed < seeds() && !::testing::Test::HasFailure(); ++seed) {
    expect_exact(seed, random_impairments(seed));
  }
}

}  // namespace
}  // namespace bellrock::tcp
