// A parser that knows header blocks against one that has seen nothing yet: the same verdict and the same views.
#include "dataplane/http/header_blocks.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "dataplane/http/request_head.h"
#include "tests/unit/dataplane/http/guarded.h"

namespace bellrock::http {
namespace {

const std::string& chrome() {
  static const std::string lines =
      "Host: c.example.com\r\nConnection: keep-alive\r\nContent-Length: 612\r\nsec-ch-ua-platform: \"Android\"\r\n"
      "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
      "Mobile\r\n"
      "sec-ch-ua: \"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\nContent-Type: text/plain;charset=UTF-8\r\n"
      "sec-ch-ua-mobile: ?1\r\nAccept: */*\r\nOrigin: https://shop.example\r\nSec-Fetch-Site: cross-site\r\n\r\n";
  return lines;
}
const std::string& firefox() {
  static const std::string lines =
      "Host: c.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0\r\n"
      "Accept: */*\r\nAccept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nDNT: 1\r\n"
      "Content-Type: application/json\r\nContent-Length: 9\r\nOrigin: https://shop.example\r\nX-Extra: \r\n\r\n";
  return lines;
}

std::string post(const std::string& lines) { return "POST /rum?s=1 HTTP/1.1\r\n" + lines + "{\"a\":1}"; }

std::string with_length(std::string lines, const std::string& digits) {
  const std::string name = "Content-Length: ";
  const std::size_t at = lines.find(name) + name.size();
  return lines.replace(at, lines.find('\r', at) - at, digits);
}

// Twice, so that it is known from now on.
void show(RequestParser& parser, const std::string& lines) {
  RequestHead head;
  for (int i = 0; i < 2; ++i) ASSERT_EQ(parser.parse(bytes(post(lines)), head).state, HeadState::kComplete);
  ASSERT_EQ(head.message.header_block, 0u);
}

void expect_same(const RequestHead& known, const RequestHead& fresh, const std::string& text) {
  EXPECT_EQ(known.message.method, fresh.message.method) << text;
  EXPECT_EQ(known.message.target.data(), fresh.message.target.data()) << text;
  EXPECT_EQ(known.message.path, fresh.message.path) << text;
  EXPECT_EQ(known.message.query, fresh.message.query) << text;
  EXPECT_EQ(known.framing.kind, fresh.framing.kind) << text;
  EXPECT_EQ(known.framing.length, fresh.framing.length) << text;
  EXPECT_EQ(known.expects, fresh.expects) << text;
  EXPECT_EQ(known.http_1_0, fresh.http_1_0) << text;
  EXPECT_EQ(known.repeated, fresh.repeated) << text;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Header::kCount) + 2; ++i) {
    EXPECT_EQ(known.message.header(i), fresh.message.header(i)) << text << i;
    EXPECT_EQ(known.message.header(i).data() != nullptr, fresh.message.header(i).data() != nullptr) << text << i;
  }
}

const std::vector<std::string>& extra() {
  static const std::vector<std::string> names{"x-extra", "content-length"};
  return names;
}

TEST(HeaderBlocks, ABlockThatCameTwiceIsKnownWhateverItsLengthAndFirstLineAre) {
  for (const std::string& lines : {chrome(), firefox()}) {
    RequestParser parser(best_kernel(), extra());
    ASSERT_NO_FATAL_FAILURE(show(parser, lines));
    const std::string digits = lines == chrome() ? "704" : "0";
    const std::string text = "PUT http://other.example/x?y HTTP/1.1\r\n" + with_length(lines, digits);
    RequestHead known, fresh;
    RequestParser none(best_kernel(), extra());
    const HeadResult result = parser.parse(bytes(text), known);
    EXPECT_NE(known.message.header_block, 0u);
    EXPECT_EQ(result.state, HeadState::kComplete);
    EXPECT_EQ(result.bytes, text.size());
    ASSERT_EQ(none.parse(bytes(text), fresh).state, HeadState::kComplete);
    expect_same(known, fresh, text);
    EXPECT_EQ(known.message.header(Header::kHost), "other.example");
    EXPECT_EQ(known.framing.length, digits == "704" ? 704u : 0u);
  }
}

