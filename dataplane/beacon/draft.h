// A beacon while its fields arrive, in whatever order and from whatever syntax; finish() says whether it is one.
// Which reason wins does not depend on the order either: version, type of a value, length, attrs, missing field.
// Per core, no allocation. The strings given to it stay borrowed.
#pragma once

#include "dataplane/beacon/fields.h"
#include "dataplane/flow/beacon.h"

namespace bellrock::beacon {

class Draft {
 public:
  void reset(Dialect dialect);

  // True the first time a known field comes: only then its value counts.
  bool claim(Field field) {
    const std::uint64_t mask = bit(field);
    const bool first = (seen_ & mask) == 0;
    seen_ |= mask;
    return first;
  }
  [[nodiscard]] bool seen(Field field) const { return (seen_ & bit(field)) != 0; }

  void on_string(Field field, std::string_view value) {
    const auto index = static_cast<std::size_t>(field);
    if (index >= kStringFields) return on_wrong_type();
    values_.*kStringMembers[index] = value;
  }
  void on_number(Field field, double value) {
    const std::size_t index = static_cast<std::size_t>(field) - kStringFields;  // wraps for strings
    if (index >= kNumberFields) return on_wrong_type();
    values_.*kNumberMembers[index] = value;
  }
  void on_bool(Field field, bool value);
  void on_wrong_type() { failures_ |= kWrongType; }

  // An attribute whose name was there before does not count.
  bool claim_attr(std::string_view name);
  void on_attr(Attr::Type type, std::string_view text, double number);

  // boomerang says neither `v` (its own version is in that parameter) nor `type`: see README.md.
  void finish_as_boomerang(bool unload);

  // A report says no more than its type and page, and is of no session (report_json.h).
  void begin_report();

  // kCount: a beacon. Fills beacon() in either case.
  BeaconReject finish();
  [[nodiscard]] const Beacon& beacon() const { return values_; }

 private:
  // What a beacon is judged by but does not carry on: `text` never leaves this place.
  struct Values : Beacon {
    std::string_view type_text, text;
    double version = kAbsent;
  };
  using String = std::string_view Values::*;
  using Number = double Values::*;
  // In the order of Field.
  static constexpr std::array<String, kStringFields> kStringMembers{
      &Values::sid,  &Values::page, &Values::name, &Values::type_text, &Values::pv,  &Values::msg,  &Values::code,
      &Values::kind, &Values::text, &Values::cur,  &Values::rel,       &Values::exp, &Values::conn, &Values::replay};
  static constexpr std::array<Number, kNumberFields> kNumberMembers{
      &Values::version, &Values::ts,  &Values::dur, &Values::n,    &Values::t,   &Values::lcp,
      &Values::inp,     &Values::cls, &Values::fcp, &Values::ttfb, &Values::dcl, &Values::load,
      &Values::score,   &Values::x,   &Values::y,   &Values::w,    &Values::h,   &Values::value};
  static constexpr unsigned kWrongVersion = 1, kWrongType = 2, kTooLong = 4, kTooManyAttrs = 8;

  void judge();

  std::uint64_t seen_ = 0;
  unsigned failures_ = 0;
  std::string_view attr_name_;
  Values values_;
};

// A page as a path: scheme and authority, query and fragment are cut.
std::string_view path_of(std::string_view page);

}  // namespace bellrock::beacon
