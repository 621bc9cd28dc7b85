#include <doctest/doctest.h>

#include <graft/cluster/session.hpp>

TEST_CASE("a rank knows which it is") {
    const graft::mpi_rank me;
    CHECK(me.rank() < me.ranks());
    CHECK(me.is_first() == (me.rank() == 0));
}
