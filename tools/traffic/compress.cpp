#include "tools/traffic/compress.h"

#include <brotli/encode.h>
#include <zlib.h>

#include "dataplane/base/check.h"

namespace bellrock::traffic {
namespace {

// window_bits as zlib takes them: 15 zlib, 31 gzip, -15 raw.
std::string zlib_compress(std::string_view plain, int window_bits) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, 5, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, plain.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::string gzip(std::string_view plain) { return zlib_compress(plain, 31); }
std::string deflate(std::string_view plain, bool zlib_wrapper) { return zlib_compress(plain, zlib_wrapper ? 15 : -15); }

std::string brotli(std::string_view plain) {
  std::size_t bytes = BrotliEncoderMaxCompressedSize(plain.size()) + 16;
  std::string out(bytes, '\0');
  CHECK(BrotliEncoderCompress(3, 18, BROTLI_MODE_TEXT, plain.size(),
                              reinterpret_cast<const std::uint8_t*>(plain.data()), &bytes,
                              reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_TRUE);
  out.resize(bytes);
  return out;
}

}  // namespace bellrock::traffic
