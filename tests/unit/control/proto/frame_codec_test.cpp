// Encoding and decoding of whole frames. Longer than 400 lines: a test for each way in which a frame may be wrong.
#include "control/proto/frame_codec.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <functional>
#include <random>

#include "bellrock/v1/frame.pb.h"
#include "control/flow/histogram.h"

namespace bellrock::proto {
namespace {

using control::DeltaFrame;
using control::Histogram;
using control::SeriesKey;

std::string word(std::mt19937_64& random) {
  static const char* const kWords[] = {"", "checkout", "search", "pay", "good", "größe", "__other__", "z", "a b"};
  return kWords[random() % std::size(kWords)];
}

Histogram any_histogram(std::mt19937_64& random) {
  Histogram h;
  if (random() % 3 == 0) {
    h.n = random() % 100;
    return h;
  }
  for (auto i = random() % 20; i > 0; --i)
    h.buckets[static_cast<std::int32_t>(random() % 2'048) - 1'280] = 1 + random() % 9;
  h.zero = random() % 2;
  h.overflow = random() % 2;
  h.n = measured(h);
  if (h.n == 0) return h;
  h.min_ns = random() % 1'000;
  h.max_ns = h.min_ns + random() % 1'000'000'000;
  h.sum_ns = random() >> 20;
  return h;
}

DeltaFrame any_frame(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  DeltaFrame frame;
  frame.node = "edge-" + std::to_string(seed % 7);
  for (auto& byte : frame.boot) byte = static_cast<std::uint8_t>(random());
  for (auto& byte : frame.board_id) byte = static_cast<std::uint8_t>(random());
  for (auto& byte : frame.snapshot) byte = static_cast<std::uint8_t>(random());
  frame.seq = 100 + random() % 1'000;
  frame.oldest_seq_held = frame.seq - random() % 50;
  if (random() % 2) frame.lost = {{2, 5}, {9, 9}};
  frame.sent_unix_ms = 1'700'000'000'000;
  if (random() % 3 != 0) {
    frame.clock = {static_cast<std::int64_t>(random() % 7'200'000) - 3'600'000,
                   static_cast<std::int64_t>(random() % 10'000)};
  }
  if (random() % 3 != 0) frame.edge = {random() % 2 == 0, static_cast<std::int64_t>(random() % 1'700'000'000'000)};
  for (auto windows = random() % 4; windows > 0; --windows) {
    auto& window = frame.windows[1'700'000'000 + 10 * static_cast<std::int64_t>(random() % 100)];
    for (auto series = random() % 12; series > 0; --series) {
      SeriesKey key{word(random),
                    random(),
                    static_cast<CellKind>(random() % 4),
                    word(random),
                    word(random),
                    static_cast<CellScope>(random() % 3),
                    {}};
      if (random() % 2) key.dimensions = {{"device", word(random)}, {"method", word(random)}};
      window[key] = any_histogram(random);
    }
  }
  for (const auto& [start, window] : frame.windows) {
    for (const auto& [key, histogram] : window) frame.recorded += histogram.n;
  }
  frame.open = {{"checkout", random() % 50}, {"search", 0}};
  if (random() % 3 == 0) frame.board_lost = {{"checkout", 4}};
  frame.counters = {{"packets", random()}, {"passed", 5}};
  return frame;
}

std::string raw(const std::vector<std::uint8_t>& bytes) {
  std::string out(ZSTD_getFrameContentSize(bytes.data(), bytes.size()), '\0');
  EXPECT_EQ(ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size()), out.size());
  return out;
}

std::vector<std::uint8_t> squeeze(std::string_view message) {
  std::vector<std::uint8_t> out(ZSTD_compressBound(message.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), message.data(), message.size(), 1));
  return out;
}

std::optional<FrameError> error_of(Bytes bytes) {
  const auto decoded = decode(bytes);
  return decoded.ok() ? std::nullopt : std::optional(decoded.error());
}

// The error of a frame with one thing changed in its message.
std::optional<FrameError> error_after(const DeltaFrame& frame, const std::function<void(v1::DeltaFrame&)>& change) {
  v1::DeltaFrame message;
  EXPECT_TRUE(message.ParseFromString(raw(encode(frame))));
  change(message);
  return error_of(squeeze(message.SerializeAsString()));
}

// A frame with two series in one window and every optional part.
DeltaFrame small_frame() {
  DeltaFrame frame = any_frame(5);
  frame.windows.clear();
  Histogram h;
  h.n = 3;
  h.sum_ns = 30;
  h.min_ns = 5;
  h.max_ns = 20;
  h.buckets = {{-5, 1}, {7, 2}};
  auto& window = frame.windows[1'700'000'000];
  window[{"checkout", 1, CellKind::kStart, "", "", CellScope::kTotal, {}}].n = 4;
  window[{"checkout",
          2,
          CellKind::kObjective,
          "e2e",
          "good",
          CellScope::kDimensioned,
          {{"device", "phone"}, {"method", "card"}}}] = h;
  frame.recorded = 7;
  frame.lost = {{2, 5}, {9, 9}};
  return frame;
}

TEST(FrameCodec, EncodesDecodedFramesToTheSameBytes) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const DeltaFrame frame = any_frame(seed);
    const auto once = encode(frame);
    const auto decoded = decode(once);
    ASSERT_TRUE(decoded.ok()) << seed << " " << name(decoded.error());
    EXPECT_EQ(decoded->frame.windows, frame.windows);
    EXPECT_EQ(decoded->frame.open, frame.open);
    EXPECT_EQ(decoded->frame.board_lost, frame.board_lost);
    EXPECT_EQ(decoded->frame.counters, frame.counters);
    EXPECT_EQ(decoded->frame.boot, frame.boot);
    EXPECT_EQ(decoded->frame.lost.size(), frame.lost.size());
    EXPECT_EQ(decoded->unknown_fields, 0u);
    EXPECT_EQ(encode(decoded->frame), once);
  }
}

TEST(FrameCodec, SameFrameBuiltInAnotherOrderHasTheSameDigest) {
  DeltaFrame one = small_frame(), two = one;
  auto& window = two.windows[1'700'000'000];
  std::vector<std::pair<SeriesKey, Histogram>> series(window.begin(), window.end());
  window.clear();
  std::reverse(series.begin(), series.end());
  for (const auto& one_series : series) window.insert(one_series);
  EXPECT_EQ(digest(encode(one)), digest(encode(two)));
  two.seq += 1;
  EXPECT_NE(digest(encode(one)), digest(encode(two)));
}

TEST(FrameCodec, TakesNoFrameThatWasCutOrChanged) {
  const auto good = encode(small_frame());
  ASSERT_FALSE(error_of(good));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_TRUE(error_of(Bytes(good).first(size))) << size;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1u << bit % 8));
    const auto decoded = decode(bad);  // bit 3 and 4 of the descriptor are unused or reserved: the checksum still holds
    if (decoded.ok()) {
      EXPECT_EQ(encode(decoded->frame), good) << bit;
    }
  }
  auto longer = good;
  longer.push_back(0);
  EXPECT_EQ(error_of(longer), FrameError::kNotZstd);
  longer.pop_back();
  longer.insert(longer.end(), good.begin(), good.end());
  EXPECT_EQ(error_of(longer), FrameError::kNotZstd);
}

TEST(FrameCodec, RefusesBombsBeforeItDecompressesThem) {
  EXPECT_EQ(error_of(squeeze(std::string(kMessageBytesMax + 1, '\0'))), FrameError::kTooLarge);
  EXPECT_EQ(error_of(std::vector<std::uint8_t>(kFrameBytesMax + 1)), FrameError::kTooLarge);
}

TEST(FrameCodec, CountsPartsBeforeItBuildsThem) {
  v1::DeltaFrame many;
  for (std::size_t i = 0; i <= kSeriesMax; ++i) {
    if (i % 1'000 == 0) many.add_windows();
    many.mutable_windows(many.windows_size() - 1)->add_series();
  }
  EXPECT_EQ(error_of(squeeze(many.SerializeAsString())), FrameError::kTooMany);
  v1::DeltaFrame names;
  for (std::size_t i = 0; i <= kStringsMax; ++i) names.add_strings("");
  EXPECT_EQ(error_of(squeeze(names.SerializeAsString())), FrameError::kTooMany);
  std::string unknown;
  for (int i = 0; i < 100'000; ++i) unknown += std::string("\xf8\x07\x00", 3);  // field 127
  EXPECT_EQ(error_of(squeeze(unknown)), FrameError::kTooMany);
}

TEST(FrameCodec, RefusesWhatDoesNotAddUp) {
  const DeltaFrame frame = small_frame();
  ASSERT_FALSE(error_after(frame, [](v1::DeltaFrame&) {}));
  const auto series = [](v1::DeltaFrame& m) { return m.mutable_windows(0)->mutable_series(1); };
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.set_recorded(8); }), FrameError::kBadSum);
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->set_n(~0ull); }), FrameError::kBadSum);
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->set_n(4), m.set_recorded(8); }),
            FrameError::kBadBuckets);
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->set_zero(~0ull - 2); }), FrameError::kBadBuckets);
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->set_min_ns(21); }), FrameError::kBadBuckets);
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->mutable_buckets()->push_back('\0'); }),
            FrameError::kBadBuckets);
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->set_first_bucket(-2'000); }),
            FrameError::kBadBuckets);
}

