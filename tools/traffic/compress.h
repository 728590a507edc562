// Content codings of beacon bodies.
#pragma once

#include <string>
#include <string_view>

namespace bellrock::traffic {

std::string gzip(std::string_view plain);
std::string deflate(std::string_view plain, bool zlib_wrapper);
std::string brotli(std::string_view plain);

}  // namespace bellrock::traffic
