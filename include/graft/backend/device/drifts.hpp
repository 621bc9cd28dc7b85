#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <graft/core/host_device.hpp>
#include <graft/optim/detail/adam_history.hpp>

namespace graft::detail {

/// How rows come to the end of the last closed step, `now`: nothing to do unless the optimizer is lazy.
template <class Optimizer, class Scalar, bool Lazy = Optimizer::lazy>
struct drift_view {
    std::uint32_t now;
};

template <class Optimizer, class Scalar>
struct drift_view<Optimizer, Scalar, true> {
    std::uint32_t now;
    const adam_drift<Scalar>* table; // [window + 1] by steps asleep, then that of a row never touched
    adam_history<Scalar> history;

    /// As timeline::drift_since.
    [[nodiscard]] GRAFT_HOST_DEVICE adam_drift<Scalar> since(std::uint32_t last) const {
        if (last == 0) return table[history.window + 1];
        const std::uint32_t gap = now - last;
        return gap <= history.window ? table[gap] : history.long_sleep(last, now);
    }
};

/// The same as the host collects it, for several steps.
template <class Optimizer, class Scalar>
class drift_tables {
    using timeline = typename Optimizer::template timeline<Scalar>;

public:
    /// Numbers of the table of a step. A lazy optimizer's timeline has `window()` and `history()`.
    [[nodiscard]] static std::size_t size([[maybe_unused]] const timeline& t) {
        if constexpr (Optimizer::lazy)
            return std::size_t{t.window()} + 2;
        else
            return 0;
    }

    void clear() { all_.clear(); }
    void add([[maybe_unused]] timeline& t) {
        if constexpr (Optimizer::lazy) {
            const std::size_t begin = all_.size();
            all_.resize(begin + size(t));
            adam_drift<Scalar> room;
            for (std::uint32_t gap = 0; gap <= t.window() && gap < t.steps(); ++gap)
                all_[begin + gap] = t.drift_since(t.steps() - gap, room);
            all_.back() = t.drift_since(0, room);
        }
    }

    [[nodiscard]] std::span<const adam_drift<Scalar>> tables() const { return all_; }
    [[nodiscard]] static std::span<const adam_phase> phases([[maybe_unused]] const timeline& t) {
        if constexpr (Optimizer::lazy)
            return {t.history().phases, t.history().num_phases};
        else
            return {};
    }
    [[nodiscard]] static std::span<const adam_memory<Scalar>> memories([[maybe_unused]] const timeline& t) {
        if constexpr (Optimizer::lazy)
            return {t.history().memories, t.history().num_memories};
        else
            return {};
    }

private:
    std::vector<adam_drift<Scalar>> all_;
};

/// A drift_view after step `now`, of which `tables` is the index-th, from what was sent to the device.
template <class Optimizer, class Scalar, class Timeline>
[[nodiscard]] drift_view<Optimizer, Scalar>
view_drifts(const Timeline& t, std::uint32_t now, [[maybe_unused]] std::size_t index,
            [[maybe_unused]] const adam_drift<Scalar>* tables, [[maybe_unused]] const adam_phase* phases,
            [[maybe_unused]] const adam_memory<Scalar>* memories) {
    if constexpr (Optimizer::lazy) {
        auto history = t.history();
        history.phases = phases;
        history.memories = memories;
        return {now, tables + index * drift_tables<Optimizer, Scalar>::size(t), history};
    } else {
        (void)t;
        return {now};
    }
}

} // namespace graft::detail
