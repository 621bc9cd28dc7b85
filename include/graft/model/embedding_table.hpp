#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/backend.hpp>
#include <graft/backend/default.hpp>
#include <graft/core/error.hpp>
#include <graft/core/random.hpp>

namespace graft::inline v0_1 {

/// How a table's factors start: drawn from the normal distribution.
struct init {
    double mean = 0.0;
    double stddev = 0.1;
    std::uint64_t seed = 0;
};

/// Rows of factors, [rows x dim], as torch.nn.Embedding. With a bias, each row carries one number more. While
/// a trainer works on a table its rows lag behind; reading it then is an error until the trainer settles.
/// Const members may be called from several threads at once, and nothing else beside them.
template <std::floating_point Scalar, int Dim = Eigen::Dynamic, class Backend = default_backend>
class embedding_table {
    static_assert(backend<Backend>, "embedding_table: Backend does not model graft::backend");
    static_assert(Dim == Eigen::Dynamic || Dim > 0,
                  "embedding_table: Dim must be Eigen::Dynamic or positive");

public:
    using scalar = Scalar;
    using vector = Eigen::Matrix<Scalar, Dim, 1>;
    using matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Dim, (Dim == 1 ? Eigen::ColMajor : Eigen::RowMajor)>;

    /// dim must be Dim where that is fixed; argument_error otherwise, and for dim 0. Biases start at 0.
    embedding_table(std::size_t rows, std::size_t dim, const init& start = {}, bool with_bias = false)
        : dim_(checked(dim)), store_(rows, dim + (with_bias ? 1 : 0)) {
        fill(start);
    }

    /// A copy is free of the trainer that may have the original, which must not lag behind. What is assigned to
    /// a table of a model must have its rows, dim and biases; argument_error otherwise.
    embedding_table(const embedding_table& other) : dim_(other.dim_), store_(other.settled()) {}
    embedding_table& operator=(const embedding_table& other) { return *this = embedding_table(other); }
    /// Throws graft::error if a trainer has either table: it would lose its rows.
    embedding_table(embedding_table&& other)
        : dim_(other.dim_), store_(std::move(other.free().store_)), lagging_(other.lagging_) {}
    embedding_table& operator=(embedding_table&& other) {
        if (of_model_) check_size(other);
        return replace(std::move(other));
    }

    [[nodiscard]] std::size_t rows() const noexcept { return store_.rows(); }
    [[nodiscard]] std::size_t dim() const noexcept { return dim_; }
    [[nodiscard]] bool has_bias() const noexcept { return store_.width() > dim_; }

    /// The factors of a row, [dim]. Throws argument_error if there is no such row.
    [[nodiscard]] vector row(std::size_t r) const {
        check_row(r);
        vector factors(static_cast<Eigen::Index>(dim_));
        settled().read(r, 0, factors.data(), dim_);
        return factors;
    }
    /// Replaces the factors of a row, [dim]. Throws argument_error if there is no such row, the length
    /// differs or a number is not finite.
    template <class Derived>
    void set_row(std::size_t r, const Eigen::MatrixBase<Derived>& factors) {
        check_row(r);
        if (static_cast<std::size_t>(factors.size()) != dim_)
            throw argument_error("embedding_table: a vector of " + std::to_string(factors.size()) +
                                 " numbers does not fit rows of " + std::to_string(dim_));
        const vector plain = factors.template cast<Scalar>();
        if (!plain.allFinite())
            throw argument_error("embedding_table: the vector for row " + std::to_string(r) +
                                 " is not finite");
        settled().write(r, 0, plain.data(), dim_);
    }

    /// The bias of a row. Throws argument_error if there is no such row or the table has no biases.
    [[nodiscard]] Scalar bias(std::size_t r) const {
        check_bias(r);
        Scalar value;
        settled().read(r, dim_, &value, 1);
        return value;
    }
    void set_bias(std::size_t r, Scalar value) {
        check_bias(r);
        if (!std::isfinite(value))
            throw argument_error("embedding_table: the bias for row " + std::to_string(r) + " is not finite");
        settled().write(r, dim_, &value, 1);
    }

