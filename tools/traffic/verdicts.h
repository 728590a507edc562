// What each attempt was for the objectives of the shop's journeys.
#pragma once

#include <string>

#include "dataplane/flow/outcome.h"
#include "tools/traffic/truth.h"

namespace bellrock::traffic {

Verdict search_fast(const AttemptTruth& attempt);       // query to results in under 1 s, client clock
Verdict checkout_success(const AttemptTruth& attempt);  // counted from pay
Verdict checkout_pay_ok(const AttemptTruth& attempt);   // pay to pay_ok in under 800 ms, edge clock
Verdict checkout_e2e(const AttemptTruth& attempt);      // pay to confirmed in under 3 s, client clock

// JSON: objective → verdict → count, over attempts that are over or have reached what is measured.
std::string objectives_text(const Truth& truth, JourneyName journey);

}  // namespace bellrock::traffic
