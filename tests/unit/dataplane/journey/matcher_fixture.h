// A small shop for tests and benches of the matcher: its definition, and requests and beacons made of text.
#pragma once

#include <string>
#include <vector>

#include "dataplane/journey/matcher.h"
#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {

inline constexpr SipKey kSessionKey{1, 2};
inline constexpr SipKey kOwnerKey{3, 4};

class ShopBuilder {
 public:
  ShopBuilder() {
    d.sites = {{"shop", {"shop.example"}, {"/rum"}}};
    d.templates = {
        {}, {"/checkout", {"checkout"}}, {"/api/{ver}/payments", {"api", "", "payments"}}, {"/search", {"search"}}};
    d.headers = {"x-session"};
    d.identities = {
        {"web", {{SourceKind::kCookie, 0, "sid", ""}, {SourceKind::kBeaconField, 0, "sid", ""}}, 4 * kHour}};
    d.dimensions = {{"device", {SourceKind::kDevice, 0, "", ""}, {"phone", "tablet", "desktop"}, {}},
                    {"method", {SourceKind::kBeaconAttr, 0, "method", ""}, {"card", "wallet"}, {}}};
    d.visitors.rules = {{VisitorAspect::kDevice, VisitorField::kAgent, false, 1, "iPhone", {}},
                        {VisitorAspect::kDevice, VisitorField::kAgent, false, 3, "", {}},
                        {VisitorAspect::kClass, VisitorField::kAgent, false, 2, "bot", {}}};
    d.clocks = {{true, "pay_to_confirmed_ms"}, {}};
    d.journeys = {checkout::make(), search::make()};
    set_match(checkout::kId, checkout::kOpen, {http(LeafKind::kHttpRequest, "GET", 1)});
    set_match(checkout::kId, checkout::kAddress, {beacon("checkout.address")});
    set_match(checkout::kId, checkout::kPay, {http(LeafKind::kHttpRequest, "POST", 2)});
    set_match(checkout::kId, checkout::kPayOk, {response(2, 2)});
    set_match(checkout::kId, checkout::kConfirmed, {beacon("order.confirmed")});
    set_match(checkout::kId, checkout::kDeclined, {beacon("payment.declined")});
    Leaf broken = response(2, 5);
    broken.none = true;
    set_match(checkout::kId, checkout::kBroken, {broken});
    set_match(checkout::kId, checkout::kLeft, {beacon("checkout.cancel")});
    Leaf query = http(LeafKind::kHttpRequest, "GET", 3);
    query.query = {{"q", Compare::kPresent, {}}};
    set_match(search::kId, search::kQuery, {query});
    set_match(search::kId, search::kPage, {response(3, 2)});
    set_match(search::kId, search::kResults, {beacon("search.results")});
    set_match(search::kId, search::kBroken, {response(3, 5), beacon("search.error")});
    d.journeys[search::kId.index()].objectives[0].client_clock = ClockId{1};
  }

  static Leaf http(LeafKind kind, std::string method, std::size_t path) {
    Leaf leaf;
    leaf.kind = kind;
    leaf.method = std::move(method);
    leaf.path_template = TemplateId{path};
    return leaf;
  }
  static Leaf response(std::size_t path, unsigned status_class) {
    Leaf leaf = http(LeafKind::kHttpResponse, "", path);
    leaf.status_classes = static_cast<std::uint8_t>(1u << status_class);
    return leaf;
  }
  static Leaf beacon(std::string event) {
    Leaf leaf;
    leaf.kind = LeafKind::kBeacon;
    leaf.event = std::move(event);
    return leaf;
  }
  // Any of the leaves.
  void set_match(JourneyId journey, std::uint8_t step, std::vector<Leaf> leaves) {
    const auto first = static_cast<std::uint16_t>(d.nodes.size());
    for (Leaf& leaf : leaves) {
      d.nodes.push_back({NodeOp::kLeaf, static_cast<std::uint16_t>(d.leaves.size()), 0});
      d.leaves.push_back(std::move(leaf));
    }
    d.nodes.push_back({NodeOp::kAny, first, static_cast<std::uint16_t>(leaves.size())});
    d.journeys[journey.index()].steps[step].root = static_cast<std::uint16_t>(d.nodes.size() - 1);
  }

  Definition d;
};

// A request that owns its text.
class TextRequest {
 public:
  TextRequest(Method method, std::string method_text, std::string target, std::string cookie,
              std::string host = "shop.example", std::string agent = "")
      : text_{std::move(method_text), std::move(target), std::move(cookie), std::move(host), std::move(agent)} {
    request.method = method;
    request.method_text = text_[0];
    request.target = text_[1];
    const std::size_t mark = text_[1].find('?');
    request.path = request.target.substr(0, mark);
    if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
    if (!text_[2].empty()) set(Header::kCookie, text_[2]);
    set(Header::kHost, text_[3]);
    if (!text_[4].empty()) set(Header::kUserAgent, text_[4]);
    request.headers = &headers_;
    request.first = kDay - kMillisecond;
    request.last = kDay;
  }
  TextRequest(const TextRequest&) = delete;
  TextRequest& operator=(const TextRequest&) = delete;

  // What the pipeline knows of a request before the matcher sees it.
  [[nodiscard]] RequestTag tag(const Matcher& matcher) const {
    RequestTag tag;
    tag.method = request.method;
    tag.request_last = request.last;
    tag.path_template = matcher.template_of(request.path);
    tag.beacon_path = matcher.is_beacon_path(request.header(Header::kHost), request.path);
    return tag;
  }

  HttpRequest request;

 private:
  void set(Header header, std::string_view value) { headers_[static_cast<std::size_t>(header)] = value; }

  std::array<std::string, 5> text_;
  HeaderValues headers_{};
};

}  // namespace bellrock::journey
