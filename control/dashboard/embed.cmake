# Writes OUTPUT, a C++ file with the content of FILES (names within FOLDER) and find_asset(). Run with cmake -P.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(arrays "")
set(entries "")
string(REPLACE "," ";" FILES "${FILES}")
foreach(file ${FILES})
  file(READ ${FOLDER}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(REGEX REPLACE "[^a-z0-9]" "_" name "${file}")
  string(REGEX REPLACE ".*\\." "" extension "${file}")
  set(path "/${file}")
  if(file STREQUAL "index.html")
    set(path "/")
  endif()
  string(APPEND arrays "constexpr char ${name}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${path}\", \"${type_${extension}}\", {${name}, sizeof ${name}}},\n")
endforeach()

file(WRITE ${OUTPUT} "#include \"control/dashboard/assets.h\"

#include <algorithm>
#include <array>

namespace bellrock::dashboard {
namespace {

${arrays}
constexpr std::array kAssets{std::to_array<Asset>({
${entries}})};

}  // namespace

const Asset* find_asset(std::string_view path) {
  const auto* const found = std::find_if(kAssets.begin(), kAssets.end(), [&](const Asset& asset) { return asset.path == path; });
  return found == kAssets.end() ? nullptr : found;
}

}  // namespace bellrock::dashboard
")
