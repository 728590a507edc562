#include "dataplane/http/chunk_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bellrock::http {
namespace {

struct Outcome {
  std::string data;
  ChunkStep::What end = ChunkStep::What::kNeedMore;
  HttpError error = kNoError;
  std::size_t consumed = 0;
};

Outcome read(std::string_view text, std::size_t piece_bytes) {
  Outcome outcome;
  ChunkReader reader;
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    Bytes piece = bytes(text.substr(at, piece_bytes));
    while (!piece.empty()) {
      const ChunkStep step = advance(reader, piece);
      EXPECT_GT(step.bytes, 0u);
      outcome.consumed += step.bytes;
      outcome.data += bellrock::text(step.data);
      piece = piece.subspan(step.bytes);
      outcome.end = step.what;
      outcome.error = step.error;
      if (step.what == ChunkStep::What::kDone || step.what == ChunkStep::What::kError) return outcome;
    }
  }
  return outcome;
}

void expect_same_in_all_pieces(const std::string& text, const Outcome& expected) {
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const Outcome outcome = read(text, piece);
    ASSERT_EQ(outcome.end, expected.end) << text;
    ASSERT_EQ(outcome.data, expected.data) << text;
    ASSERT_EQ(outcome.error, expected.error) << text;
    ASSERT_EQ(outcome.consumed, expected.consumed) << text;
  }
}

TEST(ChunkReader, ReadsDataExtensionsAndTrailersInAnyPieces) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"0\r\n\r\n", ""},
      {"5\r\nhello\r\n0\r\n\r\n", "hello"},
      {"A\r\n0123456789\r\n00b\r\nhello world\r\n000\r\n\r\n", "0123456789hello world"},
      {"1;a;b=c;d=\"e;\\\" f\"\r\nx\r\n0;last\r\nA: b\r\nC:\r\n\r\n", "x"},
  };
  for (const auto& [text, data] : rows) {
    const Outcome outcome = read(text + "GET", 1'000);
    EXPECT_EQ(outcome.end, ChunkStep::What::kDone) << text;
    EXPECT_EQ(outcome.data, data);
    EXPECT_EQ(outcome.consumed, text.size());
    expect_same_in_all_pieces(text, outcome);
  }
}

TEST(ChunkReader, RefusesJunkForItsOwnReason) {
  using enum HttpError;
  const std::vector<std::pair<std::string, HttpError>> rows{
      {"\r\n", kBadChunk},
      {" 5\r\n", kBadChunk},
      {"5 \r\n", kBadChunk},
      {"5\n", kBadChunk},
      {"5\r\r\n", kBadChunk},
      {"+5\r\n", kBadChunk},
      {"-1\r\n", kBadChunk},
      {"0x5\r\n", kBadChunk},
      {"5g\r\n", kBadChunk},
      {"g\r\n", kBadChunk},
      {"1000000000000000\r\n", kBadChunk},
      {"5_\r\n", kBadChunk},
      {"1\r\nab\r\n", kBadChunk},
      {"1\r\na\n", kBadChunk},
      {"1\r\na\rb", kBadChunk},
      {"1;\r\n", kBadChunk},
      {"1; a\r\n", kBadChunk},
      {"1 ;a\r\n", kBadChunk},
      {"1;a=\r\n", kBadChunk},
      {"1;a=\"b\r\n", kBadChunk},
      {"1;a=\"b\"c\r\n", kBadChunk},
      {"1;a=\"\\\x01\"\r\n", kBadChunk},
      {"1;a\n\r\n", kBadChunk},
      {"1;" + std::string(300, 'a'), kBadChunk},
      {"0\r\nA b: c\r\n\r\n", kBadHeaderName},
      {"0\r\n: c\r\n\r\n", kBadHeaderName},
      {"0\r\nAb\r\n\r\n", kBareLineEnd},
      {"0\r\nA: b\r\n c\r\n\r\n", kFoldedHeader},
      {"0\r\nA: b\x01\r\n\r\n", kBadHeaderValue},
      {"0\r\nA: b\n\r\n", kBareLineEnd},
      {"0\r\nA: b\rc\r\n", kBareLineEnd},
      {"0\r\n\rx", kBareLineEnd},
      {"0\r\n\n", kBareLineEnd},
      {"0\r\nA: " + std::string(kTrailerBytesMax, 'x'), kTrailerTooLong},
  };
  for (const auto& [text, error] : rows) {
    const Outcome outcome = read(text, text.size());
    EXPECT_EQ(outcome.end, ChunkStep::What::kError) << text;
    EXPECT_EQ(kHttpErrorNames[static_cast<std::size_t>(outcome.error)],
              kHttpErrorNames[static_cast<std::size_t>(error)])
        << text;
    if (text.size() < 1'000) expect_same_in_all_pieces(text, outcome);
  }
}

TEST(ChunkReader, TakesTheLargestSizeItCanCount) {
  ChunkReader reader;
  EXPECT_EQ(advance(reader, bytes("fffffffffffffff\r\n")).what, ChunkStep::What::kNeedMore);
  EXPECT_EQ(reader.left, (std::uint64_t{1} << 60) - 1);
}

TEST(ChunkReader, SkipsAGapOnlyInsideTheDataOfOneChunk) {
  ChunkReader reader;
  EXPECT_FALSE(skip(reader, 1));
  (void)advance(reader, bytes("a\r\n"));
  EXPECT_FALSE(skip(reader, 11));
  EXPECT_TRUE(skip(reader, 4));
  EXPECT_TRUE(skip(reader, 6));
  EXPECT_FALSE(skip(reader, 1));
  EXPECT_EQ(advance(reader, bytes("\r\n0\r\n\r\n")).what, ChunkStep::What::kDone);
}

}  // namespace
}  // namespace bellrock::http
