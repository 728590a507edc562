// Storyboards on the wire: what was told comes back, and bytes from anybody are refused where they cannot be one.
#include "control/proto/storyboard_codec.h"

#include <gtest/gtest.h>

#include <functional>

#include "bellrock/v1/frame.pb.h"
#include "dataplane/flow/replay_pointer.h"

namespace bellrock::proto {
namespace {

using control::Storyboard;

Storyboard story() {
  Storyboard one;
  one.start_unix_s = 1'700'000'000;
  one.journey = "checkout";
  one.outcome = "failed.system";
  one.rank = 77;
  one.version = ~std::uint64_t{0};
  one.keep = 8;
  one.lasted_ms = 6'250;
  one.waited_ms = 12;
  one.dimensions = {{"device", "phone"}, {"release", "r1"}};
  one.steps = {{0, "open", Channel::kHttpRequest, "/checkout", 0, {}},
               {6'250, "broken", Channel::kHttpResponse, "", 503, std::uint32_t{0}}};
  one.steps_left_out = 3;
  one.clicks = {{50, "/checkout", ClickKind::kRage, 4'999}, {60, "", ClickKind::kClick, kNoClickPlace}};
  one.clicks_left_out = 1;
  one.replay = "https://replay.example.com/s/5-1?t=1";
  return one;
}

std::string changed(const std::function<void(v1::Storyboard&)>& change) {
  v1::Storyboard message;
  EXPECT_TRUE(message.ParseFromString(encode_storyboard(story())));
  change(message);
  return message.SerializeAsString();
}

TEST(StoryboardCodec, BringsBackWhatWasTold) {
  const auto decoded = decode_storyboard(bytes(encode_storyboard(story())));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, story());
}

TEST(StoryboardCodec, RefusesWhatCannotBeOne) {
  using Message = v1::Storyboard;
  const std::function<void(Message&)> changes[] = {
      [](Message& m) { m.set_start_unix_s(1'700'000'001); },
      [](Message& m) { m.set_start_unix_s(-10); },
      [](Message& m) { m.set_journey(""); },
      [](Message& m) { m.set_journey("check\nout"); },
      [](Message& m) { m.set_outcome(std::string(kNameBytesMax + 1, 'o')); },
      [](Message& m) { m.set_rank(0); },
      [](Message& m) { m.set_rank(~std::uint64_t{0}); },
      [](Message& m) { m.set_keep(0); },
      [](Message& m) { m.set_keep(kStoriesKeptMax + 1u); },
      [](Message& m) { m.add_dimensions("z"); },
      [](Message& m) { m.set_dimensions(0, "zebra"); },
      [](Message& m) { m.mutable_steps(0)->set_status(1'000); },
      [](Message& m) { m.mutable_steps(0)->set_step("\x1b[31m"); },
      [](Message& m) { m.mutable_steps(0)->set_channel(static_cast<v1::StoryChannel>(9)); },
      [](Message& m) { m.mutable_clicks(0)->set_kind(4); },
      [](Message& m) { m.mutable_clicks(0)->set_place_plus_1(5'001); },
      [](Message& m) { m.set_journey(std::string(kStoryboardBytesMax, 'j')); },
      [](Message& m) { m.set_replay("javascript:alert(1)"); },
      [](Message& m) { m.set_replay("https://replay.example.com/\"onmouseover"); },
      [](Message& m) {
        m.set_replay("https://replay.example.com/" + std::string(kReplayPrefixBytesMax + kReplayBytesMax, 'x'));
      },
  };
  EXPECT_TRUE(decode_storyboard(bytes(changed([](Message&) {}))).ok());
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    EXPECT_FALSE(decode_storyboard(bytes(changed(changes[i]))).ok()) << "change " << i;
  }
  const std::string whole = encode_storyboard(story());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    (void)decode_storyboard(bytes(whole.substr(0, size)));  // a sanitizer looks on
  }
}

TEST(StoryboardCodec, KeepsFramesSorted) {
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.seq = frame.oldest_seq_held = 1;
  frame.storyboards = {story(), story()};
  frame.storyboards[1].rank = 78;
  const auto decoded = decode(encode(frame));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->frame.storyboards, frame.storyboards);
  std::swap(frame.storyboards[0], frame.storyboards[1]);
  const auto swapped = decode(encode(frame));
  ASSERT_FALSE(swapped.ok());
  EXPECT_EQ(name(swapped.error()), "bad_storyboard");
  frame.storyboards[0] = frame.storyboards[1];
  EXPECT_FALSE(decode(encode(frame)).ok()) << "the same one twice";
}

TEST(StoryboardCodec, MakesALongOneFitAndSaysWhatIsLeftOut) {
  Storyboard longest = story();
  longest.steps.assign(12, {1, std::string(200, 's'), Channel::kBeacon, std::string(200, 'p'), 0, {}});
  longest.steps.back().offset_ms = 99;
  make_fit(longest);
  EXPECT_LE(encode_storyboard(longest).size(), kStoryboardBytesMax);
  EXPECT_EQ(longest.steps.size() + longest.steps_left_out, 12u + 3u);
  EXPECT_EQ(longest.steps.back().offset_ms, 99u);
  EXPECT_TRUE(decode_storyboard(bytes(encode_storyboard(longest))).ok());
}

}  // namespace
}  // namespace bellrock::proto
