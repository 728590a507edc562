// YAML → checked, compiled configuration. Used by the agent, by `validate` and by `replay`; start-up only, any thread.
// All findings of all files are reported at once. A definition that came with an error must not be run.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/config/composite.h"
#include "control/config/diagnostic.h"
#include "control/config/journey_tests.h"
#include "control/config/policy.h"
#include "control/config/settings.h"
#include "control/config/written.h"
#include "dataplane/journey/definition.h"

namespace bellrock::config {

struct Loaded {
  journey::Definition definition;  // kind Edge fills its `limits` and `port`
  AgentSettings agent;
  CentralSettings central;
  std::vector<Policy> policies;         // in the order of their documents
  std::vector<Composite> composites;    // likewise
  std::vector<JourneyTests> tests;      // of journeys that have some
  Places places;                        // of journeys and their parts
  std::vector<Diagnostic> diagnostics;  // by file, line and column
  std::vector<std::string> files;       // read, in order

  [[nodiscard]] bool ok() const;  // no errors; warnings do not count
};

// Files hold any number of documents of kind Site, Identity, Journey, Policy, Composite, Edge, Agent and Central
// (apiVersion bellrock/v1); directories are read recursively, *.yaml and *.yml in the order of their paths.
Loaded load(std::span<const std::string> files_or_directories);

// The same for text that is already in memory.
struct SourceText {
  std::string file;  // for messages
  std::string text;
};
Loaded load_texts(std::span<const SourceText> texts);

// SHA-256 of what the configuration means: equal on all machines that count the same things. `limits` and `port`,
// which belong to one machine, do not take part.
std::array<std::uint8_t, 32> content_hash(const journey::Definition& definition);

}  // namespace bellrock::config
