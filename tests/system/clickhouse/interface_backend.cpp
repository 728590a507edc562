// ClickHouse for the tests of the store's interface.
#include <algorithm>

#include "tests/system/clickhouse/clickhouse_backend.h"

namespace bellrock::store {

std::unique_ptr<Backend> make_backend() { return std::make_unique<ClickHouseBackend>(); }
std::uint64_t rounds(std::uint64_t most) { return std::max<std::uint64_t>(1, most / 8); }  // a step takes milliseconds

}  // namespace bellrock::store
