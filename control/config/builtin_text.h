// Data files that the program is built with, as text. Any thread.
#pragma once

namespace bellrock::config {

extern const char* const kBuiltinVisitors;  // config/visitors.rules

}  // namespace bellrock::config
