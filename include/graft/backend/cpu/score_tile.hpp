#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

#include <graft/backend/cpu/scores.hpp>
#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// A matrix product of a few users and a few registers of items, in registers, in the order of scores: a place of a
/// register is an item. Rows are packed for it: place 0 of all rows, then place `chains`, .. as the partial sums meet
/// them.
template <class Scalar>
struct score_tile {
    using packet = typename Eigen::internal::packet_traits<Scalar>::type;
    static constexpr std::size_t lanes =
        static_cast<std::size_t>(int{Eigen::internal::unpacket_traits<packet>::size});
    static constexpr std::size_t vectors = 2;
#if defined(EIGEN_VECTORIZE_AVX512)
    static constexpr std::size_t users = 6; // 2 x 12 sums, in 32 registers
#else
    static constexpr std::size_t users = 3; // 2 x 6 sums, in 16 registers
#endif
    static constexpr std::size_t items = lanes * vectors;
    static constexpr std::size_t size = users * vectors;

    /// Packs row(r) for r in [0, count) as columns of a tile, [dim x width]; further columns are 0.
    template <std::size_t width, class Row>
    static void pack(std::size_t count, std::size_t dim, const Row& row, Scalar* packed) {
        constexpr bool transposes = width % lanes == 0 && lanes % chains<Scalar> == 0;
        std::size_t begin[chains<Scalar>] = {}; // where the places of each partial sum go
        for (std::size_t c = 1; c < chains<Scalar>; ++c)
            begin[c] = begin[c - 1] + chain_length<Scalar>(c - 1, dim);
        const auto place = [&](std::size_t d) {
            return packed + (begin[d % chains<Scalar>] + d / chains<Scalar>)*width;
        };
        std::size_t done = 0; // places
        if constexpr (transposes)
            if (count == width)
                for (; done + lanes <= dim; done += lanes)
                    for (std::size_t r = 0; r < width; r += lanes) transpose(row, r, done, place);
        for (std::size_t r = 0; r < width; ++r) {
            const Scalar* const from = r < count ? row(r) : nullptr;
            for (std::size_t d = done; d < dim; ++d) place(d)[r] = r < count ? from[d] : Scalar(0);
        }
    }

    /// The products of packed users, [dim x users], and packed items, [dim x items]: of user u and vector v of items
    /// products[u * vectors + v].
    GRAFT_ALWAYS_INLINE static void multiply(const Scalar* user, const Scalar* item, std::size_t dim,
                                             packet (&products)[size]) {
        multiply(user, item, dim, products, std::make_index_sequence<size>{});
    }

    /// f(index) for each product, with an index that is a constant.
    template <class F>
    GRAFT_ALWAYS_INLINE static void for_each_product(F&& f) {
        for_each_product(f, std::make_index_sequence<size>{});
    }

private:
    /// A square of places d, d + 1 .. of rows r, r + 1 ..
    template <class Row, class Place>
    static void transpose(const Row& row, std::size_t r, std::size_t d, const Place& place) {
        constexpr int side = lanes;
        using line = Eigen::Array<Scalar, side, 1>;
        Eigen::Matrix<Scalar, side, side> square; // whose columns are lines in memory
        for (int i = 0; i < side; ++i)
            square.col(i) = line::Map(row(r + static_cast<std::size_t>(i)) + d).matrix();
        square.transposeInPlace(); // in registers
        for (int i = 0; i < side; ++i)
            line::Map(place(d + static_cast<std::size_t>(i)) + r) = square.col(i).array();
    }

    template <class F, std::size_t... I>
    GRAFT_ALWAYS_INLINE static void for_each_product(F& f, std::index_sequence<I...>) {
        (f(std::integral_constant<std::size_t, I>{}), ...);
    }
    template <std::size_t... I>
    GRAFT_ALWAYS_INLINE static void multiply(const Scalar* user, const Scalar* item, std::size_t dim,
                                             packet (&products)[size], std::index_sequence<I...> all) {
        add_chain(user, item, chain_length<Scalar>(0, dim), products, all);
        for (std::size_t c = 1; c < chains<Scalar>; ++c) {
            packet partial[size];
            add_chain(user, item, chain_length<Scalar>(c, dim), partial, all);
            ((products[I] = Eigen::internal::padd(products[I], partial[I])), ...);
        }
    }
    /// One partial sum of each product; user and item move on.
    template <std::size_t... I>
    GRAFT_ALWAYS_INLINE static void add_chain(const Scalar*& user, const Scalar*& item, std::size_t length,
                                              packet (&sums)[size], std::index_sequence<I...>) {
        namespace packets = Eigen::internal;
        ((sums[I] = packets::pset1<packet>(Scalar(0))), ...);
        for (std::size_t at = 0; at < length; ++at, user += users, item += items)
            ((sums[I] = packets::pmadd(packets::pset1<packet>(user[I / vectors]),
                                       packets::ploadu<packet>(item + I % vectors * lanes), sums[I])),
             ...);
    }
};

} // namespace graft::inline v0_1::detail