    /// A copy of all factors, [rows x dim].
    [[nodiscard]] matrix factors() const {
        matrix all(static_cast<Eigen::Index>(rows()), static_cast<Eigen::Index>(dim_));
        for (std::size_t r = 0; r < rows(); ++r) settled().read(r, 0, all.data() + r * dim_, dim_);
        return all;
    }

    /// A copy of the weights of some rows, [n x (dim + bias)]: those of ids, which there must be.
    template <class Id>
    [[nodiscard]] std::vector<Scalar> rows_of(std::span<const Id> ids) const {
        const auto& store = settled();
        if constexpr (requires { store.rows_of(ids); }) {
            return store.rows_of(ids);
        } else {
            std::vector<Scalar> some(ids.size() * store.width());
            for (std::size_t k = 0; k < ids.size(); ++k)
                store.read(static_cast<std::size_t>(ids[k]), 0, some.data() + k * store.width(),
                           store.width());
            return some;
        }
    }

    /// A copy of all weights, [rows x (dim + bias)], row after row, and its way back. `set_weights` throws
    /// argument_error if the length differs or a number is not finite.
    [[nodiscard]] std::vector<Scalar> weights() const {
        std::vector<Scalar> all(rows() * store_.width());
        settled().read_all(all.data());
        return all;
    }
    void set_weights(const std::vector<Scalar>& all) {
        if (all.size() != rows() * store_.width())
            throw argument_error("embedding_table: " + std::to_string(all.size()) + " numbers do not fill " +
                                 std::to_string(rows()) + " rows of " + std::to_string(store_.width()));
        for (std::size_t i = 0; i < all.size(); ++i)
            if (!std::isfinite(all[i]))
                throw argument_error("embedding_table: number " + std::to_string(i) +
                                     " of the weights is not finite");
        settled().write_all(all.data());
    }

    /// For snapshots: takes the weights of a store of the table's shape.
    void write_all(const auto& store) { settled().write_all(store); }
    /// For files: replaces the weights of a row `from` some place on; they are finite, and there are such a row
    /// and places.
    void write(std::size_t r, std::size_t from, std::span<const Scalar> weights) {
        settled().write(r, from, weights.data(), weights.size());
    }

    /// The first row with a number that is not finite.
    [[nodiscard]] std::optional<std::size_t> first_row_not_finite() const {
        std::vector<Scalar> values(store_.width());
        for (std::size_t r = 0; r < rows(); ++r) {
            settled().read(r, 0, values.data(), values.size());
            for (const Scalar value : values)
                if (!std::isfinite(value)) return r;
        }
        return std::nullopt;
    }

    /// For models: from now on the table keeps its size, but for `replace`.
    void keep_size() noexcept { of_model_ = true; }
    /// For models: assigns a table of any size. Throws graft::error if a trainer has either table.
    embedding_table& replace(embedding_table&& other) {
        check_free();
        other.check_free();
        if (this == &other) return *this;
        dim_ = other.dim_;
        store_ = std::move(other.store_);
        lagging_ = other.lagging_;
        return *this;
    }
    /// Throws graft::error if a trainer has the table.
    void check_free() const {
        if (lent_)
            throw error("embedding_table: a trainer works on this table; end it before the table is moved");
    }
    /// For models: whether a trainer has the table.
    [[nodiscard]] bool is_lent() const noexcept { return lent_; }

    /// The rows as the backend stores them: for backends and trainers.
    [[nodiscard]] const auto& store() const { return settled(); }

