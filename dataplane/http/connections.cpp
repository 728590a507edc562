#include "dataplane/http/connections.h"

#include <algorithm>
#include <cstring>

#include "dataplane/http/pairing.h"

namespace bellrock::http {
namespace {

// Few connections hold part of a message at any moment: half a block each, all together, and at least room for four of
// the largest messages.
constexpr std::size_t kBlocksShare = 2;
constexpr std::size_t kLargestMessages = 4;

// Browsers do not pipeline; requests beyond the first of a connection come from proxies and tests.
constexpr std::uint32_t kExchangesShare = 8;
constexpr std::uint32_t kExchangesMin = 4 * kPipelineMax;

// "HTTP/1.1 100 Continue" without headers, as servers send it: the only gap that is known to hold no response.
constexpr std::uint64_t kContinueBytes = 25;
constexpr std::size_t kStatusAt = 9;

}  // namespace

std::size_t Connections::pool_blocks(const HttpLimits& limits) {
  const std::size_t largest = (kHeadBytesMax + limits.body_bytes_max) / BytePool::kBlockBytes + 2;
  return std::max<std::size_t>(limits.connections / kBlocksShare, kLargestMessages * largest);
}

std::uint32_t Connections::shared_exchanges(const HttpLimits& limits) {
  return std::max(limits.connections / kExchangesShare, kExchangesMin);
}

Connections::Connections(const HttpLimits& limits, std::span<const std::string> extra_headers, Counters& counters,
                         const ScanKernel& kernel)
    : body_bytes_max_(limits.body_bytes_max),
      counters_(counters),
      kernel_(kernel),
      connections_(limits.connections),
      exchanges_(limits.connections, shared_exchanges(limits)),
      pool_(pool_blocks(limits)),
      request_parser_(kernel, extra_headers),
      response_parser_(kernel, limits.response_types),
      decoder_(limits.body_bytes_max),
      head_scratch_(std::make_unique<std::uint8_t[]>(kHeadBytesMax)),
      body_scratch_(std::make_unique<std::uint8_t[]>(limits.body_bytes_max)) {}

void Connections::on_open(ConnectionIndex c, bool mid_stream) {
  Connection& connection = connections_[c];
  connection = Connection{};
  if (!mid_stream) return;
  connection.tail_hole = true;
  connection.client.phase = Phase::kResync;
  connection.server.phase = Phase::kResync;
}

// The exchange of the request in request_; nullptr: there is no room, and the request is counted but not followed.
// Those behind it are not followed either until their responses have passed, so that the order stays known.
Exchange* Connections::admit_request(ConnectionIndex c) {
  Connection& connection = connections_[c];
  ExchangeQueue& queue = connection.queue;
  const Exchange* const before = queue.count > 0 ? &back(connection) : nullptr;
  Exchange* exchange = nullptr;
  if (before != nullptr && before->overtaken) {
    exchange = &back(connection);
    exchange->overtaken = false;
  } else {
    if (connection.untracked == 0) exchange = exchanges_.push(c, queue);
    if (exchange == nullptr) {
      counters_.add(StreamCount::kPipelineFull);
      if (connection.untracked < UINT16_MAX) ++connection.untracked;
      return nullptr;
    }
    exchange->transaction.request_first = connection.client.first;
    note_request(connection, before, *exchange);
  }
  exchange->method = request_.message.method;
  exchange->expects = request_.expects;
  return exchange;
}

// A response while nothing waits for one but a request whose head is incomplete: servers refuse a head that is too long
// or too slow (408, 431) before its end.
Exchange* Connections::overtake_request(ConnectionIndex c) {
  Connection& connection = connections_[c];
  const Stream& client = connection.client;
  const bool certain = client.phase == Phase::kHead && !client.tentative && !connection.tail_hole;
  if (!certain || connection.queue.count > 0 || connection.untracked > 0) return nullptr;
  if (client.first > connection.server.first) return nullptr;
  Exchange* const exchange = exchanges_.push(c, connection.queue);
  exchange->overtaken = true;
  exchange->transaction.request_first = client.first;
  return exchange;
}

// The head that a response overtook will never be complete.
void Connections::drop_overtaken(ConnectionIndex c) {
  Connection& connection = connections_[c];
  if (connection.queue.count == 0 || !back(connection).overtaken) return;
  if (back(connection).response_head) counters_.add(StreamCount::kOrphanResponses);
  connection.server.bound = false;
  exchanges_.pop(c, connection.queue);
}

// The client's stream has lost its place: requests may go by unseen until it is found again.
void Connections::lose_client(ConnectionIndex c) {
  Connection& connection = connections_[c];
  Stream& stream = connection.client;
  if (stream.phase == Phase::kHead) counters_.add(StreamCount::kNotHttpBytes, stream.chain.bytes);
  pool_.clear(stream.chain);
  drop_overtaken(c);
  connection.tail_hole = true;
  stream.phase = Phase::kResync;
  stream.blank_bytes = 0;
  stream.tentative = false;
  stream.bound = false;
}

// Whether a response to the oldest request would have been seen.
bool Connections::server_readable(const Connection& connection) {
  const Stream& server = connection.server;
  if (server.phase == Phase::kAbandoned || connection.server_gap) return false;
  if (server.phase != Phase::kResync || connection.queue.count == 0) return true;
  return server.last < front(connection).transaction.request_first;
}

// What a gap of the server's stream takes with it. Where a response is due, it is the oldest request's, unless the gap
// may hold no more than interim responses: then that request remains a candidate for what follows.
Connections::GapContent Connections::judge_gap(ConnectionIndex c, std::uint64_t bytes) {
  const Connection& connection = connections_[c];
  const Stream& stream = connection.server;
  const bool due = (stream.phase == Phase::kIdle || stream.phase == Phase::kHead) && !stream.tentative;
  if (bytes == 0 || !due || connection.server_gap || connection.queue.count == 0) return GapContent::kUnknown;
  const Exchange& oldest = front(connection);
  if (oldest.after_hole || oldest.response_done) return GapContent::kUnknown;
  if (stream.phase == Phase::kHead && stream.chain.bytes > kStatusAt) {
    std::uint8_t status_class = 0;
    pool_.copy(stream.chain, kStatusAt, 1, &status_class);
    if (status_class >= '2') return GapContent::kOldestResponse;
  }
  const bool continues = stream.phase == Phase::kIdle && oldest.expects && oldest.transaction.interim == 0;
  if (continues && bytes == kContinueBytes) return GapContent::kContinue;
  const bool interim = oldest.expects || connection.interim_seen || connection.pipelined;
  return interim ? GapContent::kUnknown : GapContent::kOldestResponse;
}

// Content of the request in hand.
void Connections::collect(ConnectionIndex c, Bytes data) {
  Connection& connection = connections_[c];
  Stream& stream = connection.client;
  if (!stream.bound) return;
  back(connection).transaction.request_body_bytes += data.size();
  if (!stream.wanted || stream.body_error != BeaconReject::kCount) return;
  if (stream.chain.bytes - stream.head_bytes + data.size() > body_bytes_max_) {
    stream.body_error = BeaconReject::kTooLarge;
  } else if (!pool_.append(stream.chain, data, owner(c, Direction::kToServer))) {
    counters_.add(StreamCount::kHttpBuffersFull);
    stream.body_error = BeaconReject::kNoBuffer;
  }
}

Bytes Connections::gather_head(const Stream& stream, std::size_t bytes) {
  pool_.copy(stream.chain, 0, bytes, head_scratch_.get());
  return {head_scratch_.get(), bytes};
}

// Sets request_'s body, or its error in the stream.
void Connections::decode_body(Stream& stream, Bytes body) {
  if (body.size() > body_bytes_max_) {
    stream.body_error = BeaconReject::kTooLarge;
    return;
  }
  const ContentDecoder::Decoded decoded = decoder_.decode(request_.message.header(Header::kContentEncoding), body);
  request_.message.body = decoded.body;
  stream.body_error = decoded.error;
}

}  // namespace bellrock::http
