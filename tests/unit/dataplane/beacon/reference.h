// The rules of the native beacon a second time, in the plainest way: simdjson's DOM, one lookup per field. The reader's
// oracle for what an object says; what it is worth where the DOM and the reader see JSON differently is in
// verdict_test.cpp.
#pragma once

#include <simdjson.h>

#include <cmath>
#include <optional>
#include <string>

#include "dataplane/flow/beacon.h"

namespace bellrock::beacon {

// First member of that name.
inline std::optional<simdjson::dom::element> member(const simdjson::dom::object& object, std::string_view name) {
  simdjson::dom::element found;
  if (object.at_key(name).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

class Reference {
 public:
  explicit Reference(const simdjson::dom::object& object) : object_(object) { judge(); }

  [[nodiscard]] BeaconReject verdict() const {
    if (wrong_version_) return BeaconReject::kUnsupportedVersion;
    if (wrong_type_) return BeaconReject::kWrongType;
    if (too_long_) return BeaconReject::kFieldTooLong;
    if (too_many_attrs_) return BeaconReject::kTooManyAttrs;
    return missing_ ? BeaconReject::kMissingField : BeaconReject::kCount;
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    std::string_view value;
    const auto found = member(object_, name);
    return found && found->get_string().get(value) == simdjson::SUCCESS ? std::string(value) : "";
  }
  [[nodiscard]] double number(std::string_view name) const {
    double value = Beacon::kAbsent;
    const auto found = member(object_, name);
    if (found && found->get_double().get(value) != simdjson::SUCCESS) return Beacon::kAbsent;
    return value;
  }
  [[nodiscard]] std::string path() const {
    std::string page = text("page");
    page = page.substr(0, page.find_first_of("?#"));
    const std::size_t scheme = page.find("://");
    if (scheme != std::string::npos && page.find('/') == scheme + 1) {
      const std::size_t path = page.find('/', scheme + 3);
      page = path == std::string::npos ? "" : page.substr(path);
    }
    return page.empty() ? "/" : page;
  }

 private:
  bool has(std::string_view name) const { return member(object_, name).has_value(); }
  void limit(std::size_t bytes, std::size_t bytes_max) { too_long_ |= bytes > bytes_max; }

  void judge() {
    using Type = simdjson::dom::element_type;
    for (const auto* name :
         {"sid", "page", "name", "type", "pv", "msg", "code", "kind", "text", "cur", "rel", "exp", "conn", "replay"}) {
      const auto found = member(object_, name);
      wrong_type_ |= found && found->type() != Type::STRING;
    }
    for (const auto* name : {"v", "ts", "dur", "n", "t", "lcp", "inp", "cls", "fcp", "ttfb", "dcl", "load", "score",
                             "x", "y", "w", "h", "value"}) {
      const auto found = member(object_, name);
      wrong_type_ |= found && !found->is_number();
    }
    for (const auto* name : {"ok", "ret", "synthetic"}) {
      const auto found = member(object_, name);
      wrong_type_ |= found && found->type() != Type::BOOL;
    }
    judge_values();
    judge_attrs();
    judge_required();
  }

  void judge_values() {
    const double value = number("value"), n = number("n"), v = number("v");
    wrong_type_ |= !std::isnan(value) && value != std::floor(value);
    wrong_type_ |= !std::isnan(n) && (n != std::floor(n) || n < 0);
    wrong_version_ = !std::isnan(v) && v != 1;
    limit(text("sid").size(), kSidBytesMax);
    limit(has("page") ? path().size() : 0, kPageBytesMax);
    limit(text("name").size(), kNameBytesMax);
    limit(text("msg").size(), kMessageBytesMax);
    limit(text("code").size(), kCodeBytesMax);
  }

  void judge_attrs() {
    using Type = simdjson::dom::element_type;
    const auto attrs = member(object_, "attrs");
    if (!attrs) return;
    simdjson::dom::object members;
    if (attrs->get_object().get(members) != simdjson::SUCCESS) {
      wrong_type_ = true;
      return;
    }
    std::vector<std::string_view> names;
    for (const auto field : members) {
      // Those after the 32nd are not kept, so a repetition of one of them is not known as such: see README.md.
      if (std::find(names.begin(), names.end(), field.key) != names.end()) continue;
      const Type type = field.value.type();
      wrong_type_ |= type == Type::NULL_VALUE || type == Type::ARRAY || type == Type::OBJECT;
      if (type == Type::NULL_VALUE || type == Type::ARRAY || type == Type::OBJECT) continue;
      if (names.size() == kAttrsMax)
        too_many_attrs_ = true;
      else
        names.push_back(field.key);
    }
  }

  void judge_required() {
    missing_ = !has("v") || text("sid").empty() || !has("type") || !has("page");
    const std::string type = text("type");
    if (type == "step")
      missing_ |= !has("name") || !has("dur") || !has("ok") || !has("ts");
    else if (type == "action" || type == "error")
      missing_ |= !has("name");
    else if (type == "feedback")
      missing_ |= !has("score") || !has("kind");
    else if (has("type") && type != "vitals" && type != "click")
      wrong_type_ = true;
  }

  const simdjson::dom::object& object_;
  bool wrong_version_ = false, wrong_type_ = false, too_long_ = false, too_many_attrs_ = false, missing_ = false;
};

}  // namespace bellrock::beacon
