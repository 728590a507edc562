// CPU of an edge that serves, on prepared frames: everything between a port's burst and the frames handed back to it,
// for a beacon on a connection that stays (T4 of README.md) and for a connection with one beacon (T5). The other lines
// leave stages away, so that a stage's cost is the difference of two lines. Items are requests, or segments where there
// is no request. Every frame is checked, and at the end what the board counted.
#include <benchmark/benchmark.h>

#include "bench/serve/requests.h"
#include "bench/serve/stage.h"

namespace bellrock::bench {
namespace {

constexpr std::size_t kSlotBytes = 2'048;
constexpr unsigned kPushed = tcp_flag::kAck | tcp_flag::kPsh;

// Frames that lie in memory with their payload, in a cache line order that no prefetcher is helped by.
class Prepared {
 public:
  explicit Prepared(std::size_t slots) : memory_(slots * kSlotBytes), payloads_(slots), numbers_(slots) {}
  void put(std::size_t slot, std::string_view payload) {
    std::uint8_t* const begin = at(slot) + Clients::kHeaders;
    std::memcpy(begin, payload.data(), payload.size());
    const std::size_t number = payload.find(RequestMaker::kNumber);
    numbers_[slot] = number == std::string_view::npos ? 0 : number;
    if (numbers_[slot] != 0) std::memset(window(slot), 0, kWindowBytes);
    payloads_[slot] = {payload.size(), wire::add_to_sum(0, Bytes(begin, payload.size()))};
    if (numbers_[slot] != 0) std::memcpy(window(slot), payload.data() + number / 2 * 2, kWindowBytes);
  }
  std::uint8_t* at(std::size_t slot) { return memory_.data() + slot * kSlotBytes; }
  // The beacon says that it is number `count` of its page view. Only the line where that stands is touched.
  Payload numbered(std::size_t slot, std::uint64_t count) {
    Payload payload = payloads_[slot];
    if (numbers_[slot] == 0) return payload;
    std::uint64_t left = 1'000'000'000 + count;
    std::uint8_t* const number = at(slot) + Clients::kHeaders + numbers_[slot];
    for (std::size_t i = RequestMaker::kNumber.size(); i > 0; left /= 10)
      number[--i] = static_cast<std::uint8_t>('0' + left % 10);
    payload.sum = wire::add_to_sum(payload.sum, Bytes(window(slot), kWindowBytes));
    return payload;
  }

 private:
  // The number, from an even place on, so that its sum can be added to the others'.
  static constexpr std::size_t kWindowBytes = RequestMaker::kNumber.size() + 2;
  std::uint8_t* window(std::size_t slot) { return at(slot) + Clients::kHeaders + numbers_[slot] / 2 * 2; }

