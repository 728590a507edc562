// Longer than 400 lines: what is written and how it is read back change together, and stand side by side.
#include "control/proto/frame_codec.h"

#include <google/protobuf/arena.h>
#include <openssl/sha.h>
#include <zstd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "bellrock/v1/frame.pb.h"
#include "control/flow/bucket_codec.h"
#include "control/proto/printable.h"
#include "control/proto/storyboard_codec.h"
#include "control/proto/unknown_fields.h"
#include "control/proto/wire_scan.h"
#include "dataplane/base/time.h"

namespace bellrock::proto {
namespace {

using control::DeltaFrame;
using control::Histogram;
using control::SeriesKey;

// --- encode

// Every name of a frame, in order, with its index.
class Names {
 public:
  explicit Names(const DeltaFrame& frame) {
    for (const auto& [start, series] : frame.windows) {
      for (const auto& [key, histogram] : series) add(key);
    }
    for (const auto* levels : {&frame.open, &frame.board_lost, &frame.counters}) {
      for (const auto& [name, value] : *levels) index_[name];
    }
    std::uint32_t next = 0;
    for (auto& [name, index] : index_) index = next++;
  }
  std::uint32_t operator[](const std::string& name) const { return index_.find(name)->second; }
  void write(v1::DeltaFrame& message) const {
    for (const auto& [name, index] : index_) message.add_strings(name);
  }

