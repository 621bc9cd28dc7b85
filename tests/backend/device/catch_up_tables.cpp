#include <cstdint>
#include <cstring>
#include <tuple>

#include <doctest/doctest.h>

#include <graft/backend/device/catch_up_tables.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>

namespace {

/// What a device looks up is what the timeline says, for rows last touched at any step.
template <class Scalar, class Optimizer>
void check(const Optimizer& optimizer, std::uint32_t steps) {
    using tables = graft::detail::catch_up_tables<Optimizer, Scalar>;
    typename Optimizer::template timeline<Scalar> timeline(optimizer);
    tables sent;
    for (std::uint32_t step = 0; step < steps; ++step) {
        timeline.begin(optimizer.lr / (1 + step / 100)); // a schedule
        timeline.commit();
        if (step % 97 == 0 || step + 1 == steps) {
            sent.clear();
            sent.add(timeline);
            const auto where = std::apply([](auto... pieces) { return std::tuple(pieces.data()...); },
                                          sent.pieces(timeline));
            const auto view = tables::view(timeline, timeline.steps(), 0, where);
            for (std::uint32_t last = 0; last <= timeline.steps(); ++last) {
                const auto got = view.since(last);
                graft::detail::adam_catch_up<Scalar> workspace;
                const auto want = timeline.catch_up_since(last, workspace);
                const bool same = std::memcmp(&got, &want, sizeof got) == 0; // all of their numbers
                INFO("step " << step << " last " << last);
                CHECK(same);
            }
        }
    }
}

} // namespace

TEST_CASE("the coefficients on a device are those of the timeline") {
    check<float>(graft::adam{}, 900);
    check<double>(graft::adam{}, 900);
    check<float>(graft::adamw{.lr = 1e-2, .weight_decay = 0.1}, 900);
    check<float>(graft::adam{.beta1 = 0.99}, 300);               // a long window
    check<float>(graft::adam{.beta1 = 0.9, .beta2 = 0.8}, 300);  // no window
    check<double>(graft::adam{.beta1 = 0.0, .beta2 = 0.9}, 300); // sleeping rows stand still
}
