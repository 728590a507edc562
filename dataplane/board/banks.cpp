#include "dataplane/board/banks.h"
