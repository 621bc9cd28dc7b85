#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <thread>
#include <utility>

#include <graft/cluster/detail/exchange_plan.hpp>
#include <graft/cluster/detail/ranks.hpp>
#include <graft/cluster/detail/shared_pages.hpp>
#include <graft/core/spin.hpp>

namespace graft::inline v0_1::detail {

/// What the ranks of one machine tell each other in training steps, in memory that all of them see. The users' copies stay
/// where a rank has them: others are told their slots, and the derivatives.
template <class Scalar>
class shared_exchange {
public:
    shared_exchange(const ranks& all, std::size_t width) : all_(all), width_(width) {}

    /// Memory for steps of up to `batch` interactions, of which a rank has up to `users` users. Called by all ranks, with the
    /// same arguments; false, on all of them, where there is no memory that all see.
    [[nodiscard]] bool reserve(std::size_t users, std::size_t batch) {
        if (memory_.bytes() > 0 && users <= users_ && batch <= batch_) return true;
        const std::size_t row = width_ * sizeof(Scalar);
        const auto whole_lines = [](std::size_t bytes) { return (bytes + 63) / 64 * 64; };
        const std::size_t copies = whole_lines(users * row);
        const std::size_t turn = copies + whole_lines(batch * (sizeof(Scalar) + sizeof(std::uint32_t) + 1) +
                                                      (2 * all_.size() + 1) * sizeof(std::uint32_t));
        const std::size_t bytes = shared_pages::piece_for(64 + turns * turn, row);
        if (all_.size() * (bytes / row) > max_rows) return false;
        shared_pages made(all_, bytes);
        if (made.bytes() == 0) return false;
        memory_ = std::move(made);
        users_ = users;
        batch_ = batch;
        copies_ = copies;
        turn_ = turn;
        round_ = 0;
        new (memory_.own()) std::atomic<std::uint32_t>(0);
        return true;
    }

    /// [users x width] of a step, for the weights of the rank's users before it.
    [[nodiscard]] Scalar* copies(std::size_t step) const {
        return reinterpret_cast<Scalar*>(memory_.own() + turn_of(step));
    }

    /// Tells the other ranks which of the rank's items only one interaction meets, one of theirs, so that they move it, and
    /// is told the same: completes the plan. What all ranks wrote before is then seen.
    void trade_alone(std::size_t step, exchange_plan& plan) {
        const lists own = lists_of(0, step);
        for (std::size_t rank = 0; rank < all_.size(); ++rank)
            own.flag_begins[rank] = static_cast<std::uint32_t>(plan.sent_items.begin(rank));
        for (std::size_t k = 0; k < plan.sole.size(); ++k)
            own.flags[k] = static_cast<std::uint8_t>(plan.sole[k]);
        meet([] {});
        auto& work = plan.work;
        for (std::size_t rank = 0; rank < all_.size(); ++rank) {
            if (rank == all_.me()) continue;
            const lists other = lists_of(order_of(rank, all_.me()), step);
            const std::uint8_t* const flags = other.flags + other.flag_begins[all_.me()];
            const std::uint32_t* const places = plan.sole_place.data() + plan.lent_items.begin(rank);
            for (std::size_t k = 0; k < plan.lent_items.count(rank); ++k) {
                if (places[k] == exchange_plan::none) continue;
                work.alone[places[k]] = flags[k];
                work.awaited[work.user_slot[places[k]]] |= static_cast<std::uint8_t>(1 - flags[k]);
            }
        }
    }

