// What a policy says beside its alerts, as annotations bellrock.dev/… of an SLO, since OpenSLO v1 has no field for it.
// What is as usual is not written. One load, one thread.
#pragma once

#include <map>
#include <string>

#include "control/openslo/reader.h"

namespace bellrock::openslo {

std::map<std::string, std::string> annotations_of(const Extras& extras);

// What the annotations say; one that cannot be read is an error at `place`, by its name.
Extras read_extras(const Metadata& metadata, const config::Value& place);

}  // namespace bellrock::openslo
