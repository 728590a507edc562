#include "control/cli/commands/slo_name.h"

#include <algorithm>
#include <ostream>

#include "control/cli/exit_code.h"

namespace bellrock::cli {
namespace {

// The journey and objective that `name` stands for among all.
struct Named {
  std::string journey, objective;
  std::size_t matches = 0;
};
Named find(const Json& slos, const std::string& name) {
  Named found;
  for (const auto& slo : slos) {
    const auto journey = slo.at("journey").get<std::string>(), objective = slo.at("objective").get<std::string>();
    const bool exact = name == journey + "/" + objective;
    if (!exact && name != journey && name != objective) continue;
    if (exact) return {journey, objective, 1};
    found = {journey, objective, found.matches + 1};
  }
  return found;
}

bool has_composite(const Json& document, const std::string& name) {
  const Json composites = document.value("composites", Json::array());  // an older centre has none
  return std::any_of(composites.begin(), composites.end(), [&](const Json& one) { return one.at("name") == name; });
}

int not_one(const Json& slos, const std::string& name, std::size_t matches, std::ostream& err) {
  err << "bellrock: " << (matches == 0 ? "no objective is called " : "several objectives are called ")
      << printable(name) << "; there are:\n";
  for (const auto& slo : slos) {
    err << "  " << printable(slo.at("journey").get<std::string>()) << '/'
        << printable(slo.at("objective").get<std::string>()) << '\n';
  }
  return kUsage;
}

}  // namespace

int find_slo(const CentreOptions& options, const std::string& name, std::string& path, std::ostream& err,
             bool* composite) {
  const Answer all = ask(options, "/api/v1/slos", err);
  if (all.exit_code != kDone) return all.exit_code;
  try {
    const Json& slos = all.document.at("slos");
    const Named named = find(slos, name);
    if (composite) {
      *composite = named.matches == 0 && has_composite(all.document, name);
      if (*composite) {
        path = "/api/v1/composites/" + encode_percent(name);
        return kDone;
      }
    }
    if (named.matches != 1) return not_one(slos, name, named.matches, err);
    path = "/api/v1/slos/" + encode_percent(named.journey) + "/" + encode_percent(named.objective);
    return kDone;
  } catch (const Json::exception& error) {
    return not_understood(error, err);
  }
}

}  // namespace bellrock::cli
