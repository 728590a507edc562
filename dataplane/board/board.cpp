#include "dataplane/board/board.h"
