#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/cpu/rows.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/train/detail/als_table.hpp>
#include <graft/train/detail/normal_equations.hpp>

namespace graft::inline v0_1::detail {

/// Sums of x x' over rows x, which are copied together until there is enough for a product of matrices.
template <class Scalar>
class product_sums {
public:
    explicit product_sums(std::size_t dim)
        : dim_(dim), pitch_(normal_equations<Scalar>::padded(dim)), rows_(most * pitch_, Scalar(0)) {}
    template <class Row>
    void add(const Row& row, normal_equations<Scalar>& sum) {
        Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>(rows_.data() + size_++ * pitch_,
                                                            static_cast<Eigen::Index>(dim_)) = row;
        if (size_ == most) finish(sum);
    }
    void finish(normal_equations<Scalar>& sum) {
        sum.add_products(rows_.data(), size_);
        size_ = 0;
    }

private:
    static constexpr std::size_t most = 64;
    std::size_t dim_, pitch_;
    std::size_t size_ = 0;
    std::vector<Scalar> rows_; // [most x pitch]
};

/// Solves the rows of one table while the other stays. A row is one thread's work, and sums over a table are
/// made of parts that do not depend on the threads.
template <class Scalar>
class als_solver {
public:
    als_solver(std::size_t dim, double unobserved_weight, std::size_t cg_steps, std::size_t threads)
        : dim_(dim), unobserved_(static_cast<Scalar>(unobserved_weight)), cg_steps_(cg_steps), pool_(threads),
          gram_(dim), parts_(gram_parts, gram_), workers_(pool_.size(), worker(dim, cg_steps == 0)) {}

    /// Moves each row w of `table` that may move to, or towards, the least of sum_k c_k (1 - w.q_k)^2 + w0
    /// sum_q (w.q)^2 + l2 |w - anchor|^2. Returns the first row that is not finite then. O(interactions dim +
    /// rows dim^2) a step, in closed form O(interactions dim^2 + rows dim^3).
    std::optional<std::size_t> solve(als_table<Scalar>& table, const als_table<Scalar>& others) {
        sum_gram(others);
        const auto& rows = table.present();
        std::vector<char> failed(rows.size(), 0);
        for_each(rows.size(), [&](worker& me, std::size_t k) {
            if (table.is_frozen(rows[k])) return;
            const bool solved = cg_steps_ == 0 ? solve_row(me, table, others, rows[k])
                                               : improve_row(me, table, others, rows[k]);
            failed[k] = solved && table.row(rows[k]).allFinite() ? 0 : 1;
        });
        const auto first = std::find(failed.begin(), failed.end(), 1);
        if (first == failed.end()) return std::nullopt;
        return rows[static_cast<std::size_t>(first - failed.begin())];
    }

    /// sum c (1 - w.q)^2 over interactions + w0 sum (w.q)^2 over all pairs, with the other table as it was in
    /// the last `solve`. O(interactions dim + rows dim^2).
    [[nodiscard]] double error(const als_table<Scalar>& table, const als_table<Scalar>& others) {
        const auto& rows = table.present();
        errors_.resize(rows.size());
        for_each(rows.size(),
                 [&](worker& me, std::size_t k) { errors_[k] = error_of(me, table, others, rows[k]); });
        double sum = 0;
        for (const double e : errors_) sum += e;
        return sum;
    }

private:
    static constexpr std::size_t gram_parts = 16;
    using array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;

    struct worker {
        worker(std::size_t dim, bool closed)
            : products(dim), equations(closed ? dim : 0),
              right(array::Zero(static_cast<Eigen::Index>(normal_equations<Scalar>::padded(dim)))),
              residual(static_cast<Eigen::Index>(dim)), direction(residual), product(residual) {}
        product_sums<Scalar> products;
        normal_equations<Scalar> equations; // only for closed forms
        array right;                        // [pitch]
        array residual, direction, product; // [dim]
    };

    /// Calls f(worker, k) for each k < size, on the threads that come first.
    template <class F>
    void for_each(std::size_t size, const F& f) {
        constexpr std::size_t some = 8;
        std::atomic<std::size_t> next = 0;
        pool_.run([&](std::size_t thread) {
            for (std::size_t begin = 0; (begin = next.fetch_add(some, std::memory_order_relaxed)) < size;)
                for (std::size_t k = begin; k < (std::min)(begin + some, size); ++k) f(workers_[thread], k);
        });
    }

    /// w0 Q'Q of the rows that are present: a fixed number of parts, added up in their order.
    void sum_gram(const als_table<Scalar>& table) {
        const auto& rows = table.present();
        std::atomic<std::size_t> next = 0;
        pool_.run([&](std::size_t thread) {
            auto& products = workers_[thread].products;
            for (std::size_t part = 0; (part = next.fetch_add(1, std::memory_order_relaxed)) < gram_parts;) {
                auto& sum = parts_[part];
                sum.values().setZero();
                const std::size_t end = rows.size() * (part + 1) / gram_parts;
                for (std::size_t k = rows.size() * part / gram_parts; k < end; ++k)
                    products.add(table.row(rows[k]), sum);
                products.finish(sum);
            }
        });
        gram_.values().setZero();
        for (const auto& part : parts_) gram_.values() += part.values();
        gram_.values() *= unobserved_;
        gram_.mirror();
    }

