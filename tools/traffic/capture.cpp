#include "tools/traffic/capture.h"

#include <algorithm>
#include <array>
#include <map>

#include "tools/traffic/frame.h"
#include "tools/traffic/impair.h"

namespace bellrock::traffic {
namespace {

constexpr std::int64_t kNeverUs = INT64_MAX;
constexpr std::uint64_t kCaptureStream = 0x63617074;  // keeps chance here apart from the shoppers'

// Byte ranges that were captured, disjoint and rising.
struct Range {
  std::uint32_t begin, end;
};
template <typename Seen>
std::vector<Range> covered(const std::vector<Seen>& seen, bool with_late) {
  std::vector<Range> ranges;
  ranges.reserve(seen.size());
  for (const Seen& s : seen) {
    if (with_late || !s.late) ranges.push_back({s.begin, s.end});
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::vector<Range> merged;
  for (const Range& r : ranges) {
    if (!merged.empty() && r.begin <= merged.back().end)
      merged.back().end = std::max(merged.back().end, r.end);
    else
      merged.push_back(r);
  }
  return merged;
}
bool contains(const std::vector<Range>& ranges, std::uint32_t begin, std::uint32_t end) {
  if (begin == end) return true;
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& r) { return r.begin <= begin && end <= r.end; });
}

// When a stream was captured without a hole from its start up to some byte.
class Prefix {
 public:
  template <typename Seen>
  Prefix(const std::vector<Seen>& seen, std::uint32_t start) : start_(start) {
    std::map<std::uint32_t, std::uint32_t> ahead;  // ranges behind a hole: begin, end
    std::uint32_t end = start;
    for (const Seen& s : seen) {
      std::uint32_t& known = ahead[s.begin];
      known = std::max(known, s.end);
      const std::uint32_t before = end;
      while (!ahead.empty() && ahead.begin()->first <= end) {
        end = std::max(end, ahead.begin()->second);
        ahead.erase(ahead.begin());
      }
      if (end > before) steps_.push_back({end, s.time_us});
    }
  }
  std::int64_t complete_us(std::uint32_t offset) const {
    if (offset <= start_) return 0;
    const auto found = std::find_if(steps_.begin(), steps_.end(), [&](const Step& step) { return step.end >= offset; });
    return found == steps_.end() ? kNeverUs : found->time_us;
  }

 private:
  struct Step {
    std::uint32_t end;
    std::int64_t time_us;
  };
  std::uint32_t start_;
  std::vector<Step> steps_;
};

}  // namespace

Capture::Capture(const Options& options, PcapOut& out, Truth& truth)
    : options_(options), out_(out), truth_(truth), random_(derive(options.seed, kCaptureStream)) {
  for (std::uint32_t i = 0; i < options.gaps; ++i) {
    const std::int64_t begin = (options.start_s * 1'000'000) + random_.between(0, options.duration_s * 1'000'000);
    gaps_.emplace_back(begin, begin + random_.between(50'000, 500'000));
  }
}

void Capture::add(std::unique_ptr<Connection> connection) {
  auto live = std::make_unique<Live>();
  live->id = next_id_++;
  live->connection = std::move(connection);
  Random own(derive(options_.seed ^ kCaptureStream, live->id));
  impair(*live->connection, options_, own, truth_);
  if (own.chance(options_.mid_stream)) choose_mid_stream(*live);
  live_.push(std::move(live));
}

// Half of the cuts fall between two transactions, half anywhere.
void Capture::choose_mid_stream(Live& live) {
  Connection& c = *live.connection;
  const std::size_t count = c.transactions.size();
  if (count >= 2 && random_.chance(0.5)) {
    const TransactionTruth& first = c.transactions[1 + random_.below(count - 1)];
    live.hidden_before_us = c.time_of(Direction::kToServer, first.request_begin) - 1;
  } else {
    live.hidden_before_us = c.packets()[random_.below(c.packets().size())].time_us;
  }
}

void Capture::write_before(std::int64_t time_us) {
  while (!live_.empty() && live_.top()->time_us() < time_us) {
    // priority_queue gives no way to move its top out; the element is popped at once.
    std::unique_ptr<Live> live = std::move(const_cast<std::unique_ptr<Live>&>(live_.top()));
    live_.pop();
    emit(*live);
    if (live->next < live->connection->packets().size())
      live_.push(std::move(live));
    else
      settle(*live);
  }
}

void Capture::finish() { write_before(INT64_MAX); }

bool Capture::hidden(const Live& live, const PlannedPacket& packet) {
  if (packet.time_us < live.hidden_before_us) return true;
  if (options_.one_way == OneWay::kClient && packet.direction == Direction::kToClient) return true;
  if (options_.one_way == OneWay::kServer && packet.direction == Direction::kToServer) return true;
  for (const auto& [begin, end] : gaps_) {
    if (packet.time_us >= begin && packet.time_us < end) return true;
  }
  return options_.loss > 0 && random_.chance(options_.loss);
}

