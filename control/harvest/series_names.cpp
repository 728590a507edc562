#include "control/harvest/series_names.h"
