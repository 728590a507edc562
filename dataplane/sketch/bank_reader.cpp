#include "dataplane/sketch/bank_reader.h"
