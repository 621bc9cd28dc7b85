#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <graft/core/host_device.hpp>
#include <graft/optim/optimizer.hpp>

namespace graft::inline v0_1::detail {

/// Catch-up coefficients on a device: they bring rows to the end of the last closed step, `now`. There are
/// none unless the optimizer is lazy.
template <class Optimizer, class Scalar, bool Lazy = Optimizer::lazy>
struct catch_up_view {
    std::uint32_t now;
};

template <class Optimizer, class Scalar>
struct catch_up_view<Optimizer, Scalar, true> {
    using timeline = typename Optimizer::template timeline<Scalar>;
    using catch_up = typename timeline::catch_up;

    std::uint32_t now;
    const catch_up* table; // [window + 2] by steps asleep; the last: no step has touched the row
    decltype(std::declval<const timeline&>().history()) history;

    /// As timeline::catch_up_since.
    [[nodiscard]] GRAFT_HOST_DEVICE catch_up since(std::uint32_t last) const {
        if (last == 0) return table[history.window + 1];
        const std::uint32_t gap = now - last;
        return gap <= history.window ? table[gap] : history.long_sleep(last, now);
    }
};

/// The same on the host, which collects the tables of several steps.
template <class Optimizer, class Scalar, bool Lazy = Optimizer::lazy>
class catch_up_tables {
    using timeline = typename Optimizer::template timeline<Scalar>;

public:
    /// Bytes of the table of one step.
    [[nodiscard]] static std::size_t bytes(const timeline&) { return 0; }
    void clear() {}
    /// Adds the table after the last closed step.
    void add(timeline&) {}
    /// What has to be sent to the device, as a tuple of spans.
    [[nodiscard]] std::tuple<> pieces(const timeline&) const { return {}; }
    /// The view after step `now`. index: of the table of that step. The last argument: where the pieces are
    /// on the device.
    [[nodiscard]] static catch_up_view<Optimizer, Scalar> view(const timeline&, std::uint32_t now,
                                                               std::size_t, std::tuple<>) {
        return {now};
    }
};

template <class Optimizer, class Scalar>
class catch_up_tables<Optimizer, Scalar, true> {
    static_assert(lazy_optimizer<Optimizer>);
    using timeline = typename Optimizer::template timeline<Scalar>;
    using catch_up = typename timeline::catch_up;

public:
    [[nodiscard]] static std::size_t size(const timeline& t) { return std::size_t{t.window()} + 2; }
    [[nodiscard]] static std::size_t bytes(const timeline& t) { return size(t) * sizeof(catch_up); }
    void clear() { all_.clear(); }
    void add(timeline& t) {
        const std::size_t begin = all_.size();
        all_.resize(begin + size(t));
        catch_up workspace;
        for (std::uint32_t gap = 0; gap <= t.window() && gap < t.steps(); ++gap)
            all_[begin + gap] = t.catch_up_since(t.steps() - gap, workspace);
        all_.back() = t.catch_up_since(0, workspace);
    }
    [[nodiscard]] auto pieces(const timeline& t) const {
        return std::tuple_cat(std::tuple(std::span<const catch_up>(all_)), t.history().arrays());
    }
    template <class... Arrays>
    [[nodiscard]] static catch_up_view<Optimizer, Scalar>
    view(const timeline& t, std::uint32_t now, std::size_t index,
         const std::tuple<const catch_up*, const Arrays*...>& there) {
        return std::apply(
            [&](const catch_up* tables, const Arrays*... arrays) {
                return catch_up_view<Optimizer, Scalar>{now, tables + index * size(t),
                                                        t.history().with_arrays(arrays...)};
            },
            there);
    }

private:
    std::vector<catch_up> all_;
};

} // namespace graft::inline v0_1::detail
