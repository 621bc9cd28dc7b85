#include <string>

#include <doctest/doctest.h>

#include <graft/optim/schedule.hpp>

#include <support/golden.hpp>

namespace {

void follow(const std::string& name, const auto& schedule_of) {
    const auto c = golden::load(name);
    const graft::schedule schedule = schedule_of(c);
    for (std::size_t e = 0; e < c.rates.size(); ++e) {
        INFO(name << " epoch " << e);
        CHECK(c.lr * schedule(e, c.rates.size()) == doctest::Approx(c.rates[e]).epsilon(1e-12));
    }
}

} // namespace

TEST_CASE("schedules are PyTorch's") {
    follow("adam_step", [](const auto& c) {
        return graft::step_decay{static_cast<std::size_t>(c.schedule_values[0]), c.schedule_values[1]};
    });
    follow("adam_exponential", [](const auto& c) { return graft::exponential_decay{c.schedule_values[0]}; });
    follow("adam_cosine", [](const auto& c) { return graft::cosine_decay{c.schedule_values[1] / c.lr}; });
}
