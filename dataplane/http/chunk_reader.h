// Chunked transfer coding (RFC 9112 7.1), read in pieces of any size. Sizes are bare hexadecimal digits, extensions are
// tolerated but must be well formed and short, trailers are checked like headers and skipped.
#pragma once

#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/http/head_lines.h"

namespace bellrock::http {

// Bytes of one chunk's extensions: nobody uses them.
inline constexpr std::size_t kChunkExtensionBytesMax = 256;

struct ChunkReader {
  enum class At : std::uint8_t {
    kSizeStart,
    kSize,
    kExtensionStart,  // after ';'
    kExtensionName,
    kExtensionValueStart,  // after '='
    kExtensionValue,
    kExtensionQuoted,
    kExtensionEscape,
    kExtensionAfterQuoted,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kLastLf,
  };
  std::uint64_t left = 0;   // of the chunk's data
  std::uint16_t count = 0;  // digits of a size, bytes of extensions, bytes of the trailer section
  At at = At::kSizeStart;
};

struct ChunkStep {
  enum class What : std::uint8_t { kNeedMore, kData, kDone, kError };
  What what = What::kNeedMore;
  std::size_t bytes = 0;  // consumed
  Bytes data;             // kData: the last of them
  HttpError error = kNoError;
};

// Goes on until there is data, the end, an error, or no byte left.
ChunkStep advance(ChunkReader& reader, Bytes bytes);

// Skips bytes that were not captured, if they can only have been data: false otherwise.
bool skip(ChunkReader& reader, std::uint64_t bytes);

}  // namespace bellrock::http
