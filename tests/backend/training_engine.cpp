#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <Eigen/Core>

#include <graft/backend/cpu/engine.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/adam.hpp>

namespace {

struct complete {
    complete(graft::cpu_store<float>&, graft::cpu_store<float>&, float, const graft::adam&,
             const graft::squared_error&, const graft::engine_options&, const graft::table_rules&,
             const graft::table_rules&);
    complete(const complete&) = delete;
    std::optional<std::size_t> run(const graft::training_data&, std::size_t, double, std::span<double>);
    void settle();
    void set_rules(const graft::table_rules&, const graft::table_rules&);
    [[nodiscard]] std::uint32_t steps() const;
    [[nodiscard]] graft::training_rows rows_of(graft::table_side) const;
    void read_rows(graft::table_side, std::size_t, std::span<float>, std::span<std::uint32_t>);
    void write_rows(graft::table_side, std::size_t, std::span<const float>, std::span<const std::uint32_t>);
    void count_steps(double, std::size_t);
};
struct without_rows : complete {
    using complete::complete;
    void read_rows() = delete;
};
struct without_settle : complete {
    using complete::complete;
    void settle() = delete;
};
struct without_rules : complete {
    using complete::complete;
    void set_rules() = delete;
};
struct silent_of_failures : complete {
    using complete::complete;
    void run(const graft::training_data&, std::size_t, double, std::span<double>);
};
struct counts_only_while_writable : complete {
    using complete::complete;
    std::uint32_t steps();
};
struct copied : complete {
    using complete::complete;
    copied(const copied&);
    copied& operator=(const copied&);
};
struct without_stores {
    std::optional<std::size_t> run(const graft::training_data&, std::size_t, double, std::span<double>);
    void settle();
    void set_rules(const graft::table_rules&, const graft::table_rules&);
    [[nodiscard]] std::uint32_t steps() const;
};

template <class E>
concept engine_of_adam = graft::training_engine < E,
        graft::cpu_store<float>,
float, graft::adam, graft::squared_error > ;

static_assert(
    engine_of_adam<graft::cpu_engine<float, Eigen::Dynamic, graft::dot, graft::adam, graft::squared_error>>);
static_assert(engine_of_adam<complete>);
static_assert(!engine_of_adam<without_settle>);
static_assert(!engine_of_adam<without_rows>);
static_assert(!engine_of_adam<without_rules>);
static_assert(!engine_of_adam<silent_of_failures>);
static_assert(!engine_of_adam<counts_only_while_writable>);
static_assert(!engine_of_adam<copied>);
static_assert(!engine_of_adam<without_stores>);

} // namespace
