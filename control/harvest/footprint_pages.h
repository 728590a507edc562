// The shapes of what is counted by page: web vitals, clicks, frustration, errors, coverage and splits. Pure, any
// thread.
#pragma once

#include "control/harvest/footprint.h"

namespace bellrock::harvest {

// Fills in the pages of `all`, their dimensions and how many combinations of them there are; no series yet.
void shape_pages(const journey::Definition& definition, Footprint& all);

}  // namespace bellrock::harvest
