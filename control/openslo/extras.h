// What a policy says beside its alerts, as annotations bellrock.dev/… of an SLO, since OpenSLO v1 has no field for it.
// What is as usual is not written. One load, one thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "control/openslo/reader.h"

namespace bellrock::openslo {

std::map<std::string, std::string> annotations_of(const Extras& extras);

// What the annotations say; one that cannot be read is an error by its name.
Extras read_extras(const Metadata& metadata);

// Those that mean something at an SLO: all of the above, and kStrict.
inline constexpr const char* kStrict = "bellrock.dev/strict";
std::span<const std::string_view> slo_annotations();

}  // namespace bellrock::openslo