 private:
  void add(const SeriesKey& key) {
    index_[key.journey];
    index_[key.item];
    index_[key.detail];
    for (const auto& [name, value] : key.dimensions) {
      index_[name];
      index_[value];
    }
  }
  std::map<std::string, std::uint32_t> index_;
};

void write_series(const SeriesKey& key, const Histogram& histogram, const Names& names, v1::Series& to) {
  to.set_journey(names[key.journey]);
  to.set_version(key.version);
  to.set_kind(static_cast<v1::Kind>(key.kind));
  to.set_item(names[key.item]);
  to.set_detail(names[key.detail]);
  to.set_scope(static_cast<v1::Scope>(key.scope));
  for (const auto& [name, value] : key.dimensions) {
    to.add_dimensions(names[name]);
    to.add_dimensions(names[value]);
  }
  to.set_n(histogram.n);
  if (adds_up(key.kind)) to.set_sum_ns(histogram.sum_ns);
  if (measured(histogram) == 0) return;  // counts only: sum, min and max mean nothing
  to.set_sum_ns(histogram.sum_ns);
  to.set_min_ns(histogram.min_ns);
  to.set_max_ns(histogram.max_ns);
  to.set_zero(histogram.zero);
  to.set_overflow(histogram.overflow);
  auto packed = control::pack(histogram.buckets);
  to.set_first_bucket(packed.first);
  to.set_buckets(std::move(packed.bytes));
}

template <std::size_t N>
std::string blob(const std::array<std::uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

void write_frame(const DeltaFrame& frame, v1::DeltaFrame& to) {
  const Names names(frame);
  to.set_schema(kSchema);
  to.set_node(frame.node);
  to.set_boot(blob(frame.boot));
  to.set_seq(frame.seq);
  to.set_oldest_seq_held(frame.oldest_seq_held);
  for (const auto& range : frame.lost) {
    auto& one = *to.add_lost();
    one.set_first(range.first);
    one.set_last(range.last);
  }
  to.set_board_id(blob(frame.board_id));
  to.set_snapshot(blob(frame.snapshot));
  names.write(to);
  for (const auto& [start, series] : frame.windows) {
    auto& window = *to.add_windows();
    window.set_start_unix_s(start);
    for (const auto& [key, histogram] : series) write_series(key, histogram, names, *window.add_series());
  }
  const auto write_levels = [&](const std::map<std::string, std::uint64_t>& levels, auto add, auto set_name) {
    for (const auto& [name, value] : levels) {
      auto& one = *add();
      (one.*set_name)(names[name]);
      one.set_value(value);
    }
  };
  write_levels(
      frame.open, [&] { return to.add_open(); }, &v1::Level::set_journey);
  write_levels(
      frame.board_lost, [&] { return to.add_board_lost(); }, &v1::LostOpen::set_journey);
  write_levels(
      frame.counters, [&] { return to.add_counters(); }, &v1::Counter::set_name);
  for (const auto& story : frame.storyboards) to.add_storyboards(encode_storyboard(story));
  to.set_recorded(frame.recorded);
  to.set_sent_unix_ms(static_cast<std::uint64_t>(frame.sent_unix_ms));
  if (frame.edge) {
    to.mutable_edge()->set_running(frame.edge->running);
    to.mutable_edge()->set_since_unix_ms(frame.edge->since_unix_ms);
  }
  if (frame.clock) {
    to.mutable_clock()->set_offset_ms(frame.clock->offset_ms);
    to.mutable_clock()->set_uncertain_ms(static_cast<std::uint64_t>(frame.clock->uncertain_ms));
  }
}

std::vector<std::uint8_t> compress(const std::string& message) {
  std::vector<std::uint8_t> out(ZSTD_compressBound(message.size()));
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
  CHECK(context);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  const std::size_t size = ZSTD_compress2(context.get(), out.data(), out.size(), message.data(), message.size());
  CHECK(!ZSTD_isError(size));  // the output is as large as it can need to be
  out.resize(size);
  return out;
}

// --- decode

Result<std::string, FrameError> decompress(Bytes bytes) {
  if (bytes.size() > kFrameBytesMax) return Failure{FrameError::kTooLarge};
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) return Failure{FrameError::kNotZstd};
  if (size > kMessageBytesMax) return Failure{FrameError::kTooLarge};
  // One frame and nothing behind it: appended frames would decompress past the size just read.
  if (ZSTD_findFrameCompressedSize(bytes.data(), bytes.size()) != bytes.size()) return Failure{FrameError::kNotZstd};
  std::string message(size, '\0');
  const std::size_t got = ZSTD_decompress(message.data(), message.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) || got != size) return Failure{FrameError::kNotZstd};
  return message;
}

template <std::size_t N>
bool read_blob(const std::string& from, std::array<std::uint8_t, N>& to) {
  if (from.size() != N) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

Status<FrameError> read_identity(const v1::DeltaFrame& message, DeltaFrame& frame) {
  const bool fits = read_blob(message.boot(), frame.boot) && read_blob(message.board_id(), frame.board_id) &&
                    read_blob(message.snapshot(), frame.snapshot);
  // Sequence numbers and times are stored as signed 64-bit integers.
  constexpr auto kMax = std::uint64_t{1} << 62;
  constexpr auto kClockMax = static_cast<std::uint64_t>(control::kClockMsMax);
  const v1::Clock& clock = message.clock();
  if (!fits || message.schema() < 1 || message.node().empty() || !is_name(message.node()) || message.seq() == 0 ||
      message.seq() > kMax || message.oldest_seq_held() > message.seq() || message.sent_unix_ms() > kMax ||
      static_cast<std::uint64_t>(message.edge().since_unix_ms()) > kMax ||
      static_cast<std::uint64_t>(clock.offset_ms()) + kClockMax > 2 * kClockMax || clock.uncertain_ms() > kClockMax) {
    return Failure{FrameError::kBadIdentity};
  }
  if (message.has_edge()) frame.edge = {message.edge().running(), message.edge().since_unix_ms()};
  if (message.has_clock()) frame.clock = {clock.offset_ms(), static_cast<std::int64_t>(clock.uncertain_ms())};
  frame.node = message.node();
  frame.seq = message.seq();
  frame.oldest_seq_held = message.oldest_seq_held();
  frame.sent_unix_ms = static_cast<std::int64_t>(message.sent_unix_ms());
  std::uint64_t after = 0;
  for (const auto& range : message.lost()) {
    if (range.first() <= after || range.last() < range.first() || range.last() >= frame.seq) {
      return Failure{FrameError::kBadRange};
    }
    frame.lost.push_back({range.first(), range.last()});
    after = range.last();
  }
  return Done{};
}

Status<FrameError> check_names(const v1::DeltaFrame& message) {
  for (int i = 0; i < message.strings_size(); ++i) {
    const std::string& name = message.strings(i);
    if (!is_name(name) || (i > 0 && message.strings(i - 1) >= name)) return Failure{FrameError::kBadName};
  }
  return Done{};
}

// Reads series while it keeps the sums that bound the whole frame.
class SeriesReader {
 public:
  explicit SeriesReader(const v1::DeltaFrame& message) : message_(message) {}

  static bool known(const v1::Series& series) {
    return v1::Kind_IsValid(series.kind()) && v1::Scope_IsValid(series.scope());
  }

  // What a newer schema means by the names, buckets and sum of a kind of its own is not for us to check; n counts.
  Result<std::uint64_t, FrameError> skip(const v1::Series& series) {
    if (message_.schema() <= kSchema) return Failure{FrameError::kBadSeries};
    TRY(count(series));
    return series.n();
  }

  Result<SeriesKey, FrameError> key(const v1::Series& series) {
    const int count = series.dimensions_size();
    if (count % 2 != 0 || count > static_cast<int>(2 * kSeriesDimensionsMax)) return Failure{FrameError::kBadSeries};
    SeriesKey key;
    key.version = series.version();
    key.kind = static_cast<CellKind>(series.kind());
    key.scope = static_cast<CellScope>(series.scope());
    bool ok = name(series.journey(), key.journey) && name(series.item(), key.item) && name(series.detail(), key.detail);
    for (int i = 0; ok && i < count; i += 2) {
      auto& [dimension, value] = key.dimensions.emplace_back();
      ok = name(series.dimensions(i), dimension) && name(series.dimensions(i + 1), value);
      if (i > 0 && key.dimensions[key.dimensions.size() - 2].first >= dimension) return Failure{FrameError::kBadSeries};
    }
    if (!ok) return Failure{key_bytes_ > kKeyBytesMax ? FrameError::kTooMany : FrameError::kBadIndex};
    return key;
  }

  Result<Histogram, FrameError> histogram(const v1::Series& series) {
    const auto buckets = control::unpack(series.first_bucket(), bytes(series.buckets()));
    if (!buckets) return Failure{FrameError::kBadBuckets};
    buckets_ += buckets->size();
    if (buckets_ > kBucketsMax) return Failure{FrameError::kTooMany};
    TRY(count(series));
    Histogram histogram{series.n(),    series.sum_ns(),   series.min_ns(), series.max_ns(),
                        series.zero(), series.overflow(), *buckets};
    return consistent(histogram, adds_up(static_cast<CellKind>(series.kind())))
               ? Result<Histogram, FrameError>(std::move(histogram))
               : Failure{FrameError::kBadBuckets};
  }

  [[nodiscard]] std::uint64_t recorded() const { return recorded_; }

 private:
  Status<FrameError> count(const v1::Series& series) {
    if (series.n() > kRecordedMax - recorded_) return Failure{FrameError::kBadSum};
    recorded_ += series.n();
    return Done{};
  }

  bool name(std::uint32_t index, std::string& to) {
    if (index >= static_cast<std::uint32_t>(message_.strings_size())) return false;
    to = message_.strings(static_cast<int>(index));
    key_bytes_ += to.size();
    return key_bytes_ <= kKeyBytesMax;
  }

  // All of n is measured, or nothing is. Money and waits are only added up.
  static bool consistent(const Histogram& histogram, bool only_added_up) {
    control::Uint128 sum = control::Uint128{histogram.zero} + histogram.overflow;
    for (const auto& [index, count] : histogram.buckets) sum += count;
    const control::Uint128 most = only_added_up ? control::Uint128{histogram.n} * kAmountMax : 0;
    if (only_added_up && sum != 0) return false;
    if (sum == 0) return histogram.sum_ns <= most && histogram.min_ns == 0 && histogram.max_ns == 0;
    constexpr auto kMax = std::uint64_t{1} << 62;
    return sum == histogram.n && histogram.min_ns <= histogram.max_ns && histogram.max_ns <= kMax;
  }

  const v1::DeltaFrame& message_;
  std::size_t key_bytes_ = 0;
  std::size_t buckets_ = 0;
  std::uint64_t recorded_ = 0;
};

Status<FrameError> read_windows(const v1::DeltaFrame& message, Decoded& decoded) {
  DeltaFrame& frame = decoded.frame;
  SeriesReader reader(message);
  constexpr std::int64_t kWindowSeconds = kWindow / kSecond;
  constexpr std::int64_t kStartMax = std::int64_t{1} << 34;  // the year 2514
  for (const auto& window : message.windows()) {
    const std::int64_t start = window.start_unix_s();
    if (start < 0 || start > kStartMax || start % kWindowSeconds != 0) return Failure{FrameError::kBadWindow};
    if (!frame.windows.empty() && frame.windows.rbegin()->first >= start) return Failure{FrameError::kBadWindow};
    auto& into = frame.windows[start];
    for (const auto& series : window.series()) {
      if (!SeriesReader::known(series)) {
        TRY_ASSIGN(const std::uint64_t n, reader.skip(series));
        ++decoded.unknown_series;
        decoded.unknown_recorded += n;
        continue;
      }
      TRY_ASSIGN(SeriesKey key, reader.key(series));
      TRY_ASSIGN(Histogram histogram, reader.histogram(series));
      if (!into.empty() && into.rbegin()->first >= key) return Failure{FrameError::kBadSeries};
      into.emplace_hint(into.end(), std::move(key), std::move(histogram));
    }
  }
  if (reader.recorded() != message.recorded()) return Failure{FrameError::kBadSum};
  frame.recorded = message.recorded() - decoded.unknown_recorded;
  return Done{};
}

template <typename Repeated, typename Index>
Status<FrameError> read_levels(const v1::DeltaFrame& message, const Repeated& from, Index index,
                               std::map<std::string, std::uint64_t>& to) {
  for (const auto& one : from) {
    const std::uint32_t at = (one.*index)();
    if (at >= static_cast<std::uint32_t>(message.strings_size())) return Failure{FrameError::kBadIndex};
    const std::string& name = message.strings(static_cast<int>(at));
    if (!to.empty() && to.rbegin()->first >= name) return Failure{FrameError::kBadIndex};
    to.emplace_hint(to.end(), name, one.value());
  }
  return Done{};
}

Status<FrameError> read_storyboards(const v1::DeltaFrame& message, DeltaFrame& frame) {
  for (const std::string& one : message.storyboards()) {
    TRY_ASSIGN(control::Storyboard story, decode_storyboard(bellrock::bytes(one)));
    if (!frame.storyboards.empty() && place_of(frame.storyboards.back()) >= place_of(story)) {
      return Failure{FrameError::kBadStoryboard};
    }
    frame.storyboards.push_back(std::move(story));
  }
  return Done{};
}

// Attempts are added up over frames, counters are not.
bool bounded(const std::map<std::string, std::uint64_t>& attempts) {
  return std::all_of(attempts.begin(), attempts.end(), [](const auto& one) { return one.second <= kRecordedMax; });
}

}  // namespace

std::vector<std::uint8_t> encode(const DeltaFrame& frame) {
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<v1::DeltaFrame>(&arena);
  write_frame(frame, message);
  return compress(message.SerializeAsString());
}

std::size_t message_bytes(const DeltaFrame& frame) {
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<v1::DeltaFrame>(&arena);
  write_frame(frame, message);
  return message.ByteSizeLong();
}

Result<Decoded, FrameError> decode(Bytes bytes) {
  TRY_ASSIGN(const std::string text, decompress(bytes));
  TRY(scan(bellrock::bytes(text)));
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<v1::DeltaFrame>(&arena);
  if (!message.ParseFromString(text)) return Failure{FrameError::kNotProtobuf};
  Decoded decoded;
  decoded.schema = message.schema();
  TRY(read_identity(message, decoded.frame));
  TRY(check_names(message));
  TRY(read_windows(message, decoded));
  TRY(read_storyboards(message, decoded.frame));
  TRY(read_levels(message, message.open(), &v1::Level::journey, decoded.frame.open));
  TRY(read_levels(message, message.board_lost(), &v1::LostOpen::journey, decoded.frame.board_lost));
  TRY(read_levels(message, message.counters(), &v1::Counter::name, decoded.frame.counters));
  if (!bounded(decoded.frame.open) || !bounded(decoded.frame.board_lost)) return Failure{FrameError::kBadSum};
  decoded.unknown_fields = count_unknown(message);
  return decoded;
}

Digest digest(Bytes bytes) {
  Digest digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

std::string encode_reply(const Reply& reply) {
  v1::FrameReply message;
  message.set_result(static_cast<v1::FrameReply::Result>(reply.result));
  message.set_reason(reply.reason);
  message.set_received_unix_ms(static_cast<std::uint64_t>(reply.received_unix_ms));
  message.set_answered_unix_ms(static_cast<std::uint64_t>(reply.answered_unix_ms));
  return message.SerializeAsString();
}

Result<Reply> decode_reply(Bytes bytes) {
  constexpr std::size_t kReplyBytesMax = 64 * 1024;
  v1::FrameReply message;
  if (bytes.size() > kReplyBytesMax || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Failure{Error{"not a frame reply", static_cast<std::int64_t>(bytes.size())}};
  }
  if (!v1::FrameReply::Result_IsValid(message.result())) return Failure{Error{"unknown reply", message.result()}};
  return Reply{static_cast<ReplyResult>(message.result()), message.reason(),
               static_cast<std::int64_t>(message.received_unix_ms()),
               static_cast<std::int64_t>(message.answered_unix_ms())};
}

}  // namespace bellrock::proto