    /// For trainers: hands out the rows until `take_back`. Throws graft::error if another trainer has them,
    /// or could not settle them. The table must stay where it is meanwhile.
    [[nodiscard]] auto& lend() {
        if (lent_) throw error("embedding_table: another trainer works on this table; end it first");
        check_settled();
        lent_ = true;
        return store_;
    }
    /// The rows lag behind for good if they do so now.
    void take_back() noexcept { lent_ = false; }
    /// For trainers: whether rows lag behind.
    void set_lagging(bool lagging) noexcept { lagging_ = lagging; }
    /// For trainers: what whoever reads rows that lag behind calls first, or nullptr.
    void set_settler(const std::function<void()>* settle) noexcept { settle_ = settle; }

private:
    using rows_type = typename Backend::template store<Scalar>;

    static std::size_t checked(std::size_t dim) {
        if (dim == 0)
            throw argument_error("embedding_table: dim must be at least 1; give it where the type has none");
        if (Dim != Eigen::Dynamic && dim != static_cast<std::size_t>(Dim))
            throw argument_error("embedding_table: dim is " + std::to_string(dim) + " where the type says " +
                                 std::to_string(Dim));
        return dim;
    }
    void fill(const init& start) {
        if (!std::isfinite(start.mean) || !(start.stddev >= 0) || !std::isfinite(start.stddev))
            throw argument_error("init: mean must be finite and stddev a finite number >= 0");
        constexpr double largest = (std::numeric_limits<Scalar>::max)() / 100;
        if (std::abs(start.mean) > largest || start.stddev > largest)
            throw argument_error("init: mean and stddev must leave room in the table's numbers");
        if (start.mean == 0 && start.stddev == 0) return; // as the store is
        random_engine engine(start.seed);
        std::vector<Scalar> factors(dim_ + dim_ % 2);
        for (std::size_t r = 0; r < rows(); ++r) {
            for (std::size_t i = 0; i < dim_; i += 2) {
                const auto [a, b] = draw_normal_pair(engine);
                factors[i] = static_cast<Scalar>(start.mean + start.stddev * a);
                factors[i + 1] = static_cast<Scalar>(start.mean + start.stddev * b);
            }
            store_.write(r, 0, factors.data(), dim_);
        }
    }
    void check_row(std::size_t r) const {
        if (r >= rows())
            throw argument_error("embedding_table: there is no row " + std::to_string(r) +
                                 "; the table has " + std::to_string(rows()));
    }
    void check_bias(std::size_t r) const {
        check_row(r);
        if (!has_bias()) throw argument_error("embedding_table: this table has no biases");
    }
    void check_settled() const {
        if (lagging_ && settle_ != nullptr) (*settle_)();
        if (!lagging_) return;
        if (lent_)
            throw error(
                "embedding_table: a trainer works on this table and its rows lag behind; call the trainer's "
                "settle() before reading it");
        throw error("embedding_table: this table's trainer ended, but could not settle it, so its rows are "
                    "those of no step; make the table anew. The trainer's settle(), called before its end, "
                    "says why");
    }
    [[nodiscard]] embedding_table& free() {
        check_free();
        return *this;
    }
    void check_size(const embedding_table& other) const {
        const auto described = [](const embedding_table& t) {
            return std::to_string(t.rows()) + " rows of " + std::to_string(t.dim()) +
                   (t.has_bias() ? " with biases" : " without biases");
        };
        // A table that was moved from takes any number of rows.
        if (dim_ != other.dim_ || has_bias() != other.has_bias() || (rows() != other.rows() && rows() != 0))
            throw argument_error("embedding_table: a table of " + described(other) +
                                 " does not fit a model whose table has " + described(*this) +
                                 "; make another model, or see grow");
    }
    [[nodiscard]] const rows_type& settled() const {
        check_settled();
        return store_;
    }
    [[nodiscard]] rows_type& settled() {
        check_settled();
        return store_;
    }

    std::size_t dim_;
    rows_type store_;
    bool lent_ = false;
    bool lagging_ = false;
    bool of_model_ = false;                         // neither copied nor moved
    const std::function<void()>* settle_ = nullptr; // neither copied nor moved
};

} // namespace graft::inline v0_1
