// The rules by which visitors are told apart: those that the program is built with (config/visitors.rules), and those
// of a document of kind Visitors, which are tried first. Start-up only.
#pragma once

#include "control/config/fields.h"
#include "control/config/tables.h"
#include "dataplane/journey/visitor_rules.h"

namespace bellrock::config {

// Parsed once; every thread may ask.
const journey::VisitorRules& builtin_visitors();

// Keys of a Visitors document's spec, into the definition, which has the built-in ones already.
void read_visitors(Fields& spec, Tables& tables);

}  // namespace bellrock::config
