// The page, inside the program: files of control/dashboard/page, embedded at build time. Read-only.
#pragma once

#include <string_view>

namespace bellrock::dashboard {

struct Asset {
  std::string_view path;  // "/" and "/name"
  std::string_view content_type;
  std::string_view content;
};

// None for other paths.
const Asset* find_asset(std::string_view path);

}  // namespace bellrock::dashboard
