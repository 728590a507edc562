// Hostile messages through the matcher into a tracker with tables that fill at once. The input is lines of fields
// between tabs: g and p requests (target, cookie, host, user agent), s a status, a aborted, n unanswered, b a beacon
// (name, sid, page, attr, text, number), t time. Every field is a buffer of exactly its size. Sums must hold after each
// message.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "dataplane/base/check.h"
#include "tests/unit/dataplane/journey/matcher_fixture.h"

namespace {

using namespace bellrock;
using namespace bellrock::journey;

ShopBuilder make_shop() {
  ShopBuilder shop;
  shop.d.sites.push_back({"open", {}, {"/b"}});
  shop.d.identities[0].keys.push_back({SourceKind::kCookie, 0, "RT", "si"});
  shop.d.identities[0].keys.push_back({SourceKind::kQuery, 0, "s", ""});
  shop.d.identities[0].keys.push_back({SourceKind::kBeaconAttr, 0, "sid", ""});
  shop.d.dimensions.push_back({"lang", {SourceKind::kQuery, 0, "lang", ""}, {"en", "de"}, {}});
  shop.d.journeys[0].dimensions.emplace_back(std::size_t{2});
  Leaf leaf = ShopBuilder::http(LeafKind::kHttpRequest, "", 3);
  leaf.host = "shop.example";
  leaf.query = {{"n", Compare::kGte, {{ValueType::kNumber, "", 2}}},
                {"q", Compare::kNe, {{ValueType::kString, "a b", 0}}}};
  Leaf attrs = ShopBuilder::beacon("");
  attrs.url_template = TemplateId{std::size_t{2}};
  attrs.attrs = {{"k", Compare::kIn, {{ValueType::kString, "x", 0}, {ValueType::kNumber, "", 5}}}};
  Leaf aborted = ShopBuilder::response(3, 2);
  aborted.aborted = true;
  shop.set_match(search::kId, search::kQuery, {leaf, ShopBuilder::http(LeafKind::kHttpRequest, "GET", 3)});
  shop.set_match(search::kId, search::kResults, {attrs});
  Leaf report = ShopBuilder::beacon("network-error");
  report.kind = LeafKind::kReport;
  report.attrs = {{"type", Compare::kPresent, {}}};
  shop.set_match(search::kId, search::kBroken, {aborted, report});
  shop.d.dimensions.push_back(
      {"speed", {SourceKind::kAnswerTime, 0, "", ""}, {"1ms", "2ms"}, {kMillisecond, 2 * kMillisecond}});
  shop.d.journeys[1].dimensions.emplace_back(std::size_t{3});
  shop.d.limits.sessions_per_core = 3;
  shop.d.limits.attempts_per_core = 6;
  return shop;
}

// A field in memory of its own, so that a read past its end is seen.
class Field {
 public:
  explicit Field(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    if (size_ != 0) std::memcpy(bytes_.get(), text.data(), size_);
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

std::string_view take(std::string_view& rest, char separator) {
  const std::string_view first = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(first.size() + 1, rest.size()));
  return first;
}

class Run {
  auto emit() {
    return [this](Event& event) {
      CHECK(event.match_count <= kEventMatchesMax);
      event.time = now_;
      tracker_.on_event(event);
    };
  }

 public:
  Run() : table_(shop().d.limits.sessions_per_core, shop().d.limits.attempts_per_core) {}

