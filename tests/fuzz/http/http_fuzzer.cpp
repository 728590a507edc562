// Any bytes, in any pieces, on both directions of a connection, with gaps, ends and resets between. The input is a
// sequence of records: an operation, a length, that many bytes. What must hold, whatever comes:
// - every on_request is followed by exactly one on_transaction, and everything is given back at the close;
// - bodies keep their bound;
// - all scan kernels give the same callbacks;
// - without gaps, and while no response is an orphan, the cuts between pieces change nothing.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/http/connections.h"
#include "tests/unit/dataplane/http/recorder.h"

namespace {

using namespace bellrock;
using http::ConnectionIndex;
using http::Connections;
using http::test::Recorder;

constexpr std::size_t kBodyMax = 2'000;

enum class What : std::uint8_t { kData, kGap, kEnd, kReset };
struct Operation {
  What what = What::kData;
  Direction direction = Direction::kToServer;
  Bytes data;
  std::uint64_t gap = 0;
};

struct Script {
  std::vector<Operation> operations;
  bool mid_stream = false;
  bool has_gaps = false;
};

Script read_script(Bytes input) {
  Script script;
  if (input.empty()) return script;
  script.mid_stream = (input[0] & 1) != 0;
  input = input.subspan(1);
  while (input.size() >= 2) {
    Operation operation;
    const std::uint8_t code = input[0];
    const std::size_t length = input[1] == 255 ? 4'000 : input[1];
    input = input.subspan(2);
    operation.direction = (code & 1) == 0 ? Direction::kToServer : Direction::kToClient;
    const unsigned kind = (code >> 1) % 16;
    if (kind == 15) {
      operation.what = (code & 0x80) == 0 ? What::kEnd : What::kReset;
    } else if (kind == 14) {
      operation.what = What::kGap;
      operation.gap = length + 1;
      script.has_gaps = true;
    } else {
      operation.data = input.first(std::min(length, input.size()));
      input = input.subspan(operation.data.size());
    }
    script.operations.push_back(operation);
  }
  return script;
}

struct Run {
  Counters counters;
  Connections http;
  Recorder sink;

  explicit Run(const http::ScanKernel& kernel)
      : http({.connections = 2, .body_bytes_max = kBodyMax}, {}, counters, kernel) {}

  [[nodiscard]] std::uint64_t count(StreamCount what) const { return counters.pending(counter::id(what)); }

  // Each piece in memory of its own, so that reading past it shows.
  void data(Direction direction, Bytes bytes, Instant at) {
    const auto exact = std::make_unique<std::uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), exact.get());
    http.on_data(1, direction, {exact.get(), bytes.size()}, at, sink);
  }

  void play(const Script& script, std::size_t piece_bytes) {
    const std::size_t blocks = http.free_blocks();
    sink = Recorder{};
    counters.take_each([](CounterId, std::uint64_t) {});
    http.on_open(1, script.mid_stream);
    Instant now{1'000'000};
    for (const Operation& operation : script.operations) {
      now = now + 1'000;
      switch (operation.what) {
        case What::kData:
          for (std::size_t at = 0; at < operation.data.size(); at += piece_bytes) {
            data(operation.direction, operation.data.subspan(at, std::min(piece_bytes, operation.data.size() - at)),
                 now);
          }
          break;
        case What::kGap:
          http.on_gap(1, operation.direction, operation.gap, sink);
          break;
        case What::kEnd:
          http.on_end(1, operation.direction, script.operations.size() % 2 == 0, now, sink);
          break;
        case What::kReset:
          http.on_reset(1, operation.direction, now, sink);
          break;
      }
    }
    http.on_close(1, false, now, sink);
    CHECK(sink.requests == sink.transactions.size());
    CHECK(sink.requests == count(StreamCount::kTransactions));
    CHECK(sink.tags_returned);
    CHECK(sink.largest_body <= kBodyMax);
    CHECK(http.free_blocks() == blocks);
  }
};

}  // namespace

// Made once: construction takes all the memory, a run none.
std::vector<std::unique_ptr<Run>>& runs() {
  static std::vector<std::unique_ptr<Run>> all = [] {
    std::vector<std::unique_ptr<Run>> made;
    for (const http::ScanKernel* kernel : http::supported_kernels()) made.push_back(std::make_unique<Run>(*kernel));
    return made;
  }();
  return all;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Script script = read_script({data, size});
  Run& reference = *runs().front();
  reference.play(script, SIZE_MAX);
  const std::string expected = reference.sink.text_of_all();
  for (std::size_t i = 1; i < runs().size(); ++i) {
    runs()[i]->play(script, SIZE_MAX);
    CHECK(runs()[i]->sink.text_of_all() == expected);
  }
  const bool certain = !script.mid_stream && !script.has_gaps && reference.count(StreamCount::kOrphanResponses) == 0;
  const std::uint64_t not_http = reference.count(StreamCount::kNotHttpBytes);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{17}}) {
    Run& run = *runs().back();
    run.play(script, piece);
    if (certain && run.count(StreamCount::kOrphanResponses) == 0) {
      CHECK(run.sink.text_of_all() == expected);
      CHECK(run.count(StreamCount::kNotHttpBytes) == not_http);
    }
  }
  return 0;
}
