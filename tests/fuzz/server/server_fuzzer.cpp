// Any bytes into a connection of the server, in any pieces, with answers acknowledged or not, time passing and ends
// between. The input is a sequence of records: an operation, a length, that many bytes. What must hold, whatever comes:
// - the cuts between pieces change neither the answers nor what the sink is given;
// - what is answered is a sequence of responses, and each refused request has exactly one reason;
// - nothing is read behind a last answer, and everything is given back at the close;
// - all scan kernels do the same.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/beacon/reader.h"
#include "dataplane/server/http_server.h"
#include "tests/unit/dataplane/server/harness.h"
#include "tests/unit/dataplane/server/responses.h"

namespace {

using namespace bellrock;
using namespace bellrock::server;

constexpr std::size_t kBodyMax = 2'000;

Config config() {
  Config made = test::small_config();
  made.body_bytes_max = kBodyMax;
  made.target_bytes_max = 300;
  made.snippet.plain = bytes("script");
  made.snippet.gzip = bytes("packed");
  return made;
}

// What it is given is read to its end, as beacons are.
struct ReadingSink : test::RecordingSink {
  beacon::Reader reader{kBodyMax};
  bool on_request(ConnectionIndex c, const HttpRequest& request) {
    CHECK(request.body.size() <= kBodyMax);
    reader.start(request);
    while (reader.next() != beacon::Reader::Step::kEnd) {
    }
    return test::RecordingSink::on_request(c, request);
  }
};

enum class What : std::uint8_t { kData, kAcknowledge, kPass, kHalfClose };
struct Operation {
  What what = What::kData;
  std::string data;
};

std::vector<Operation> read_script(Bytes input) {
  std::vector<Operation> script;
  while (input.size() >= 2) {
    const std::uint8_t code = input[0];
    std::size_t length = input[1] == 255 ? 4'000 : input[1];
    input = input.subspan(2);
    Operation operation;
    if (code % 16 == 15) operation.what = code & 0x80 ? What::kHalfClose : What::kPass;
    if (code % 16 == 14) operation.what = What::kAcknowledge;
    if (operation.what == What::kData) {
      length = std::min(length, input.size());
      operation.data = std::string(text(input.first(length)));
      input = input.subspan(length);
    }
    script.push_back(std::move(operation));
  }
  return script;
}

struct Result {
  std::string out;
  std::vector<std::string> taken;
  bool operator==(const Result&) const = default;
};

// Interim responses depend on whether the body came with its head.
std::string without_interim(std::string out) {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  for (std::size_t at = out.find(interim); at != std::string::npos; at = out.find(interim))
    out.erase(at, interim.size());
  return out;
}

class Run {
 public:
  explicit Run(const http::ScanKernel& kernel) : server_(config(), {}, table_, counters_, sink_, kernel) {}

  // room: how many answers may wait.
  Result play(const std::vector<Operation>& script, std::size_t piece, std::size_t room) {
    counters_.take_each([](CounterId, std::uint64_t) {});
    sink_.taken.clear();
    sink_.looked.clear();
    test::FakeStack stack(table_);
    stack.room = room;
    std::string unread;
    server_.on_open(stack, 1, Flow{});
    bool ended = false;
    for (const Operation& operation : script) {
      now_ = now_ + kSecond;
      server_.set_time(now_);
      if (operation.what == What::kAcknowledge) stack.acknowledge();
      if (operation.what == What::kPass && stack.has_deadline && !stack.closed) {
        stack.has_deadline = false;
        server_.on_deadline(stack, 1);
      }
      if (operation.what == What::kHalfClose && unread.empty() && !ended && !stack.closed) {
        ended = true;
        server_.on_half_close(stack, 1);
        CHECK(stack.closed);
      }
      for (std::size_t at = 0; at < operation.data.size() && !ended; at += piece) {
        unread += operation.data.substr(at, piece);
        offer(stack, unread);
      }
      offer(stack, unread);
    }
    // Whoever fetches his answers gets all of them.
    for (std::size_t before = SIZE_MAX; before != unread.size();) {
      before = unread.size();
      stack.acknowledge();
      offer(stack, unread);
    }
    stack.acknowledge();
    server_.on_closed(1, responder::CloseReason::kFinished);
    CHECK(server_.free_blocks() == test::small_config().pool_blocks);
    check_counts(stack.out);
    return {without_interim(stack.out), sink_.taken};
  }

 private:
  void offer(test::FakeStack& stack, std::string& unread) {
    if (unread.empty() || stack.closed) return;
    const auto exact = std::make_unique<std::uint8_t[]>(unread.size());
    std::copy(unread.begin(), unread.end(), exact.get());
    const std::size_t taken = server_.on_data(stack, 1, {exact.get(), unread.size()});
    CHECK(taken <= unread.size() && (taken == unread.size() || !stack.can_respond(1)));
    unread.erase(0, taken);
  }

  void check_counts(const std::string& out) {
    std::uint64_t statuses = 0, refused = 0, reasons = 0;
    for (unsigned status = 200; status < 600; ++status) {
      statuses += counters_.pending(counter::status(status));
      if (status >= 400) refused += counters_.pending(counter::status(status));
    }
    for (std::size_t i = 0; i < kRefusalNames.size(); ++i)
      reasons += counters_.pending(counter::id(static_cast<Refusal>(i)));
    for (std::size_t i = 0; i < kHttpErrorNames.size(); ++i)
      reasons += counters_.pending(counter::id(static_cast<HttpError>(i)));
    std::uint64_t lines = 0;
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    for (std::size_t at = out.find("HTTP/1.1 "); at != std::string::npos; at = out.find("HTTP/1.1 ", at + 1)) {
      if (out.compare(at, interim.size(), interim) != 0) ++lines;
    }
    CHECK(statuses == lines);
    // A deadline may end a connection whose answers are not fetched: refused, and nothing is said.
    CHECK(refused == reasons || refused + 1 == reasons);
  }

  responder::ReplyTable table_;
  Counters counters_;
  ReadingSink sink_;
  HttpServer<ReadingSink> server_;
  Instant now_{kHour};
};

std::vector<std::unique_ptr<Run>>& runs() {
  static std::vector<std::unique_ptr<Run>> all = [] {
    std::vector<std::unique_ptr<Run>> made;
    for (const http::ScanKernel* kernel : http::supported_kernels()) made.push_back(std::make_unique<Run>(*kernel));
    return made;
  }();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Operation> script = read_script({data, size});
  bool timed = false;
  for (const Operation& operation : script) timed = timed || operation.what != What::kData;
  const Result whole = runs().front()->play(script, SIZE_MAX, SIZE_MAX);
  for (std::size_t i = 1; i < runs().size(); ++i) CHECK(runs()[i]->play(script, SIZE_MAX, SIZE_MAX) == whole);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, std::size_t{33}}) {
    CHECK(runs().back()->play(script, piece, SIZE_MAX) == whole);
    // With answers that wait, times and ends meet another moment.
    const Result slow = runs().back()->play(script, piece, 1 + piece % 3);
    if (!timed) CHECK(slow == whole);
  }
  return 0;
}
