// What is wrong with a configuration: one finding with its place and its remedy. Made by the loader, shown by
// `bellrock validate` and by every program that loads a configuration. Owned, copyable.
#pragma once

#include <string>
#include <string_view>

namespace bellrock::config {

struct Diagnostic {
  std::string code;  // stable; codes.h lists all of them
  std::string file;
  int line = 0, column = 0;  // from 1; 0: the file as a whole
  std::string key;           // path of the key: spec.steps[2].match.http.path
  std::string message;
  std::string fix;  // what to write instead; never empty
  bool warning = false;
  bool note = false;  // of lint: true, and perhaps meant so
};

// "file:line:column: error CODE [key]: message; fix: …", as compilers write it.
std::string to_line(const Diagnostic& diagnostic);

// A text of the file as messages show it: on one line, cut when it is long; `shown` puts it between backquotes.
std::string clipped(std::string_view text);
std::string shown(std::string_view text);

}  // namespace bellrock::config
