#include "control/harvest/harvester.h"
