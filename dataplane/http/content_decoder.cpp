#include "dataplane/http/content_decoder.h"

#include <brotli/decode.h>
#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/http/head_lines.h"

namespace bellrock::http {
namespace {

// The brotli decoder asks for memory at each use: it gets it from here, and everything is given back at once. Its
// state, tables of two meta-blocks and a window no larger than a body fit; a stream made to need more is refused.
constexpr std::size_t kBrotliFixedBytes = 1024 * 1024;

struct Arena {
  std::unique_ptr<std::uint8_t[]> memory;
  std::size_t size = 0, used = 0;
  void* take(std::size_t bytes) {
    constexpr std::size_t kAlign = alignof(std::max_align_t);
    bytes = (bytes + kAlign - 1) / kAlign * kAlign;
    if (bytes > size - used) return nullptr;
    used += bytes;
    return memory.get() + used - bytes;
  }
};

enum class Coding : std::uint8_t { kIdentity, kGzip, kDeflate, kBrotli, kUnknown };

Coding coding_of(std::string_view name) {
  if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip")) return Coding::kGzip;
  if (equals_ignoring_case(name, "deflate")) return Coding::kDeflate;
  if (equals_ignoring_case(name, "br")) return Coding::kBrotli;
  return equals_ignoring_case(name, "identity") || name.empty() ? Coding::kIdentity : Coding::kUnknown;
}

// How one coding's removal ended.
enum class Step : std::uint8_t { kDone, kBad, kFull };
struct Output {
  Step step = Step::kBad;
  std::size_t bytes = 0;
};

Step step_of(libdeflate_result result) {
  if (result == LIBDEFLATE_SUCCESS) return Step::kDone;
  return result == LIBDEFLATE_INSUFFICIENT_SPACE ? Step::kFull : Step::kBad;
}

// Members may follow each other (RFC 1952 2.2); anything else behind one is refused.
Output gunzip(libdeflate_decompressor* deflate, Bytes in, std::uint8_t* out, std::size_t room) {
  Output output{Step::kDone, 0};
  while (output.step == Step::kDone && !in.empty()) {
    std::size_t consumed = 0, produced = 0;
    output.step = step_of(libdeflate_gzip_decompress_ex(deflate, in.data(), in.size(), out + output.bytes,
                                                        room - output.bytes, &consumed, &produced));
    if (output.step != Step::kDone) break;
    output.bytes += produced;
    in = in.subspan(consumed);
  }
  return output;
}

// "deflate" is the zlib format (RFC 9110 8.4.1.2), but raw deflate is sent under that name too.
Output inflate(libdeflate_decompressor* deflate, Bytes in, std::uint8_t* out, std::size_t room) {
  if (in.empty()) return {Step::kDone, 0};
  std::size_t consumed = 0, produced = 0;
  libdeflate_result result =
      libdeflate_zlib_decompress_ex(deflate, in.data(), in.size(), out, room, &consumed, &produced);
  if (result == LIBDEFLATE_BAD_DATA) {
    result = libdeflate_deflate_decompress_ex(deflate, in.data(), in.size(), out, room, &consumed, &produced);
  }
  if (result == LIBDEFLATE_SUCCESS && consumed != in.size()) return {Step::kBad, 0};
  return {step_of(result), produced};
}

Output unbrotli(Arena& arena, Bytes in, std::uint8_t* out, std::size_t room) {
  if (in.empty()) return {Step::kDone, 0};
  arena.used = 0;
  BrotliDecoderState* state = BrotliDecoderCreateInstance(
      [](void* opaque, std::size_t bytes) { return static_cast<Arena*>(opaque)->take(bytes); }, [](void*, void*) {},
      &arena);
  CHECK(state != nullptr);
  std::size_t in_left = in.size(), room_left = room;
  const std::uint8_t* from = in.data();
  const BrotliDecoderResult result = BrotliDecoderDecompressStream(state, &in_left, &from, &room_left, &out, nullptr);
  BrotliDecoderDestroyInstance(state);
  if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) return {Step::kFull, 0};
  if (result != BROTLI_DECODER_RESULT_SUCCESS || in_left != 0) return {Step::kBad, 0};
  return {Step::kDone, room - room_left};
}

struct CodingList {
  std::array<Coding, kContentCodingsMax> codings{};
  std::size_t count = 0;
  bool valid = true;
};

CodingList parse_codings(std::string_view value) {
  CodingList list;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const Bytes item = bytes(value.substr(0, comma));
    const Coding coding = coding_of(trim(item.data(), item.data() + item.size()));
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (coding == Coding::kIdentity) continue;
    if (coding == Coding::kUnknown || list.count == kContentCodingsMax) {
      list.valid = false;
      break;
    }
    list.codings[list.count++] = coding;
  }
  return list;
}

}  // namespace

struct ContentDecoder::Codecs {
  libdeflate_decompressor* deflate = libdeflate_alloc_decompressor();
  Arena brotli;
  std::array<std::unique_ptr<std::uint8_t[]>, kContentCodingsMax> outputs;

  Output run(Coding coding, Bytes in, std::uint8_t* out, std::size_t room) {
    if (coding == Coding::kGzip) return gunzip(deflate, in, out, room);
    if (coding == Coding::kDeflate) return inflate(deflate, in, out, room);
    return unbrotli(brotli, in, out, room);
  }
};

ContentDecoder::ContentDecoder(std::size_t body_bytes_max)
    : body_bytes_max_(body_bytes_max), codecs_(std::make_unique<Codecs>()) {
  CHECK(codecs_->deflate != nullptr);
  codecs_->brotli.size = kBrotliFixedBytes + 4 * body_bytes_max;
  codecs_->brotli.memory = std::make_unique<std::uint8_t[]>(codecs_->brotli.size);
  for (auto& output : codecs_->outputs) output = std::make_unique<std::uint8_t[]>(body_bytes_max);
}

ContentDecoder::~ContentDecoder() { libdeflate_free_decompressor(codecs_->deflate); }

ContentDecoder::Decoded ContentDecoder::decode(std::string_view codings, Bytes body) {
  CodingList list = parse_codings(codings);
  if (!list.valid) return {BeaconReject::kBadEncoding, {}};
  const std::size_t ratio_room = body.size() * kInflateRatioMax;
  const std::size_t room = std::min(body_bytes_max_, ratio_room);
  while (list.count > 0) {  // the last coding was applied last
    --list.count;
    std::uint8_t* const out = codecs_->outputs[list.count].get();
    const Output output = codecs_->run(list.codings[list.count], body, out, room);
    if (output.step == Step::kBad) return {BeaconReject::kBadEncoding, {}};
    if (output.step == Step::kFull) {
      return {ratio_room < body_bytes_max_ ? BeaconReject::kBombBody : BeaconReject::kTooLarge, {}};
    }
    body = {out, output.bytes};
  }
  return {BeaconReject::kCount, body};
}

}  // namespace bellrock::http
