# Writes OUTPUT, a C++ file with the files of SERVED (URL=FILE, by commas) and find_asset(). Run with cmake -P.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_json "application/json")

set(arrays "")
set(entries "")
string(REPLACE "," ";" SERVED "${SERVED}")
foreach(one ${SERVED})
  string(REGEX REPLACE "=.*" "" url "${one}")
  string(REGEX REPLACE "^[^=]*=" "" file "${one}")
  file(READ ${file} hex HEX)
  file(SHA256 ${file} digest)
  string(SUBSTRING ${digest} 0 16 tag)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE ".*\\." "" extension "${name}")
  string(REGEX REPLACE "[^a-z0-9]" "_" name "${name}")
  string(APPEND arrays "constexpr char ${name}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${url}\", \"${type_${extension}}\", {${name}, sizeof ${name}}, \"\\\"${tag}\\\"\"},\n")
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