TEST(FrameCodec, RefusesBadNamesAndIndexes) {
  const DeltaFrame frame = small_frame();
  const auto series = [](v1::DeltaFrame& m) { return m.mutable_windows(0)->mutable_series(1); };
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->set_journey(99); }), FrameError::kBadIndex);
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->set_item(~0u); }), FrameError::kBadIndex);
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->set_dimensions(1, 99); }), FrameError::kBadIndex);
  EXPECT_EQ(error_after(frame, [&](v1::DeltaFrame& m) { series(m)->add_dimensions(0); }), FrameError::kBadSeries);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.mutable_open(0)->set_journey(99); }), FrameError::kBadIndex);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.mutable_counters(1)->set_name(m.counters(0).name()); }),
            FrameError::kBadIndex);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.mutable_strings()->SwapElements(0, 1); }),
            FrameError::kBadName);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.add_strings(std::string(kNameBytesMax + 1, 'z')); }),
            FrameError::kBadName);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.add_strings("zz\x1b[31m"); }), FrameError::kBadName);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.add_strings("zz\xc2\x9b"); }), FrameError::kBadName);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.set_node("a\nb"); }), FrameError::kBadIdentity);
}

TEST(FrameCodec, RefusesBadIdentitiesWindowsAndOrder) {
  const DeltaFrame frame = small_frame();
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.set_boot("short"); }), FrameError::kBadIdentity);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.set_seq(0), m.set_oldest_seq_held(0); }),
            FrameError::kBadIdentity);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.set_oldest_seq_held(m.seq() + 1); }),
            FrameError::kBadIdentity);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.set_node(""); }), FrameError::kBadIdentity);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.mutable_lost(1)->set_first(5); }), FrameError::kBadRange);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.mutable_lost(1)->set_last(m.seq()); }), FrameError::kBadRange);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.mutable_windows(0)->set_start_unix_s(7); }),
            FrameError::kBadWindow);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.mutable_windows(0)->set_start_unix_s(-10); }),
            FrameError::kBadWindow);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { *m.add_windows() = v1::Window(m.windows(0)); }),
            FrameError::kBadWindow);
  EXPECT_EQ(error_after(frame, [](v1::DeltaFrame& m) { m.mutable_windows(0)->mutable_series()->SwapElements(0, 1); }),
            FrameError::kBadSeries);
  EXPECT_EQ(error_after(frame,
                        [](v1::DeltaFrame& m) {
                          m.mutable_windows(0)->mutable_series(0)->set_kind(static_cast<v1::Kind>(99));
                        }),
            FrameError::kBadSeries);
}