TEST(HeaderBlocks, AreOneVisitorsWhereThereIsACookieAndThenNotKept) {
  std::string lines = chrome();
  lines.insert(lines.find("Accept"), "Cookie: sid=1\r\n");
  RequestParser parser(best_kernel(), {});
  RequestHead head;
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(parser.parse(bytes(post(lines)), head).state, HeadState::kComplete);
    EXPECT_EQ(head.message.header_block, 0u);
  }
}

TEST(HeaderBlocks, ALengthThatIsNoneIsRefusedAsItIsElsewhere) {
  RequestParser parser(best_kernel(), {});
  ASSERT_NO_FATAL_FAILURE(show(parser, chrome()));
  for (const char* digits : {"6x2", "-12", "+12", "1 2"}) {
    RequestHead head;
    RequestParser none(best_kernel(), {});
    const HeadResult known = parser.parse(bytes(post(with_length(chrome(), digits))), head, true);
    const HeadResult fresh = none.parse(bytes(post(with_length(chrome(), digits))), head, true);
    EXPECT_EQ(known.state, HeadState::kError) << digits;
    EXPECT_EQ(known.error, fresh.error) << digits;
  }
}

TEST(HeaderBlocks, TheSameNumberMeansTheSameValues) {
  RequestParser one(best_kernel(), {}), other(best_kernel(), {});
  ASSERT_NO_FATAL_FAILURE(show(one, chrome()));
  ASSERT_NO_FATAL_FAILURE(show(one, firefox()));
  ASSERT_NO_FATAL_FAILURE(show(other, chrome()));
  const auto number = [](RequestParser& parser, const std::string& lines) {
    RequestHead head;
    EXPECT_EQ(parser.parse(bytes(post(lines)), head).state, HeadState::kComplete);
    return head.message.header_block;
  };
  const std::uint64_t first = number(one, chrome()), second = number(one, firefox()), third = number(other, chrome());
  EXPECT_EQ(number(one, with_length(chrome(), "199")), first);
  EXPECT_NE(first, second);
  EXPECT_NE(first, third);  // of another parser, which may know other headers
  EXPECT_EQ(number(one, "Host: a\r\n\r\n"), 0u);
}

TEST(HeaderBlocks, OneBrowserOnSeveralPagesIsKnownOnEach) {
  RequestParser parser(best_kernel(), {});
  const auto page = [](int i) {
    std::string lines = chrome();
    return lines.insert(lines.size() - 2, "Referer: https://shop.example/page/" + std::to_string(i) + "\r\n");
  };
  for (int i = 0; i < 4; ++i) ASSERT_NO_FATAL_FAILURE(show(parser, page(i)));
  for (int i = 0; i < 4; ++i) {
    RequestHead head;
    ASSERT_EQ(parser.parse(bytes(post(page(i))), head).state, HeadState::kComplete);
    EXPECT_NE(head.message.header_block, 0u) << i;
  }
}

TEST(HeaderBlocks, ManyBrowsersInTurnAreAllKnown) {
  RequestParser parser(best_kernel(), {});
  const auto browser = [](int i) {
    std::string lines = chrome();
    return lines.replace(lines.find("124.0"), 3, std::to_string(110 + i));
  };
  constexpr int kBrowsers = 64;
  std::size_t known = 0;
  for (int round = 0; round < 3; ++round) {
    known = 0;
    for (int i = 0; i < kBrowsers; ++i) {
      RequestHead head;
      ASSERT_EQ(parser.parse(bytes(post(browser(i))), head).state, HeadState::kComplete);
      known += head.message.header_block != 0;
    }
  }
  EXPECT_GE(known, kBrowsers - 4u);  // some may meet in one set
}

