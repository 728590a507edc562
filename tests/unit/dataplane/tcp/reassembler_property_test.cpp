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

// Until anything of the server is captured, that a client's segment answers it cannot be known.
bool server_is_seen_in_time(const Conversation& conversation) {
  for (const Segment& segment : conversation.segments()) {
    if (segment.flow.source.port == 80) return true;
    if (segment.acknowledgement != 0 && segment.acknowledgement != conversation.server.isn + 1) return false;
  }
  return false;
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
  if (start_known && both && server_is_seen_in_time(conversation)) expect_causal(conversation, records[0]);
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
  return more == nullptr ? 800 : std::strtoull(more, nullptr, 10);
}

TEST(ReassemblerProperty, CleanCapturesComeOutAsTheyWereSent) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) expect_exact(seed, {});
}

TEST(ReassemblerProperty, EveryCapturedByteComesOutOnceInItsPlaceWithTheTimeOfItsFirstCopy) {
  for (std::uint64_t seed = 0; seed < seeds() && !::testing::Test::HasFailure(); ++seed) {
    expect_exact(seed, random_impairments(seed));
  }
}

std::uint8_t kind_flags(std::mt19937_64& random) {
  constexpr unsigned kKinds[] = {tcp_flag::kSyn, tcp_flag::kSyn | tcp_flag::kAck, tcp_flag::kFin | tcp_flag::kAck,
                                 tcp_flag::kRst, tcp_flag::kRst | tcp_flag::kAck};
  return static_cast<std::uint8_t>(kKinds[random() % 5]);
}

TEST(ReassemblerProperty, SegmentsCutAnywhereGiveTheSameBytes) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Impairments impairments;
    impairments.repeated = 0.1;
    const Conversation conversation(seed, impairments);
    const std::vector<Recorder::Record> whole = reassemble(conversation);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{536}}) {
      const std::vector<Recorder::Record> pieces = reassemble(conversation, cut);
      ASSERT_EQ(pieces.size(), 1U);
      EXPECT_EQ(pieces[0].to_server.bytes, whole[0].to_server.bytes);
      EXPECT_EQ(pieces[0].to_client.bytes, whole[0].to_client.bytes);
      EXPECT_EQ(pieces[0].to_client.ends, whole[0].to_client.ends);
    }
  }
}

// A flow's record does not depend on which other flows its core has, nor on when expire is called.
TEST(ReassemblerProperty, FlowsDoNotInfluenceEachOther) {
  constexpr std::size_t kFlows = 40;
  std::vector<std::unique_ptr<Conversation>> conversations;
  std::vector<std::pair<Segment, std::size_t>> all;
  for (std::size_t i = 0; i < kFlows; ++i) {
    conversations.push_back(std::make_unique<Conversation>(i, random_impairments(i)));
    for (Segment segment : conversations[i]->segments()) {
      (segment.flow.source.port == 80 ? segment.flow.destination : segment.flow.source).address[14] =
          static_cast<std::uint8_t>(i);
      all.emplace_back(segment, i);
    }
  }
  std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.first.time < b.first.time; });

  const auto run = [&](std::size_t workers, std::size_t expire_every) {
    auto counters = std::make_unique<Counters>();
    std::vector<std::unique_ptr<Reassembler>> reassemblers;
    std::vector<Recorder> recorders(workers);
    for (std::size_t w = 0; w < workers; ++w) {
      reassemblers.push_back(std::make_unique<Reassembler>(
          ReassemblyLimits{.connections = 100, .idle = 250 * kMillisecond, .server_ports = kPorts}, SipKey{w, 2},
          *counters));
    }
    std::uint64_t ordinal = 0;
    for (const auto& [segment, flow] : all) {
      const std::size_t w = flow % workers;
      EXPECT_TRUE(reassemblers[w]->on_segment(segment, ordinal++, recorders[w]).ok());
      if (ordinal % expire_every == 0) {
        for (std::size_t i = 0; i < workers; ++i) reassemblers[i]->expire(segment.time, recorders[i]);
      }
    }
    std::map<std::uint64_t, std::string> logs;  // by first packet
    for (std::size_t w = 0; w < workers; ++w) {
      reassemblers[w]->close_all(all.back().first.time + kHour, recorders[w]);
      for (const Recorder::Record& record : recorders[w].records) {
        logs[record.info.first_ordinal] = record.log + std::to_string(record.closed_at.ns);
      }
    }
    return logs;
  };
  const auto alone = run(1, 1);
  EXPECT_GT(alone.size(), kFlows);  // some were idle for too long and began again
  EXPECT_EQ(run(1, 1'000'000), alone);
  EXPECT_EQ(run(2, 1), alone);
  EXPECT_EQ(run(4, 97), alone);
}

