#include "dataplane/board/layout.h"
