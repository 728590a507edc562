// Any bytes as a beacon's carrier. The first byte chooses how: a body of JSON, of a form, of the browser's
// reports, or a query. Whether an object
// is JSON must be what simdjson's DOM parser says, but for the two differences that tests/unit/dataplane/beacon/
// verdict_test.cpp names; reading twice must give the same; and what is accepted is within its bounds.
#include <simdjson.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/beacon/reader.h"

using namespace bellrock;

namespace {

// Ends exactly where the sanitizer looks.
class Carrier {
 public:
  Carrier(std::string_view text, bool query) : bytes_(new char[text.size()]) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    const std::string_view kept(bytes_.get(), text.size());
    request.method = query ? Method::kGet : Method::kPost;
    request.headers = &headers;
    if (query)
      request.query = kept;
    else
      request.body = bytes(kept);
  }
  HeaderValues headers{};
  HttpRequest request;

 private:
  std::unique_ptr<char[]> bytes_;
};

void check_accepted(const Beacon& beacon) {
  CHECK(beacon.sid.empty() == (beacon.type == BeaconType::kReport) && beacon.sid.size() <= kSidBytesMax);
  CHECK(beacon.page.data() != nullptr && beacon.page.size() <= kPageBytesMax);
  CHECK(beacon.page.find_first_of("?#") == std::string_view::npos);
  CHECK(beacon.name.size() <= kNameBytesMax && beacon.attr_count <= kAttrsMax);
  for (const double number : {beacon.ts, beacon.dur, beacon.value, beacon.lcp, beacon.score})
    CHECK(!std::isinf(number));
  for (const auto text : {beacon.sid, beacon.page, beacon.name, beacon.msg, beacon.rel, beacon.replay}) {
    CHECK(simdjson::validate_utf8(text));
  }
  for (std::size_t i = 0; i < beacon.attr_count; ++i) CHECK(simdjson::validate_utf8(beacon.attrs[i].text));
}

std::vector<BeaconReject> read(beacon::Reader& reader, const HttpRequest& request) {
  std::vector<BeaconReject> verdicts;
  reader.start(request);
  for (auto step = reader.next(); step != beacon::Reader::Step::kEnd; step = reader.next()) {
    const bool accepted = step == beacon::Reader::Step::kBeacon;
    if (accepted) check_accepted(reader.beacon());
    verdicts.push_back(accepted ? BeaconReject::kCount : reader.reject());
    CHECK(verdicts.size() <= kBeaconsPerBodyMax + 1);
  }
  return verdicts;
}

// Whether one of the two meant differences could be in it: a surrogate escape, or a long run of digits.
bool differs_on_purpose(std::string_view text) {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
    if (digits > 18) return true;
    if (text[i] == 'u' && i > 0 && text[i - 1] == '\\' && i + 1 < text.size() && (text[i + 1] | 0x20) == 'd')
      return true;
  }
  return false;
}

bool is_json(BeaconReject verdict) {
  return verdict != BeaconReject::kNotJson && verdict != BeaconReject::kTruncatedBody &&
         verdict != BeaconReject::kBadUtf8;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > kBodyBytesMax) return 0;
  static beacon::Reader reader(kBodyBytesMax);
  static simdjson::dom::parser parser;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const unsigned way = data[0] % 4;
  Carrier carrier(text, way == 1);
  if (way == 2) carrier.headers[static_cast<std::size_t>(Header::kContentType)] = "application/x-www-form-urlencoded";
  if (way == 3) carrier.headers[static_cast<std::size_t>(Header::kContentType)] = "application/reports+json";
  const auto verdicts = read(reader, carrier.request);
  CHECK(read(reader, carrier.request) == verdicts);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool one_object = way != 1 && first != std::string_view::npos && text[first] == '{' &&
                          text.find('\n', first) == std::string_view::npos;
  if (!one_object || differs_on_purpose(text)) return 0;
  simdjson::dom::element document;
  const bool json = parser.parse(text.data(), text.size()).get(document) == simdjson::SUCCESS;
  CHECK(verdicts.size() == 1 && is_json(verdicts[0]) == json);
  return 0;
}