void Capture::emit(Live& live) {
  const PlannedPacket& packet = live.connection->packets()[live.next++];
  if (hidden(live, packet)) {
    ++truth_.loss_packets;
    return;
  }
  live.saw_syn |= (packet.flags & tcp_flag::kSyn) != 0;
  if (live.stream < 0) live.stream = static_cast<std::int64_t>(truth_.connections++);
  const auto side = static_cast<std::size_t>(packet.direction);
  if (packet.sequence > 0) live.from[side] = std::min(live.from[side], packet.sequence - 1);
  std::string_view payload;
  if (packet.payload_bytes > 0) {
    const std::uint32_t begin = packet.sequence - 1;
    if (packet.acknowledgement > 0) live.from[1 - side] = std::min(live.from[1 - side], packet.acknowledgement - 1);
    payload = live.connection->stream(packet.direction).substr(begin, packet.payload_bytes);
    if (packet.kind != PacketKind::kConflict) {
      live.seen[side].push_back(
          {begin, begin + packet.payload_bytes, packet.time_us, packet.kind == PacketKind::kCopy});
    }
  }
  std::array<std::uint8_t, kFrameBytesMax> frame;
  write(packet.time_us, frame.data(),
        build_frame(frame.data(), live.connection->spec(), packet, payload, options_.link));
  if (options_.noise > 0) maybe_noise(packet.time_us);
}

void Capture::write(std::int64_t time_us, const std::uint8_t* frame, std::size_t bytes) {
  out_.write(time_us, frame, bytes);
  if (truth_.packets == 0) truth_.first_ns = time_us * 1'000;
  truth_.last_ns = time_us * 1'000;
  ++truth_.packets;
  truth_.bytes += bytes;
}

void Capture::maybe_noise(std::int64_t time_us) {
  if (!random_.chance(options_.noise)) return;
  constexpr std::array kKinds{Noise::kArp, Noise::kUdp, Noise::kFragment, Noise::kIcmp};
  std::array<std::uint8_t, kFrameBytesMax> frame;
  std::string_view reason;
  const Noise noise = random_.pick(kKinds);
  const std::size_t bytes =
      build_noise(frame.data(), noise, options_.link, static_cast<std::uint16_t>(truth_.packets), reason);
  write(time_us, frame.data(), bytes);
  ++truth_.noise[std::string(reason)];
}

std::int64_t Capture::first_seen_ns(const std::vector<Seen>& seen, std::uint32_t offset) {
  for (const Seen& s : seen) {
    if (s.begin <= offset && offset < s.end) return s.time_us * 1'000;
  }
  return 0;
}

void Capture::complete_times(const Live& live, TransactionTruth& t) {
  t.stream = live.stream;
  t.request_first_ns = first_seen_ns(live.seen[0], t.request_begin);
  t.request_last_ns = t.request_cut ? 0 : first_seen_ns(live.seen[0], t.request_end - 1);
  if (t.response_end == t.response_begin) return;
  t.response_first_ns = first_seen_ns(live.seen[1], t.response_begin);
  t.response_last_ns = first_seen_ns(live.seen[1], t.response_end - 1);
}

// A transaction comes after a gap if, when its answer was first seen, bytes before it had not been captured, or if the
// capture of its connection did not begin exactly where a transaction begins on both sides. With two requests before
// the first answer, HTTP alone does not say which of them it belongs to: not a good beginning either. Bytes of its own
// that only a later copy carried had left a gap when the other side went on; a beginning that only a later copy shows
// was in the middle of a message when it was captured. On a connection that pipelines, such bytes before it count as
// well: no later request shows that whatever was missing has been answered.
void Capture::settle(Live& live) {
  const std::vector<Range> requests = covered(live.seen[0], true), responses = covered(live.seen[1], true);
  const std::vector<Range> prompt_requests = covered(live.seen[0], false),
                           prompt_responses = covered(live.seen[1], false);
  const std::uint32_t first_request = live.saw_syn ? 0 : live.from[0];
  const std::uint32_t first_response = live.saw_syn ? 0 : live.from[1];
  const Prefix asked(live.seen[0], first_request), answered(live.seen[1], first_response);
  bool good_beginning = live.saw_syn;
  bool pipelines = false;
  std::vector<TransactionTruth>& all = live.connection->transactions;
  for (std::size_t i = 0; i < all.size(); ++i) {
    TransactionTruth& t = all[i];
    complete_times(live, t);
    t.request_visible = contains(requests, t.request_begin, t.request_end);
    t.visible = t.request_visible && contains(responses, t.response_begin, t.response_end);
    const bool alone = i + 1 == all.size() || !all[i + 1].pipelined;
    t.pipelines = pipelines |= !alone;
    const bool prompt = (!t.request_visible || contains(prompt_requests, t.request_begin, t.request_end)) &&
                        (!t.visible || contains(prompt_responses, t.response_begin, t.response_end));
    good_beginning |= alone && t.request_begin == first_request && t.response_begin == first_response && prompt;
    const std::int64_t answer_us = t.response_first_ns == 0 ? kNeverUs - 1 : t.response_first_ns / 1'000;
    const std::uint32_t request_bytes_seen = t.request_visible ? t.request_end : t.request_begin;
    t.after_gap = !good_beginning || asked.complete_us(request_bytes_seen) > answer_us ||
                  answered.complete_us(t.response_begin) > answer_us || !prompt ||
                  (pipelines && !(contains(prompt_requests, first_request, t.request_begin) &&
                                  contains(prompt_responses, first_response, t.response_begin)));
    truth_.transactions.push_back(std::move(t));
  }
}

}  // namespace bellrock::traffic
