// Conditions on query parameters and beacon attrs. Pure functions on borrowed text; nothing is allocated; every loop is
// bounded by the text, which the parsers have bounded.
//
// A condition speaks of a value that is there: `ne` does not hold for what was not sent. Values keep the type they are
// written in: the string "5" is not the number 5. A query parameter has no type and takes its literal's.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dataplane/flow/beacon.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

// The raw value of the first parameter with this name; data() == nullptr if there is none. `name` and `name=` are both
// present and empty. Names are compared after percent-decoding.
std::string_view query_value(std::string_view query, std::string_view name);

// Whether `raw`, percent-decoded and with '+' for a space, is `text`. A '%' without two hex digits stands for itself.
bool decodes_to(std::string_view raw, std::string_view text);

// `raw` decoded in the same way, in `out`; data() == nullptr if it does not fit.
std::string_view decoded(std::string_view raw, std::span<char> out);

const Attr* find_attr(const Beacon& beacon, std::string_view name);

bool query_holds(const std::vector<Condition>& conditions, std::string_view query);
bool attrs_hold(const std::vector<Condition>& conditions, const Beacon& beacon);

}  // namespace bellrock::journey
