// DeltaFrame <-> bytes: Protobuf (bellrock/v1/frame.proto) in one zstd frame. Used by agent, centre and replay; any
// thread, nothing is shared. Equal frames give equal bytes: names, windows and series are sorted.
// `decode` takes bytes from anybody: sizes are checked before memory is taken, every index, bucket and sum before the
// frame is handed out. What only a newer schema has is skipped and counted: fields, and series of a kind or scope that
// is not known here, whose n is taken off `recorded`. In a frame of our own schema such a series is refused.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/flow/delta_frame.h"
#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace bellrock::proto {

inline constexpr std::uint32_t kSchema = 1;

// Bounds of a frame. The largest board (64 cores of 8,192 cells, one window) stays below all of them.
inline constexpr std::size_t kFrameBytesMax = 16 * 1024 * 1024;    // compressed: what intake reads at most
inline constexpr std::size_t kMessageBytesMax = 64 * 1024 * 1024;  // decompressed
inline constexpr std::size_t kNameBytesMax = 256;                  // of one string
inline constexpr std::size_t kStringsMax = 65'536;
inline constexpr std::size_t kWindowsMax = 8'640;  // a day
inline constexpr std::size_t kSeriesMax = 262'144;
inline constexpr std::size_t kSeriesDimensionsMax = 16;
inline constexpr std::size_t kKeyBytesMax = 64 * 1024 * 1024;  // all names of all series, written out
inline constexpr std::size_t kBucketsMax = 4 * 1024 * 1024;
inline constexpr std::size_t kLostRangesMax = 4'096;
inline constexpr std::size_t kLevelsMax = 65'536;          // open, board_lost and counters, each
inline constexpr std::uint64_t kRecordedMax = 1ull << 40;  // 10^11 attempts a second in a window of 10 s

// Why bytes are not a frame. Its name goes into the centre's answer.
enum class FrameError : std::uint8_t {
  kTooLarge,
  kNotZstd,        // not one whole zstd frame that says its size
  kNotProtobuf,    // or text that is not UTF-8
  kTooMany,        // more windows, series, names … than the bounds above
  kBadIdentity,    // node, boot, seq, board, snapshot, or times that cannot be
  kBadName,        // names not sorted, too long, or with control characters
  kBadIndex,       // outside the names
  kBadWindow,      // not a multiple of 10 s, not sorted
  kBadSeries,      // not sorted, or of a kind or scope that its schema does not have
  kBadBuckets,     // not what the packer makes, or their sum is neither n nor 0
  kBadSum,         // recorded is not the sum of all n, those that are skipped included
  kBadRange,       // of lost sequence numbers
  kBadStoryboard,  // names, kinds or numbers that cannot be, or not sorted
  kCount
};
inline constexpr std::array<std::string_view, 13> kFrameErrorNames{
    "too_large",  "not_zstd",   "not_protobuf", "too_many", "bad_identity", "bad_name",      "bad_index",
    "bad_window", "bad_series", "bad_buckets",  "bad_sum",  "bad_range",    "bad_storyboard"};
inline std::string_view name(FrameError error) { return kFrameErrorNames[static_cast<std::size_t>(error)]; }

struct Decoded {
  control::DeltaFrame frame;
  std::uint32_t schema = kSchema;
  std::uint64_t unknown_fields = 0;    // of a newer schema, skipped
  std::uint64_t unknown_series = 0;    // of a newer schema's kinds or scopes, skipped
  std::uint64_t unknown_recorded = 0;  // Σ n over them; frame.recorded is without it
};

std::vector<std::uint8_t> encode(const control::DeltaFrame& frame);
std::size_t message_bytes(const control::DeltaFrame& frame);  // before compression
Result<Decoded, FrameError> decode(Bytes bytes);

// SHA-256 of the compressed bytes: with (node, boot, seq) it says whether a frame is a repeat or an impostor.
using Digest = std::array<std::uint8_t, 32>;
Digest digest(Bytes bytes);

// The centre's answer to POST /v1/frames.
enum class ReplyResult : std::uint8_t { kApplied, kRepeated, kRefused, kConflict };
struct Reply {
  ReplyResult result = ReplyResult::kApplied;
  std::string reason;
  // When the centre had the frame, and when it answered, by its own clock; 0: it does not say.
  std::int64_t received_unix_ms = 0, answered_unix_ms = 0;
};
std::string encode_reply(const Reply& reply);
Result<Reply> decode_reply(Bytes bytes);

}  // namespace bellrock::proto
