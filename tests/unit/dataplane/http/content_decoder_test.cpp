#include "dataplane/http/content_decoder.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>
#include <vector>

namespace bellrock::http {
namespace {

enum class Format { kGzip, kZlib, kRaw, kBrotli };

std::string compress(const std::string& text, Format format) {
  std::string out(text.size() + 1'024, 0);
  if (format == Format::kBrotli) {
    std::size_t size = out.size();
    EXPECT_TRUE(BrotliEncoderCompress(5, 18, BROTLI_MODE_TEXT, text.size(),
                                      reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                      reinterpret_cast<std::uint8_t*>(out.data())));
    out.resize(size);
    return out;
  }
  z_stream stream{};
  const int window = format == Format::kGzip ? 31 : format == Format::kZlib ? 15 : -15;
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string json(std::size_t bytes) {
  std::mt19937_64 random(bytes);
  std::string text = "[";
  while (text.size() < bytes) text += "{\"k" + std::to_string(random()) + "\":" + std::to_string(random()) + "},";
  text.resize(bytes);
  return text;
}

const char* name_of(Format format) {
  return format == Format::kGzip ? "gzip" : format == Format::kBrotli ? "br" : "deflate";
}

TEST(ContentDecoder, GivesBackWhatWasCompressed) {
  ContentDecoder decoder(64 * 1024);
  for (const Format format : {Format::kGzip, Format::kZlib, Format::kRaw, Format::kBrotli}) {
    for (const std::size_t bytes : {0u, 1u, 30u, 700u, 20'000u, 65'536u}) {
      const std::string text = json(bytes).substr(0, bytes);
      const std::string in = compress(text, format);
      const auto decoded = decoder.decode(name_of(format), bellrock::bytes(in));
      ASSERT_EQ(decoded.error, BeaconReject::kCount) << name_of(format) << bytes;
      ASSERT_EQ(bellrock::text(decoded.body), text);
    }
  }
}

TEST(ContentDecoder, RemovesStackedCodingsLastFirst) {
  ContentDecoder decoder(64 * 1024);
  const std::string text = json(3'000);
  const std::string in = compress(compress(text, Format::kGzip), Format::kBrotli);
  EXPECT_EQ(bellrock::text(decoder.decode("gzip, identity ,BR", bytes(in)).body), text);
  EXPECT_EQ(decoder.decode("br, gzip", bytes(in)).error, BeaconReject::kBadEncoding);
  const std::string thrice = compress(compress(compress(text, Format::kGzip), Format::kGzip), Format::kGzip);
  EXPECT_EQ(decoder.decode("gzip, gzip, gzip", bytes(thrice)).error, BeaconReject::kBadEncoding);
}

TEST(ContentDecoder, HandsBackWhatHasNoCoding) {
  ContentDecoder decoder(100);
  const std::string in = "{}";
  for (const char* codings : {"", "identity", " , "}) {
    EXPECT_EQ(decoder.decode(codings, bytes(in)).body.data(), bytes(in).data());
  }
  EXPECT_EQ(decoder.decode("zstd", bytes(in)).error, BeaconReject::kBadEncoding);
}

TEST(ContentDecoder, RefusesCutTrailedAndForeignBytes) {
  ContentDecoder decoder(64 * 1024);
  for (const Format format : {Format::kGzip, Format::kZlib, Format::kRaw, Format::kBrotli}) {
    const std::string whole = compress(json(2'000), format);
    for (std::size_t bytes = 1; bytes < whole.size(); bytes += 7) {
      const std::string cut = whole.substr(0, bytes);
      ASSERT_NE(decoder.decode(name_of(format), bellrock::bytes(cut)).error, BeaconReject::kCount)
          << name_of(format) << bytes;
    }
    const std::string trailed = whole + "x";
    EXPECT_EQ(decoder.decode(name_of(format), bytes(trailed)).error, BeaconReject::kBadEncoding);
  }
  const std::string plain = "{\"a\":1}";
  for (const char* codings : {"gzip", "br"}) {
    EXPECT_EQ(decoder.decode(codings, bytes(plain)).error, BeaconReject::kBadEncoding);
  }
}

TEST(ContentDecoder, ReadsSeveralGzipMembers) {
  ContentDecoder decoder(64 * 1024);
  const std::string in = compress("one ", Format::kGzip) + compress("two", Format::kGzip);
  EXPECT_EQ(bellrock::text(decoder.decode("gzip", bytes(in)).body), "one two");
}

TEST(ContentDecoder, StopsBombsAtTheRatioAndLargeBodiesAtTheBound) {
  ContentDecoder decoder(64 * 1024);
  std::string zeros;
  zeros.resize(10'000'000, '0');
  for (const Format format : {Format::kGzip, Format::kZlib, Format::kRaw, Format::kBrotli}) {
    const std::string small = compress(zeros.substr(0, 60'000), format);
    ASSERT_LT(small.size() * kInflateRatioMax, 60'000u);
    EXPECT_EQ(decoder.decode(name_of(format), bytes(small)).error, BeaconReject::kBombBody) << name_of(format);
    const std::string large = compress(json(70'000), format);
    EXPECT_EQ(decoder.decode(name_of(format), bytes(large)).error, BeaconReject::kTooLarge) << name_of(format);
  }
  // A bomb in a bomb: the ratio is that of all codings together.
  const std::string nested = compress(compress(zeros, Format::kGzip), Format::kGzip);
  EXPECT_EQ(decoder.decode("gzip, gzip", bytes(nested)).error, BeaconReject::kBombBody);
}

TEST(ContentDecoder, SurvivesFlippedBits) {
  ContentDecoder decoder(4'096);
  std::mt19937_64 random(9);
  for (const Format format : {Format::kGzip, Format::kZlib, Format::kRaw, Format::kBrotli}) {
    const std::string whole = compress(json(3'000), format);
    for (int i = 0; i < 2'000; ++i) {
      std::string spoiled = whole;
      spoiled[random() % spoiled.size()] ^= static_cast<char>(1 << random() % 8);
      const std::string in = spoiled;
      const auto decoded = decoder.decode(name_of(format), bellrock::bytes(in));
      ASSERT_LE(decoded.body.size(), 4'096u);
    }
  }
}

}  // namespace
}  // namespace bellrock::http
