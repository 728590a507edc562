// Changes, corrections and incidents as entries of the store's journal, and back. Bodies are JSON, so that a later
// version may add to them; what cannot be read is passed over. Pure, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/plane/json.h"
#include "control/slo/alerts.h"
#include "control/slo/change.h"
#include "control/store/series_store.h"

namespace bellrock::plane {

inline constexpr const char* kChangeKind = "change";
inline constexpr const char* kCorrectionKind = "correction";
inline constexpr const char* kIncidentKind = "incident";

// What webhooks hear of an incident, in this order.
enum class Turn : std::uint8_t { kOpened, kPaged, kClosed };
inline constexpr std::array<std::string_view, 3> kTurnNames{"opened", "paged", "closed"};

// A set of turns.
class Turns {
 public:
  [[nodiscard]] bool has(Turn turn) const { return (bits_ & bit(turn)) != 0; }
  void add(Turn turn) { bits_ = static_cast<std::uint8_t>(bits_ | bit(turn)); }
  void add(Turns others) { bits_ = static_cast<std::uint8_t>(bits_ | others.bits_); }
  friend bool operator==(Turns, Turns) = default;

 private:
  static unsigned bit(Turn turn) { return 1u << static_cast<unsigned>(turn); }
  std::uint8_t bits_ = 0;
};

// An incident as it is kept and shown: what the engine found, under a name that stays.
struct KeptIncident {
  std::int64_t id = 0;  // of its entry; 0: not written yet
  std::string key;      // JOURNEY/OBJECTIVE/DETECTED
  std::string journey, objective;
  slo::Incident incident;
  std::int64_t known = 0;   // when its last turn (opened, paged, closed) became known; 0: it was over by then
  bool withdrawn = false;   // counts that came late say that it never was
  bool retired = false;     // closed by another configuration, not by counts: whether it recovered nobody knows
  std::uint64_t rules = 0;  // of the target and the policy that found it; 0: not known
  std::int64_t again = 0;   // how often it was over, or withdrawn, and is not by counts that came later
  Turns told = {};          // since it last was: what webhooks need not be told any more
};

// The turns that an incident has taken so far. One that began with a page was opened by it.
Turns turns_taken(const slo::Incident& incident);

store::JournalEntry to_entry(const slo::ChangeMarker& marker, std::int64_t made_unix_s);
store::JournalEntry to_entry(const slo::Correction& correction);
store::JournalEntry to_entry(const KeptIncident& kept);

std::optional<slo::ChangeMarker> change_of(const store::JournalEntry& entry);
std::optional<slo::Correction> correction_of(const store::JournalEntry& entry);
std::optional<KeptIncident> incident_of(const store::JournalEntry& entry);

// How many of a kind are looked at, the newest, where all of them are not needed: they are read for each answer.
// Corrections are no more than kCorrectionsMax, so that none is ever passed over.
inline constexpr std::size_t kEntriesRead = 10'000;
inline constexpr std::size_t kCorrectionsMax = kEntriesRead - 100;  // centres that share a store may pass it by a few

Result<std::vector<slo::ChangeMarker>, store::StoreError> read_changes(store::StoreSnapshot& snapshot,
                                                                       std::size_t max = kEntriesRead);
Result<std::vector<slo::Correction>, store::StoreError> read_corrections(store::StoreSnapshot& snapshot);
// By when they were first detected, the newest first.
Result<std::vector<KeptIncident>, store::StoreError> read_incidents(store::StoreSnapshot& snapshot,
                                                                    std::size_t max = kEntriesRead);

// A sum that does not fit 64 bits is shown as the largest number that does.
std::uint64_t to_count(control::Uint128 sum);
Json to_json(const slo::Events& events);
Json to_json(const KeptIncident& kept);
Json to_json(const slo::ChangeMarker& marker);
Json to_json(const slo::Correction& correction);

}  // namespace bellrock::plane
