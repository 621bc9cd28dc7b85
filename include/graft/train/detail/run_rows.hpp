#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <graft/backend/training_engine.hpp>

namespace graft::inline v0_1::detail {

/// The rows and steps of an engine (training_engine.hpp). values are numbers of its scalar.
class run_rows {
public:
    run_rows() = default;
    run_rows(const run_rows&) = delete;
    run_rows& operator=(const run_rows&) = delete;
    virtual ~run_rows() = default;
    [[nodiscard]] virtual training_rows of(table_side side) const = 0;
    virtual void read(table_side side, std::size_t first, std::size_t count, void* values,
                      std::uint32_t* last) = 0;
    virtual void write(table_side side, std::size_t first, std::size_t count, const void* values,
                       const std::uint32_t* last) = 0;
    virtual void settle() = 0;
    [[nodiscard]] virtual std::uint32_t steps() const = 0;
};

template <class Scalar, class Engine>
class rows_of_engine final : public run_rows {
public:
    explicit rows_of_engine(Engine& engine) : engine_(engine) {}
    [[nodiscard]] training_rows of(table_side side) const override { return engine_.rows_of(side); }
    void read(table_side side, std::size_t first, std::size_t count, void* values,
              std::uint32_t* last) override {
        const auto shape = of(side);
        engine_.read_rows(side, first,
                          std::span(static_cast<Scalar*>(values), count * shape.vectors * shape.width),
                          std::span(last, shape.have_steps ? count : 0));
    }
    void write(table_side side, std::size_t first, std::size_t count, const void* values,
               const std::uint32_t* last) override {
        const auto shape = of(side);
        engine_.write_rows(side, first,
                           std::span(static_cast<const Scalar*>(values), count * shape.vectors * shape.width),
                           std::span(last, shape.have_steps ? count : 0));
    }
    void settle() override { engine_.settle(); }
    [[nodiscard]] std::uint32_t steps() const override { return engine_.steps(); }

private:
    Engine& engine_;
};

} // namespace graft::inline v0_1::detail
