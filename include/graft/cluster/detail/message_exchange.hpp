#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include <graft/backend/cpu/store.hpp>
#include <graft/cluster/detail/exchange_plan.hpp>
#include <graft/cluster/detail/ranks.hpp>

namespace graft::inline v0_1::detail {

/// What ranks send each other in training steps.
template <class Scalar>
class message_exchange {
public:
    message_exchange(const ranks& all, std::size_t width) : all_(all), width_(width), row_(width) {}

    /// Memory for steps that send up to so many rows to others, and get so many items of theirs, which stand behind the
    /// rank's own.
    void reserve(cpu_store<Scalar>& items, std::size_t lent, std::size_t sent) {
        if (lent_ < lent) items.reserve_behind(lent_ = lent + lent / 8);
        message_ = (std::max)(message_, sent * width_);
        if (sent_.size() < messages * message_) sent_.resize(messages * message_);
    }

    void send_items(const exchange_plan& plan, cpu_store<Scalar>& items) {
        if (all_.size() == 1) return;
        Scalar* const message = next_message();
        Scalar* to = message;
        for (const auto row : plan.items) to = copy_row(items.row(row), to);
        const mpi_block<Scalar> lent(width_, items.stride());
        all_.exchange(message, plan.sent_items, row_.type(), items.row(items.rows()), plan.lent_items,
                      lent.type());
    }

    /// copies: of the rank's users before the step; those of other ranks come behind them, and their derivatives behind the
    /// rank's. finite: whether the rank's losses and gradients are. derivative_at(place): of an own user. work(): done while
    /// the messages are under way; who comes first need not wait then. Returns whether those of all ranks are finite.
    template <class Derivative, class Work>
    [[nodiscard]] bool trade_pulls(const exchange_plan& plan, Scalar* copies, std::span<Scalar> derivatives,
                                   bool finite, const Derivative& derivative_at, const Work& work) {
        if (all_.size() == 1) {
            work();
            return finite;
        }
        Scalar* const message = next_message();
        for (std::size_t rank = 0; rank < all_.size(); ++rank) {
            if (rank == all_.me()) continue;
            Scalar* to = message + plan.sent.begin(rank) * width_;
            const auto* const users = plan.puller.data() + plan.pullers.begin(rank);
            for (std::size_t k = 0; k < plan.pullers.count(rank); ++k)
                to = copy_row(copies + users[k] * width_, to);
            *to++ = finite ? Scalar(0) : Scalar(1);
            const auto* const places = plan.pull.data() + plan.pulls.begin(rank);
            for (std::size_t k = 0; k < plan.pulls.count(rank); ++k) to[k] = derivative_at(places[k]);
        }
        Scalar* const received = copies + plan.users[all_.me()] * width_;
        all_.exchange(message, plan.sent, received, plan.received, row_.type(), work);
        for (std::size_t rank = 0; rank < all_.size(); ++rank) {
            if (rank == all_.me()) continue;
            const Scalar* const numbers = received + (plan.received.begin(rank) + plan.users[rank]) * width_;
            finite = finite && numbers[0] == Scalar(0);
            std::copy_n(numbers + 1, plan.places.count(rank), derivatives.data() + plan.places.begin(rank));
        }
        return finite;
    }

private:
    Scalar* copy_row(const Scalar* from, Scalar* to) const {
        std::memcpy(to, from, width_ * sizeof(Scalar));
        return to + width_;
    }
    /// Memory for a message: not that of the last ones, since to write to what another core has just read takes long.
    [[nodiscard]] Scalar* next_message() {
        turn_ = (turn_ + 1) % messages;
        return sent_.data() + turn_ * message_;
    }

    static constexpr std::size_t messages = 8;
    const ranks& all_;
    std::size_t width_;
    mpi_block<Scalar> row_;
    std::size_t lent_ = 0;     // rows for which there is memory
    std::size_t message_ = 0;  // numbers of one
    std::size_t turn_ = 0;     // which was the last
    std::vector<Scalar> sent_; // [messages] to other ranks
};

} // namespace graft::inline v0_1::detail
