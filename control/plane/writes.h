// What people and pipelines add to the journal: changes and corrections. Parses and checks; any thread.
#pragma once

#include <span>
#include <string>

#include "control/plane/catalog.h"
#include "control/plane/journal.h"

namespace bellrock::plane {

// What is wrong with a request, for its sender.
struct BadRequest {
  std::string message;
};

inline constexpr std::size_t kWriteBytesMax = 8 * 1024;
inline constexpr std::size_t kWriteTextMax = 500;  // bytes of one text

// {journey?, version?, what, who?, at_unix_s?}: at `now` when it does not say, never later.
Result<store::JournalEntry, BadRequest> parse_change(const std::string& body, const Catalog& catalog, std::int64_t now);
// {journey?, objective?, from_unix_s, to_unix_s, who, why}, or {revokes, who, why}.
Result<store::JournalEntry, BadRequest> parse_correction(const std::string& body, const Catalog& catalog,
                                                         std::int64_t now);

// Refuses to revoke what is no correction that holds; `corrections` are all there are.
Status<BadRequest> check_revocation(const store::JournalEntry& entry, std::span<const slo::Correction> corrections);

}  // namespace bellrock::plane
