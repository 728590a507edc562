// What a Site says of the errors that its pages tell of: how many codes are told apart, and on which pages.
#include "control/config/documents.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {

// One table of codes for all sites, so that two which ask for different ones cannot both have theirs.
void read_errors(const Value& value, Tables& tables) {
  journey::Definition& definition = tables.definition;
  std::uint8_t top = 20;
  Fields fields(value);
  fields.into("top", top, read_unsigned, std::uint64_t{1}, std::uint64_t{kTopMax});
  if (const auto pages = fields.find("pages")) {
    read_pages(*pages, kErrorPagesMax, "errors", definition.error_pages, tables);
  }
  fields.finish();
  if (!fields.is_map()) return;
  if (definition.error_top != 0 && definition.error_top != top) {
    value.error(Code::kRange, "another site tells apart another number of error codes",
                "write the same top at every site");
  }
  definition.error_top = top;
}

}  // namespace bellrock::config
