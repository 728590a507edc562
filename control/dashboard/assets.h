// What the centre serves from its own memory: the pages that control/dashboard/build makes, and the API's description.
// Embedded at build time. Read-only, any thread.
#pragma once

#include <string_view>

namespace bellrock::dashboard {

struct Asset {
  std::string_view path;  // of the URL
  std::string_view content_type;
  std::string_view content;
  std::string_view etag;  // with its quotes; of the content
};

// None for other paths.
const Asset* find_asset(std::string_view path);

}  // namespace bellrock::dashboard
