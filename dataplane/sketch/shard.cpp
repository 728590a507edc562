#include "dataplane/sketch/shard.h"
