#pragma once

#include <graft/data/interactions.hpp>
#include <graft/data/interactions_builder.hpp>

namespace test {

/// Two users and three items with names, and the same in another order, so that rows have other names.
struct renamed_data {
    graft::interactions data =
        graft::interactions_builder().add("ann", "tea").add("bob", "jam").add("ann", "pie").build();
    graft::interactions renamed =
        graft::interactions_builder().add("bob", "jam").add("ann", "pie").add("ann", "tea").build();
};

} // namespace test
