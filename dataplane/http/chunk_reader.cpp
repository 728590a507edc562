#include "dataplane/http/chunk_reader.h"

#include <algorithm>

#include "dataplane/http/char_class.h"

namespace bellrock::http {
namespace {

using At = ChunkReader::At;

// 15 digits: below 2^60, so that sums of bytes stay far from overflow.
constexpr unsigned kSizeDigitsMax = 15;

int hex_value(std::uint8_t byte) {
  if (is_digit(byte)) return byte - '0';
  const int letter = lower(byte);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// What may follow a size or a whole extension. No blanks: servers differ over them.
HttpError next_extension(ChunkReader& reader, std::uint8_t byte) {
  if (byte != ';' && byte != '\r') return HttpError::kBadChunk;
  reader.at = byte == ';' ? At::kExtensionStart : At::kSizeLf;
  return kNoError;
}

HttpError size_byte(ChunkReader& reader, std::uint8_t byte) {
  const int digit = hex_value(byte);
  if (digit >= 0) {
    reader.left = reader.left << 4 | static_cast<std::uint64_t>(digit);
    reader.at = At::kSize;
    return ++reader.count > kSizeDigitsMax ? HttpError::kBadChunk : kNoError;
  }
  if (reader.at == At::kSizeStart) return HttpError::kBadChunk;
  reader.count = 0;
  return next_extension(reader, byte);
}

HttpError in_extension(ChunkReader& reader, std::uint8_t byte) {
  if (++reader.count > kChunkExtensionBytesMax) return HttpError::kBadChunk;
  switch (reader.at) {
    case At::kExtensionStart:
      if (!kIsToken[byte]) return HttpError::kBadChunk;
      reader.at = At::kExtensionName;
      return kNoError;
    case At::kExtensionName:
      if (kIsToken[byte]) return kNoError;
      if (byte != '=') return next_extension(reader, byte);
      reader.at = At::kExtensionValueStart;
      return kNoError;
    case At::kExtensionValueStart:
      if (byte != '"' && !kIsToken[byte]) return HttpError::kBadChunk;
      reader.at = byte == '"' ? At::kExtensionQuoted : At::kExtensionValue;
      return kNoError;
    case At::kExtensionValue:
      return kIsToken[byte] ? kNoError : next_extension(reader, byte);
    case At::kExtensionQuoted:
      if (byte == '"') reader.at = At::kExtensionAfterQuoted;
      if (byte == '\\') reader.at = At::kExtensionEscape;
      return kIsControl[byte] ? HttpError::kBadChunk : kNoError;
    case At::kExtensionEscape:
      reader.at = At::kExtensionQuoted;
      return kIsControl[byte] ? HttpError::kBadChunk : kNoError;
    default:
      return next_extension(reader, byte);  // after the closing quote
  }
}

HttpError in_trailer(ChunkReader& reader, std::uint8_t byte) {
  if (++reader.count > kTrailerBytesMax) return HttpError::kTrailerTooLong;
  switch (reader.at) {
    case At::kTrailerStart:
      if (byte == '\r') {
        reader.at = At::kLastLf;
        return kNoError;
      }
      if (is_blank(byte)) return HttpError::kFoldedHeader;
      if (!kIsToken[byte]) return line_end_error(byte, HttpError::kBadHeaderName);
      reader.at = At::kTrailerName;
      return kNoError;
    case At::kTrailerName:
      if (byte == ':') reader.at = At::kTrailerValue;
      return byte == ':' || kIsToken[byte] ? kNoError : line_end_error(byte, HttpError::kBadHeaderName);
    case At::kTrailerValue:
      if (byte == '\r') {
        reader.at = At::kTrailerLf;
        return kNoError;
      }
      return kIsControl[byte] ? line_end_error(byte, HttpError::kBadHeaderValue) : kNoError;
    default:
      reader.at = At::kTrailerStart;
      return byte == '\n' ? kNoError : HttpError::kBareLineEnd;
  }
}

// One byte of framing.
HttpError on_byte(ChunkReader& reader, std::uint8_t byte) {
  switch (reader.at) {
    case At::kSizeStart:
    case At::kSize:
      return size_byte(reader, byte);
    case At::kSizeLf:
      reader.count = 0;
      reader.at = reader.left == 0 ? At::kTrailerStart : At::kData;
      return byte == '\n' ? kNoError : HttpError::kBadChunk;
    case At::kDataCr:
      reader.at = At::kDataLf;
      return byte == '\r' ? kNoError : HttpError::kBadChunk;
    case At::kDataLf:
      reader.at = At::kSizeStart;
      return byte == '\n' ? kNoError : HttpError::kBadChunk;
    case At::kTrailerStart:
    case At::kTrailerName:
    case At::kTrailerValue:
    case At::kTrailerLf:
      return in_trailer(reader, byte);
    default:
      return in_extension(reader, byte);
  }
}

}  // namespace

ChunkStep advance(ChunkReader& reader, Bytes bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (reader.at == At::kData) {
      const std::size_t take = static_cast<std::size_t>(std::min<std::uint64_t>(reader.left, bytes.size() - at));
      reader.left -= take;
      if (reader.left == 0) reader.at = At::kDataCr;
      return {ChunkStep::What::kData, at + take, bytes.subspan(at, take), kNoError};
    }
    if (reader.at == At::kLastLf) {
      if (bytes[at] != '\n') return {ChunkStep::What::kError, at + 1, {}, HttpError::kBareLineEnd};
      return {ChunkStep::What::kDone, at + 1, {}, kNoError};
    }
    const HttpError error = on_byte(reader, bytes[at++]);
    if (error != kNoError) return {ChunkStep::What::kError, at, {}, error};
  }
  return {ChunkStep::What::kNeedMore, at, {}, kNoError};
}

bool skip(ChunkReader& reader, std::uint64_t bytes) {
  if (reader.at != At::kData || bytes > reader.left) return false;
  reader.left -= bytes;
  if (reader.left == 0) reader.at = At::kDataCr;
  return true;
}

}  // namespace bellrock::http