    /// Tells the other ranks of the interactions of the rank's users with their items that are not alone, and gets theirs:
    /// sets the derivatives of the plan's places and where the users' copies are. finite: whether the rank's losses and
    /// gradients are. derivative_at(place): of an own user. Returns whether those of all ranks are finite.
    template <class Derivative, class Work>
    [[nodiscard]] bool trade_pulls(std::size_t step, exchange_plan& plan, std::span<Scalar> derivatives,
                                   bool finite, const Derivative& derivative_at, const Work& work) {
        auto& slots = plan.work.user_slot;
        const auto& alone = plan.work.alone;
        const lists own = lists_of(0, step);
        std::uint32_t count = 0;
        for (std::size_t rank = 0; rank < all_.size(); ++rank) {
            own.pull_begins[rank] = count;
            for (std::size_t k = plan.pulls.begin(rank); k < plan.pulls.begin(rank) + plan.pulls.count(rank);
                 ++k) {
                const std::uint32_t place = plan.pull[k];
                if (alone[place] != 0) continue;
                own.slots[count] = slots[place];
                own.derivatives[count++] = derivative_at(place);
            }
        }
        *own.failed = finite ? 0 : 1;
        meet(work);
        const std::size_t rows_apart = memory_.bytes() / (width_ * sizeof(Scalar));
        for (std::size_t rank = 0; rank < all_.size(); ++rank) {
            if (rank == all_.me()) continue;
            const std::size_t piece = order_of(rank, all_.me());
            const lists other = lists_of(piece, step);
            finite = finite && *other.failed == 0;
            std::size_t from = other.pull_begins[all_.me()];
            const std::size_t begin = plan.places.begin(rank);
            for (std::size_t place = begin; place < begin + plan.places.count(rank); ++place) {
                if (alone[place] != 0) continue;
                slots[place] = static_cast<std::uint32_t>(piece * rows_apart) + other.slots[from];
                derivatives[place] = other.derivatives[from++];
            }
        }
        return finite;
    }

private:
    /// Returns when all ranks have called it; what they wrote before is then seen. work(): done before waiting.
    template <class Work>
    void meet(const Work& work) {
        static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
        ++round_;
        std::launder(reinterpret_cast<std::atomic<std::uint32_t>*>(memory_.own()))
            ->store(round_, std::memory_order_release);
        work();
        for (std::size_t n = 1; n < all_.size(); ++n) {
            const auto* const other =
                std::launder(reinterpret_cast<const std::atomic<std::uint32_t>*>(memory_.piece(n)));
            const auto is_there = [&] {
                return static_cast<std::int32_t>(other->load(std::memory_order_acquire) - round_) >= 0;
            };
            while (!spin_until(is_there)) std::this_thread::yield();
        }
    }

    /// Of a step that others may still read, another than that of the step after it; more of them, since to write to what
    /// another core has just read takes long.
    static constexpr std::size_t turns = 4;
    [[nodiscard]] std::size_t turn_of(std::size_t step) const { return 64 + step % turns * turn_; }

    struct lists {
        Scalar* derivatives;        // [pulls]
        std::uint32_t* slots;       // [pulls]
        std::uint32_t* pull_begins; // [ranks] of their pulls
        std::uint32_t* flag_begins; // [ranks] of their flags
        std::uint32_t* failed;      // 1: a loss or gradient is not finite
        std::uint8_t* flags;        // [items that others meet]
    };
    [[nodiscard]] lists lists_of(std::size_t piece, std::size_t step) const {
        char* at = memory_.piece(piece) + turn_of(step) + copies_;
        const auto next = [&]<class T>(T*& list, std::size_t size) {
            list = reinterpret_cast<T*>(at);
            at += size * sizeof(T);
        };
        lists found{};
        next(found.derivatives, batch_);
        next(found.slots, batch_);
        next(found.pull_begins, all_.size());
        next(found.flag_begins, all_.size());
        next(found.failed, 1);
        next(found.flags, batch_);
        return found;
    }

    const ranks& all_;
    std::size_t width_;
    shared_pages memory_; // a piece: the round of `meet`, and turns of [copies | lists]
    std::size_t users_ = 0, batch_ = 0;
    std::size_t turn_ = 0, copies_ = 0; // bytes
    std::uint32_t round_ = 0;
};

} // namespace graft::inline v0_1::detail
