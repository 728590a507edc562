// Loads configuration from text, and the smallest documents that the tests vary.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "control/config/loader.h"

namespace bellrock::config {

inline Loaded load_text(const std::string& text) {
  const std::vector<SourceText> sources{{"test.yaml", text}};
  return load_texts(sources);
}

inline bool has_code(const Loaded& loaded, std::string_view code) {
  return std::any_of(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                     [code](const Diagnostic& d) { return d.code == code; });
}

inline std::string lines(const Loaded& loaded) {
  std::string text;
  for (const Diagnostic& diagnostic : loaded.diagnostics) text += to_line(diagnostic) + '\n';
  return text;
}

inline const std::string kIdentity =
    "apiVersion: bellrock/v1\nkind: Identity\nmetadata: {name: web}\nspec: {keys: [{cookie: sid}, {beacon: "
    "sid}]}\n---\n";

inline const std::string kSteps = R"(  steps:
    - {name: open, kind: start, match: {http: {at: request, path: /checkout}}}
    - {name: pay, kind: commit, match: {http: {at: request, method: POST, path: /pay}}}
    - {name: ok, kind: ack, match: {http: {at: response, path: /pay, status: 2xx}}}
    - {name: done, kind: success, match: {beacon: {event: order.confirmed}}}
)";

// An identity and a journey whose spec ends with `rest`.
inline std::string journey_text(const std::string& rest, const std::string& name = "checkout") {
  return kIdentity + "apiVersion: bellrock/v1\nkind: Journey\nmetadata: {name: " + name +
         "}\nspec:\n  identity: web\n" + kSteps + rest;
}

}  // namespace bellrock::config
