#pragma once

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/core/string_index.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/core/version.hpp>