TEST(HeaderBlocks, OfMoreThanTheirBoundOfBytesOrOfValuesAreReadEachTime) {
  std::vector<std::string> names;
  for (int i = 0; i < 30; ++i) names.push_back("x-" + std::to_string(100 + i));
  const auto is_known = [](RequestParser& parser, const std::string& lines) {
    RequestHead head;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(parser.parse(bytes(post(lines)), head).state, HeadState::kComplete);
    return head.message.header_block != 0;
  };
  const auto with = [](std::string more) { return std::string(chrome()).insert(chrome().size() - 2, more); };
  for (const std::size_t bytes : {HeaderBlock::kBytesMax, HeaderBlock::kBytesMax + 1}) {
    RequestParser parser(best_kernel(), names);
    const std::string padding = "X-Pad: " + std::string(bytes - chrome().size() - 9, 'p') + "\r\n";
    EXPECT_EQ(is_known(parser, with(padding)), bytes == HeaderBlock::kBytesMax) << bytes;
  }
  // Seven of chrome's are asked for as well.
  for (const std::size_t values : {HeaderBlock::kValuesMax, HeaderBlock::kValuesMax + 1}) {
    RequestParser parser(best_kernel(), names);
    std::string more;
    for (std::size_t i = 0; i < values - 7; ++i) more += names[i] + ": v\r\n";
    EXPECT_EQ(is_known(parser, with(more)), values == HeaderBlock::kValuesMax) << values;
  }
}

TEST(HeaderBlocks, NothingIsReadBehindTheBytesThatCame) {
  RequestParser parser(best_kernel(), {});
  ASSERT_NO_FATAL_FAILURE(show(parser, chrome()));
  const std::string text = "POST /rum HTTP/1.1\r\n" + chrome();
  test::Guarded buffer(4'096);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    RequestHead head;
    const HeadResult result = parser.parse(buffer.put(std::string_view(text).substr(0, size)), head);
    EXPECT_EQ(result.state, size == text.size() ? HeadState::kComplete : HeadState::kPartial) << size;
  }
}

TEST(HeaderBlocks, ChangedHeadsGetTheVerdictTheyGetFromAParserThatKnowsNone) {
  std::mt19937_64 random(11);
  std::size_t known_blocks = 0, refused = 0;
  for (const ScanKernel* kernel : supported_kernels()) {
    for (const Targets targets : {Targets::kAsServersTake, Targets::kAscii}) {
      RequestParser parser(*kernel, extra(), targets);
      ASSERT_NO_FATAL_FAILURE(show(parser, chrome()));
      ASSERT_NO_FATAL_FAILURE(show(parser, firefox()));
      for (int i = 0; i < 4'000; ++i) {
        std::string text = post(random() % 2 == 0 ? chrome() : firefox());
        for (std::size_t changes = random() % 3; changes > 0; --changes) {
          const std::size_t at = random() % (random() % 4 == 0 ? text.size() : 100);
          if (random() % 2 == 0) {
            text[at] = static_cast<char>(random());
          } else {
            text[at] = static_cast<char>('0' + random() % 10);
          }
        }
        RequestHead known, fresh;
        const HeadResult result = parser.parse(bytes(text), known, true);
        RequestParser none(*kernel, extra(), targets);
        const HeadResult expected = none.parse(bytes(text), fresh, true);
        ASSERT_EQ(result.state, expected.state) << text;
        ASSERT_EQ(result.error, expected.error) << text;
        ASSERT_EQ(result.bytes, expected.bytes) << text;
        if (result.state == HeadState::kComplete) expect_same(known, fresh, text);
        known_blocks += result.state == HeadState::kComplete && known.message.header_block != 0;
        refused += result.state == HeadState::kError;
      }
    }
  }
  const std::size_t all = 8'000 * supported_kernels().size();
  EXPECT_GT(known_blocks, all / 4);
  EXPECT_GT(refused, all / 20);
}

}  // namespace
}  // namespace bellrock::http