// Whatever comes: no more delivered than came, bounded memory, every connection closed.
TEST(ReassemblerProperty, HostileSegmentsDeliverNothingTwiceAndLeakNothing) {
  constexpr std::size_t kPoolBytes = 64 * kBlockBytes;
  std::mt19937_64 random(7);
  auto counters = std::make_unique<Counters>();
  Reassembler reassembler({.connections = 8, .idle = kSecond, .server_ports = kPorts, .out_of_order_bytes = kPoolBytes},
                          {3, 4}, *counters);
  Recorder recorder;
  const std::string payload(70'000, 'x');
  std::uint64_t came = 0;
  Instant now{kSecond};
  std::array<std::uint32_t, 2> bases{1'000, 0xffffff00};
  for (int i = 0; i < 60'000; ++i) {
    Segment segment;
    const unsigned flow = static_cast<unsigned>(random() % 12);
    const bool by_client = random() % 2 == 0;
    segment.flow.source.port = static_cast<std::uint16_t>(by_client ? 1'000 + flow : 80);
    segment.flow.destination.port = static_cast<std::uint16_t>(by_client ? 80 : 1'000 + flow);
    const auto near = [&](std::uint32_t base) {
      const unsigned kind = static_cast<unsigned>(random() % 20);
      if (kind == 0) return static_cast<std::uint32_t>(random());
      if (kind == 1) return base + static_cast<std::uint32_t>(random() % (1U << 27)) - (1U << 26);
      return base + static_cast<std::uint32_t>(random() % 5'000);
    };
    segment.sequence = near(bases[by_client]);
    segment.acknowledgement = near(bases[!by_client]);
    const unsigned kind = static_cast<unsigned>(random() % 64);
    segment.flags = static_cast<std::uint8_t>(kind == 0 ? kind_flags(random) : tcp_flag::kAck);
    segment.payload =
        bytes(std::string_view(payload).substr(0, random() % 50 == 0 ? random() % 70'000 : random() % 1'500));
    now.ns += static_cast<Duration>(random() % 2'000'000);
    segment.time = now;
    came += segment.payload.size();
    ASSERT_TRUE(reassembler.on_segment(segment, static_cast<std::uint64_t>(i), recorder).ok());
    if (i % 64 == 0) reassembler.expire(now, recorder);
    if (i % 5'000 == 0) bases = {bases[0] + 70'000'000, bases[1] + 3'000};
    ASSERT_LE(reassembler.live(), 8U);
  }
  reassembler.close_all(now, recorder);
  EXPECT_TRUE(recorder.open.empty());
  EXPECT_EQ(reassembler.out_of_order_blocks_free(), kPoolBytes / kBlockBytes);
  std::uint64_t delivered = 0;
  for (const Recorder::Record& record : recorder.records) {
    for (const Recorder::Stream* stream : {&record.to_server, &record.to_client}) {
      for (const auto& [bytes, time] : stream->at) delivered += bytes;
    }
  }
  EXPECT_GT(delivered, 0U);
  const std::uint64_t thrown = counters->pending(counter::id(StreamCount::kOutOfOrderEvictedBytes));
  const std::uint64_t repeated = counters->pending(counter::id(StreamCount::kRetransmittedBytes));
  EXPECT_LE(delivered + thrown + repeated, came);
}

}  // namespace
}  // namespace bellrock::tcp