TEST(FrameCodec, CarriesTheStateOfTheEdgeOrThatItIsNotSaid) {
  DeltaFrame frame = any_frame(3);
  for (const std::optional<control::EdgeState>& edge :
       {std::optional<control::EdgeState>{}, {{true, 0}}, {{false, 1'700'000'000'000}}}) {
    frame.edge = edge;
    const auto decoded = decode(encode(frame));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->frame.edge, edge);
    EXPECT_EQ(decoded->unknown_fields, 0u);
  }
  frame.edge = {true, -1};
  EXPECT_EQ(decode(encode(frame)).error(), FrameError::kBadIdentity);
}

TEST(FrameCodec, CarriesHowFarTheClockIsOffOrThatItIsNotKnown) {
  DeltaFrame frame = any_frame(3);
  constexpr std::int64_t kMax = control::kClockMsMax;
  for (const std::optional<control::ClockState>& clock :
       {std::optional<control::ClockState>{}, {{0, 0}}, {{-30'000, 12}}, {{kMax, kMax}}, {{-kMax, 0}}}) {
    frame.clock = clock;
    const auto decoded = decode(encode(frame));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->frame.clock, clock);
    EXPECT_EQ(decoded->unknown_fields, 0u);
  }
  for (const control::ClockState& clock : {control::ClockState{kMax + 1, 0},
                                           {-kMax - 1, 0},
                                           {std::numeric_limits<std::int64_t>::min(), 0},
                                           {0, kMax + 1},
                                           {0, -1}}) {
    frame.clock = clock;
    EXPECT_EQ(decode(encode(frame)).error(), FrameError::kBadIdentity) << clock.offset_ms << " " << clock.uncertain_ms;
  }
}

TEST(FrameCodec, SkipsAndCountsFieldsOfANewerSchema) {
  v1::DeltaFrame message;
  ASSERT_TRUE(message.ParseFromString(raw(encode(small_frame()))));
  message.set_schema(2);
  message.GetReflection()->MutableUnknownFields(&message)->AddVarint(99, 1);
  auto* series = message.mutable_windows(0)->mutable_series(0);
  series->GetReflection()->MutableUnknownFields(series)->AddLengthDelimited(98, "x");
  const auto decoded = decode(squeeze(message.SerializeAsString()));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->schema, 2u);
  EXPECT_EQ(decoded->unknown_fields, 2u);
  EXPECT_EQ(decoded->frame.windows, small_frame().windows);
}

// The message of small_frame() as a newer schema may send it: one more series, whose names, dimensions, buckets and sum
// follow rules of its own.
v1::DeltaFrame newer_message(const std::function<void(v1::Series&)>& change) {
  v1::DeltaFrame message;
  EXPECT_TRUE(message.ParseFromString(raw(encode(small_frame()))));
  message.set_schema(kSchema + 1);
  auto& series = *message.mutable_windows(0)->add_series();
  series.set_n(5);
  series.set_journey(1'000'000);
  series.add_dimensions(1);
  series.set_buckets("\xff\xff");
  change(series);
  message.set_recorded(message.recorded() + series.n());
  return message;
}

// One more than this version has.
void set_unknown_kind(v1::Series& series) { series.set_kind(static_cast<v1::Kind>(v1::Kind_MAX + 1)); }
void set_unknown_scope(v1::Series& series) { series.set_scope(static_cast<v1::Scope>(v1::Scope_MAX + 1)); }

TEST(FrameCodec, LeavesOutSeriesOfANewerSchemaAndKeepsTheRest) {
  for (const auto& change : {set_unknown_kind, set_unknown_scope}) {
    auto message = newer_message(change);
    message.mutable_windows(0)->mutable_series()->SwapElements(0, 2);  // wherever it stands
    message.mutable_windows(0)->mutable_series()->SwapElements(1, 2);
    const auto decoded = decode(squeeze(message.SerializeAsString()));
    ASSERT_TRUE(decoded.ok()) << name(decoded.error());
    EXPECT_EQ(decoded->frame.windows, small_frame().windows);
    EXPECT_EQ(decoded->frame.recorded, small_frame().recorded);
    EXPECT_EQ(decoded->unknown_series, 1u);
    EXPECT_EQ(decoded->unknown_recorded, 5u);
    EXPECT_EQ(decoded->unknown_fields, 0u);
  }
}

TEST(FrameCodec, RefusesSeriesThatItsOwnSchemaDoesNotHave) {
  for (const auto& change : {set_unknown_kind, set_unknown_scope}) {
    auto message = newer_message(change);
    message.set_schema(kSchema);
    EXPECT_EQ(error_of(squeeze(message.SerializeAsString())), FrameError::kBadSeries);
  }
}

TEST(FrameCodec, BoundsAndChecksTheCountsOfSeriesThatItLeavesOut) {
  const auto error_with = [](std::uint64_t n, std::uint64_t said) {
    auto message = newer_message([n](v1::Series& series) {
      set_unknown_kind(series);
      series.set_n(n);
    });
    message.set_recorded(said);
    return error_of(squeeze(message.SerializeAsString()));
  };
  const std::uint64_t known = small_frame().recorded;
  EXPECT_EQ(error_with(5, known + 5), std::nullopt);
  EXPECT_EQ(error_with(5, known), FrameError::kBadSum) << "what is left out is in what was recorded";
  EXPECT_EQ(error_with(kRecordedMax - known, kRecordedMax), std::nullopt);
  EXPECT_EQ(error_with(kRecordedMax - known + 1, kRecordedMax + 1), FrameError::kBadSum);
  EXPECT_EQ(error_with(~std::uint64_t{0}, known - 1), FrameError::kBadSum) << "sums do not run over";
}

TEST(FrameCodec, WritesNoLatencyOfSeriesThatOnlyCount) {
  DeltaFrame frame = small_frame();
  frame.windows.begin()->second.begin()->second.min_ns = 77;  // meaningless there
  ASSERT_TRUE(decode(encode(frame)).ok());
  EXPECT_EQ(encode(frame), encode(small_frame()));
}

void expect_sums_alone(const SeriesKey& key) {
  DeltaFrame frame = small_frame();
  auto& series = frame.windows.begin()->second;
  series[key] = {.n = 2, .sum_ns = 2 * kAmountMax, .buckets = {}};
  frame.recorded += 2;
  const auto decoded = decode(encode(frame));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->frame.windows, frame.windows);
  series[key].sum_ns += 1;
  EXPECT_FALSE(decode(encode(frame)).ok());
  series[key] = {.n = 2, .sum_ns = 1, .zero = 2, .buckets = {}};
  EXPECT_FALSE(decode(encode(frame)).ok()) << "what adds up is not measured";
}

TEST(FrameCodec, CarriesSumsOfMoneyAndNoMoreThanWasCounted) {
  expect_sums_alone({"checkout", 7, CellKind::kValue, "success", "EUR", CellScope::kTotal, {}});
}

TEST(FrameCodec, CarriesSumsOfWaitsByStrata) {
  expect_sums_alone({"checkout",
                     7,
                     CellKind::kEffect,
                     "pay_ok",
                     "ended/50ms/abandoned.waiting",
                     CellScope::kDimensioned,
                     {{"device", "phone"}, {"returning", "no"}}});
}

TEST(FrameCodec, RepliesSurviveTheWire) {
  for (const auto result :
       {ReplyResult::kApplied, ReplyResult::kRepeated, ReplyResult::kRefused, ReplyResult::kConflict}) {
    const auto reply = decode_reply(bytes(encode_reply({result, "why"})));
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->result, result);
    EXPECT_EQ(reply->reason, "why");
  }
  EXPECT_FALSE(decode_reply(bytes("<html>")).ok());
  EXPECT_FALSE(decode_reply(bytes(std::string_view("\x08\x09"))).ok());
}

}  // namespace
}  // namespace bellrock::proto