  void line(std::string_view text) {
    const std::string_view op = take(text, '\t');
    std::vector<Field> fields;
    for (int i = 0; i < 8; ++i) fields.emplace_back(take(text, '\t'));
    now_ = now_ + kMillisecond;
    if (op.empty()) return;
    switch (op[0]) {
      case 't':
        now_ = now_ + static_cast<Duration>(number(fields[0].view()) % 100'000) * kSecond;
        break;
      case 's':
        matcher_.on_response({number(fields[0].view()) % 1'000, now_}, tag_, emit());
        break;
      case 'a':
      case 'n': {
        Transaction transaction;
        transaction.end = op[0] == 'a' ? TransactionEnd::kAborted : TransactionEnd::kUnanswered;
        matcher_.on_transaction(transaction, tag_, emit());
        break;
      }
      case 'b':
      case 'r':
        beacon(fields, op[0] == 'r' ? BeaconType::kReport : BeaconType::kStep);
        break;
      default:
        request(op[0] == 'p' ? Method::kPost : Method::kGet, fields);
    }
    tracker_.expire(now_);
    journal_.commit();
    for (const JourneyId journey : {checkout::kId, search::kId}) CHECK(tracker_.totals(journey).conserved());
  }
  void finish() {
    tracker_.expire(kNever);
    CHECK(tracker_.live() == 0);
  }

 private:
  static const ShopBuilder& shop() {
    static const ShopBuilder made = make_shop();
    return made;
  }
  static JournalRecord* record() {
    static const auto made = std::make_unique<JournalRecord>();
    return made.get();
  }
  static unsigned number(std::string_view text) {
    unsigned value = 0;
    for (const char c : text) value = value * 10 + static_cast<unsigned char>(c);
    return value;
  }
  HttpRequest read_request(Method method, const std::vector<Field>& fields) {
    HttpRequest request;
    request.method = method;
    request.method_text = method == Method::kPost ? "POST" : "GET";
    request.target = fields[0].view();
    request.path = request.target.substr(0, request.target.find('?'));
    if (request.path.size() < request.target.size()) request.query = request.target.substr(request.path.size() + 1);
    headers_ = {};
    headers_[static_cast<std::size_t>(Header::kCookie)] = fields[1].view();
    headers_[static_cast<std::size_t>(Header::kHost)] = fields[2].view();
    headers_[static_cast<std::size_t>(Header::kUserAgent)] = fields[3].view();
    request.headers = &headers_;
    request.last = fields[4].view() == "cut" ? Instant{} : now_;
    tag_ = RequestTag();
    tag_.method = method;
    tag_.request_last = request.last;
    tag_.path_template = matcher_.template_of(request.path);
    tag_.beacon_path = matcher_.is_beacon_path(request.header(Header::kHost), request.path);
    return request;
  }
  void request(Method method, const std::vector<Field>& fields) {
    const HttpRequest request = read_request(method, fields);
    matcher_.on_request(request, tag_, emit());
  }
  void beacon(const std::vector<Field>& fields, BeaconType type) {
    Beacon beacon;
    beacon.type = type;
    beacon.name = fields[0].view();
    beacon.sid = fields[1].view();
    beacon.page = fields[2].view();
    beacon.attrs[0] = {fields[3].view(), Attr::Type::kString, fields[4].view(), 0};
    double value = 0;
    std::memcpy(&value, fields[5].view().data(), std::min<std::size_t>(8, fields[5].view().size()));
    beacon.attrs[1] = {"pay_to_confirmed_ms", Attr::Type::kNumber, {}, value};
    beacon.attrs[2] = {"k", Attr::Type::kNumber, {}, value};
    beacon.attr_count = 3;
    std::vector<Field> carrier;
    carrier.emplace_back("/b");
    for (std::size_t i = 0; i < 4; ++i) carrier.emplace_back(i == 0 ? fields[6].view() : std::string_view{});
    const HttpRequest request = read_request(Method::kPost, carrier);
    matcher_.on_beacon(beacon, request, tag_, emit());
  }

  Counters counters_;
  Matcher matcher_{shop().d, {kSessionKey}, kOwnerKey, counters_};
  TableMemory table_;
  Journal journal_{table_.span().data(), table_.span().size(), record()};
  CountingCells cells_;
  Tracker<CountingCells> tracker_{shop().d, table_.span(), cells_, journal_, counters_};
  HeaderValues headers_{};
  RequestTag tag_;
  Instant now_ = kDay;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Run run;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) run.line(take(rest, '\n'));
  run.finish();
  return 0;
}