    /// In closed form (Hu, Koren and Volinsky 2008). Returns false if the equations are not positive
    /// definite.
    bool solve_row(worker& me, als_table<Scalar>& table, const als_table<Scalar>& others, std::size_t r) {
        auto& equations = me.equations;
        equations.values() = gram_.values();
        for (std::size_t i = 0; i < dim_; ++i) equations.row(i)[i] += table.l2(r);
        auto right = me.right.head(static_cast<Eigen::Index>(dim_));
        right = table.l2(r) * table.anchor(r);
        const auto met = table.others_of(r);
        const auto confidences = table.confidences_of(r);
        for (std::size_t k = 0; k < met.size(); ++k) {
            const auto other = others.row(met[k]);
            if (confidences.empty()) {
                me.products.add(other, equations);
                right += other;
            } else {
                me.products.add(std::sqrt(confidences[k]) * other, equations);
                right += confidences[k] * other;
            }
        }
        me.products.finish(equations);
        const bool solved = equations.solve(me.right.data());
        table.row(r) = right;
        return solved;
    }

    /// Steps of conjugate gradients from where the row is (Takács, Pilászy and Tikk 2011).
    bool improve_row(worker& me, als_table<Scalar>& table, const als_table<Scalar>& others, std::size_t r) {
        auto row = table.row(r);
        me.residual = table.l2(r) * (table.anchor(r) - row);
        add_residual(table, others, r, Scalar(1), row.data(), me.residual);
        me.direction = me.residual;
        Scalar squares = me.residual.matrix().squaredNorm();
        const Scalar rounding = std::numeric_limits<Scalar>::epsilon();
        const Scalar enough = squares * rounding * rounding;
        for (std::size_t step = 0; step < cg_steps_ && squares > enough; ++step) {
            me.product = -table.l2(r) * me.direction; // minus the matrix times the direction
            add_residual(table, others, r, Scalar(0), me.direction.data(), me.product);
            const Scalar length = -squares / me.direction.matrix().dot(me.product.matrix());
            if (!std::isfinite(length)) break; // so small that nothing is left to gain, or too large
            row += length * me.direction;
            me.residual += length * me.product;
            const Scalar before = squares;
            squares = me.residual.matrix().squaredNorm();
            me.direction = me.residual + (squares / before) * me.direction;
        }
        return std::isfinite(squares);
    }

    /// Adds sum_k c_k (one - w.q_k) q_k - w0 Q'Q w, four rows at a time.
    void add_residual(const als_table<Scalar>& table, const als_table<Scalar>& others, std::size_t r,
                      Scalar one, const Scalar* w, array& sum) const {
        const auto met = table.others_of(r);
        const auto confidences = table.confidences_of(r);
        const auto factor = [&](std::size_t k) {
            const Scalar miss = one - dot_product(w, others.row(met[k]).data(), dim_);
            return confidences.empty() ? miss : confidences[k] * miss;
        };
        std::size_t k = 0;
        for (; k + 4 <= met.size(); k += 4) {
            const std::array<Scalar, 4> f{factor(k), factor(k + 1), factor(k + 2), factor(k + 3)};
            sum += (f[0] * others.row(met[k]) + f[1] * others.row(met[k + 1])) +
                   (f[2] * others.row(met[k + 2]) + f[3] * others.row(met[k + 3]));
        }
        for (; k < met.size(); ++k) sum += factor(k) * others.row(met[k]);
        subtract_gram(w, sum);
    }
    void subtract_gram(const Scalar* w, array& sum) const {
        const auto dim = static_cast<Eigen::Index>(dim_);
        using matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
        const Eigen::Map<const matrix, Eigen::Unaligned, Eigen::OuterStride<>> gram(
            gram_.row(0), dim, dim, Eigen::OuterStride<>(static_cast<Eigen::Index>(gram_.pitch())));
        sum.matrix().noalias() -= gram * array::Map(w, dim).matrix();
    }

    [[nodiscard]] double error_of(worker& me, const als_table<Scalar>& table, const als_table<Scalar>& others,
                                  std::size_t r) const {
        const Scalar* const row = table.row(r).data();
        const auto met = table.others_of(r);
        const auto confidences = table.confidences_of(r);
        double sum = 0;
        for (std::size_t k = 0; k < met.size(); ++k) {
            const double miss = 1.0 - static_cast<double>(dot_product(row, others.row(met[k]).data(), dim_));
            sum += (confidences.empty() ? 1.0 : static_cast<double>(confidences[k])) * miss * miss;
        }
        me.product.setZero();
        subtract_gram(row, me.product);
        return sum - static_cast<double>(dot_product(row, me.product.data(), dim_));
    }

    std::size_t dim_;
    Scalar unobserved_;
    std::size_t cg_steps_;
    thread_pool pool_;
    normal_equations<Scalar> gram_;
    std::vector<normal_equations<Scalar>> parts_; // [gram_parts]
    std::vector<worker> workers_;                 // [threads]
    std::vector<double> errors_;                  // [rows present]
};

} // namespace graft::inline v0_1::detail
