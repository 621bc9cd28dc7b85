#include <cstdio>
#include <cstring>

#include <graft/graft.hpp>

#ifdef GRAFT_WITH_ZLIB
static_assert(EXPECTED_ZLIB == 1);
#include <zlib.h> // links, too
#else
static_assert(EXPECTED_ZLIB == 0);
#endif

int main() {
    if (std::strcmp(GRAFT_VERSION, EXPECTED_VERSION) != 0) {
        std::printf("the header says version %s, the package %s\n", GRAFT_VERSION, EXPECTED_VERSION);
        return 1;
    }
#ifdef GRAFT_WITH_ZLIB
    if (zlibVersion() == nullptr) return 1;
#endif
    graft::random_engine engine(7);
    if (graft::draw_below(engine, 10) >= 10) return 1;
    if (graft::row_of(graft::user_id{3}) != 3) return 1;

    const graft::recommender<float> model(3, 4, 2);
    const auto best = graft::recommend(model, graft::user_id{0}, 2);
    if (best.size() != 2 || best[0].score != model.score(graft::user_id{0}, best[0].item)) return 1;

    graft::thread_pool pool(2);
    int ran[2] = {0, 0};
    pool.run([&](std::size_t index) { ran[index] = 1; });
    return ran[0] + ran[1] == 2 ? 0 : 1;
}
