// Asking the centre: the options that every online command has, and one GET with its failures as exit codes.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "control/cli/output.h"

namespace CLI {
class App;
}

namespace bellrock::cli {

inline constexpr const char* kDefaultCentre = "http://127.0.0.1:8480";

struct CentreOptions {
  std::string url = kDefaultCentre;  // or from BELLROCK_CENTRE
  double timeout_s = 5;
  std::string output = "table";
};

// Adds -o, --centre and --timeout.
void add_centre_options(CLI::App& command, CentreOptions& options);

struct Answer {
  Json document;
  int exit_code = 0;  // not 0: `err` was told why
};

// GET `path` (which starts with '/') from the centre.
Answer ask(const CentreOptions& options, const std::string& path, std::ostream& err);

// POST `body` as JSON. Done with status 200 or 201.
Answer tell(const CentreOptions& options, const std::string& path, const Json& body, std::ostream& err);

// The centre's answer lacks what it should have: another version, or no centre at all. Tells `err`; the exit code.
int not_understood(const Json::exception& error, std::ostream& err);

// What the centre answered: `table` writes it for people; the other formats are write_document's, with its `items`. The
// exit code, of a failed answer as well.
int show(const CentreOptions& options, const Answer& answer, std::string_view items, std::ostream& out,
         std::ostream& err, const std::function<void(const Json&)>& table);

std::string encode_percent(std::string_view text);

}  // namespace bellrock::cli