  std::vector<std::uint8_t> memory_;
  std::vector<Payload> payloads_;     // the sum without what is in the window
  std::vector<std::size_t> numbers_;  // where it stands in the payload; 0: nowhere
};

struct Measured {
  double seconds = 0;
  std::uint64_t items = 0;
};

void report(benchmark::State& state, std::uint64_t items) {
  state.SetItemsProcessed(static_cast<std::int64_t>(items));
  state.counters["per_item"] =
      benchmark::Counter(static_cast<double>(items), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

enum class Say { kNothing, kHealth, kUnmatched, kBeacons };

std::string request_of(const RequestMaker& maker, Say say, std::size_t client, bool second) {
  const auto visitor = static_cast<unsigned>(client);
  switch (say) {
    case Say::kNothing:
      return {};
    case Say::kHealth:
      return maker.health({.visitor = visitor});
    case Say::kUnmatched:
      return maker.beacon({.visitor = visitor, .name = "lookup.other"});
    case Say::kBeacons:
      return maker.beacon({.visitor = visitor, .name = second ? "lookup.shown" : "lookup.begun"});
  }
  return {};
}

// Connections that stay. Each says the first of its two requests, and in the next round the second.
class Standing {
 public:
  Standing(std::uint32_t connections, Say say)
      : say_(say), stage_(connections), clients_(connections), frames_(std::size_t{2} * connections) {
    const RequestMaker maker;
    for (std::size_t i = 0; i < 2 * clients_.size(); ++i) frames_.put(i, request_of(maker, say, i / 2, i % 2 == 1));
  }

  bool open() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      for (const unsigned flags : {unsigned{tcp_flag::kSyn}, unsigned{tcp_flag::kAck}}) {
        stage_.wire().show(Bytes(scratch_.data(), clients_.write(scratch_.data(), i, flags, {}, stage_.now())));
        stage_.poll();
        if (!stage_.hear(clients_, "")) return false;
      }
    }
    return stage_.count(ResponderCount::kOpened) == clients_.size();
  }

  // One request of each of the next `count` clients; negative: something was not as it has to be.
  double round(std::size_t count) {
    const std::string_view status = say_ == Say::kHealth ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 204 No Content\r\n";
    const unsigned flags = say_ == Say::kNothing ? unsigned{tcp_flag::kAck} : kPushed;
    for (std::size_t i = 0; i < count; ++i) show(first_ + i, flags, said_ + i);
    const double seconds = stage_.poll();
    const std::size_t answers = stage_.wire().sent().size();
    first_ = (first_ + count) % (2 * clients_.size());
    const bool good = stage_.hear(clients_, status) && answers == (say_ == Say::kNothing ? 0 : count);
    said_ += count;
    return good ? seconds : -1;
  }

  bool counted() {
    if (say_ != Say::kBeacons && say_ != Say::kUnmatched) return true;
    if (stage_.count(PacketCount::kBeaconsAccepted) != said_) return false;
    if (say_ == Say::kUnmatched) return true;
    const std::uint64_t laps = said_ / (2 * clients_.size());
    std::uint64_t shown = laps * clients_.size(), ns = 0;
    for (std::size_t i = 0; i < clients_.size(); ++i) ns += laps * latency_of(i);
    for (std::size_t i = 0; i + clients_.size() < said_ % (2 * clients_.size()); ++i, ++shown) ns += latency_of(i);
    const Stage::Counted counted = stage_.counted();
    return counted.shown == shown && counted.latency_ns == ns && counted.begun == said_ - shown;
  }
  [[nodiscard]] std::uint64_t said() const { return said_; }

 private:
  static std::uint64_t latency_of(std::size_t client) {
    return std::uint64_t{RequestMaker::duration_ms(static_cast<unsigned>(client))} * kMillisecond + kMillisecond / 2;
  }
  [[nodiscard]] std::size_t slot_of(std::size_t at) const {
    return at % clients_.size() * 2 + at / clients_.size() % 2;
  }
  // `said` requests were said before it by all clients together: a client's numbers grow by one each time.
  void show(std::size_t at, unsigned flags, std::uint64_t said) {
    std::uint8_t* frame = frames_.at(slot_of(at));
    const Payload payload = frames_.numbered(slot_of(at), 1 + said / clients_.size());
    stage_.wire().show(Bytes(frame, clients_.write(frame, at % clients_.size(), flags, payload, stage_.now())));
  }

  const Say say_;
  Stage stage_;
  Clients clients_;
  Prepared frames_;
  std::array<std::uint8_t, 128> scratch_{};
  std::size_t first_ = 0;
  std::uint64_t said_ = 0;
};

void standing(benchmark::State& state, Say say) {
  Standing clients(static_cast<std::uint32_t>(state.range(0)), say);
  if (!clients.open()) return state.SkipWithError("not all connections opened");
  const auto burst = static_cast<std::size_t>(state.range(1));
  for (auto _ : state) {
    const double seconds = clients.round(burst);
    if (seconds < 0) state.SkipWithError("an answer is missing or wrong");
    state.SetIterationTime(std::max(seconds, 0.0));
  }
  if (!clients.counted()) state.SkipWithError("the board does not hold what was said");
  report(state, clients.said());
}
void segment_alone(benchmark::State& state) { standing(state, Say::kNothing); }
void health(benchmark::State& state) { standing(state, Say::kHealth); }
void beacon_of_no_journey(benchmark::State& state) { standing(state, Say::kUnmatched); }
void keep_alive(benchmark::State& state) { standing(state, Say::kBeacons); }
BENCHMARK(segment_alone)->UseManualTime()->Args({1'024, 32});
BENCHMARK(health)->UseManualTime()->Args({1'024, 32});
BENCHMARK(beacon_of_no_journey)->UseManualTime()->Args({1'024, 32});
BENCHMARK(keep_alive)->UseManualTime()->ArgsProduct({{64, 1'024, 65'536}, {32}})->Args({1'024, 64})->Args({1'024, 1});

// A connection for each beacon, as a Linux client does it that asks for the close: SYN; acknowledgement; request;
// acknowledgement of answer and FIN; its own FIN. Five frames in, three out. Each burst has as many clients in each of
// these steps.
class Passing {
 public:
  static constexpr std::size_t kSteps = 5, kGroup = 12, kGroups = 512;
  static constexpr std::size_t kClients = kGroup * kGroups;

  Passing() : stage_(1u << 16), clients_(kClients), frames_(2 * kClients), small_(kBurstMax) {
    const RequestMaker maker;
    for (std::size_t i = 0; i < 2 * kClients; ++i) {
      const std::string_view name = i % 2 == 1 ? "lookup.shown" : "lookup.begun";
      frames_.put(i, maker.beacon({.visitor = static_cast<unsigned>(i / 2), .name = name, .closes = true}));
    }
  }

  // Group g takes its first step in round g.
  double round() {
    for (std::size_t step = 0; step < kSteps && step <= round_; ++step) show(round_ - step, step);
    const double seconds = stage_.poll();
    ++round_;
    return stage_.hear(clients_, "HTTP/1.1 204 No Content\r\n") && finished_well() ? seconds : -1;
  }
  // Those that were begun are ended.
  bool counted() {
    const std::uint64_t begun = round_;
    for (std::size_t i = 1; i < kSteps; ++i) {
      for (std::size_t step = i; step < kSteps && step < begun + i; ++step) show(begun - 1 + i - step, step);
      stage_.poll();
      if (!stage_.hear(clients_, "HTTP/1.1 204 No Content\r\n")) return false;
    }
    const Stage::Counted counted = stage_.counted();
    return stage_.count(PacketCount::kBeaconsAccepted) == said() && counted.begun + counted.shown == said() &&
           stage_.count(ResponderCount::kClosedFinished) == said() && stage_.worker().stages().connections() == 0;
  }
  [[nodiscard]] std::uint64_t said() const { return round_ * kGroup; }

 private:
  void show(std::uint64_t group, std::size_t step) {
    constexpr std::array<unsigned, kSteps> kFlags{tcp_flag::kSyn, tcp_flag::kAck, kPushed, tcp_flag::kAck,
                                                  tcp_flag::kAck | tcp_flag::kFin};
    for (std::size_t i = 0; i < kGroup; ++i) {
      const std::size_t client = group % kGroups * kGroup + i;
      const std::size_t slot = 2 * client + group / kGroups % 2;
      if (step == 0) restart(clients_[client]);
      std::uint8_t* at = step == 2 ? frames_.at(slot) : small_.at(step * kGroup + i);
      const Payload payload = step == 2 ? frames_.numbered(slot, 1 + group / kGroups) : Payload{};
      stage_.wire().show(Bytes(at, clients_.write(at, client, kFlags[step], payload, stage_.now())));
    }
  }
  static void restart(Client& client) {
    client.next += 1'000;
    client.ack = client.stamp = client.frames = 0;
    client.fin = false;
  }
  // The group whose last step that was.
  bool finished_well() {
    if (round_ < kSteps) return true;
    const std::size_t first = (round_ - kSteps) % kGroups * kGroup;
    for (std::size_t i = first; i < first + kGroup; ++i) {
      if (clients_[i].frames != 3 || !clients_[i].fin) return false;
    }
    return true;
  }

  Stage stage_;
  Clients clients_;
  Prepared frames_, small_;
  std::uint64_t round_ = 0;
};

void connection_each(benchmark::State& state) {
  Passing clients;
  for (auto _ : state) {
    const double seconds = clients.round();
    if (seconds < 0) state.SkipWithError("an answer is missing or wrong");
    state.SetIterationTime(std::max(seconds, 0.0));
  }
  report(state, clients.said());
  if (!clients.counted()) state.SkipWithError("the board does not hold what was said");
}
BENCHMARK(connection_each)->UseManualTime();

}  // namespace
}  // namespace bellrock::bench
