#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace graft::inline v0_1::detail {

/// Which line each row is on: a run of rows and lines that count up together is one entry.
class row_lines {
public:
    struct run {
        std::size_t row;
        std::size_t line;
    };
    void add(std::size_t row, std::size_t line) {
        if (line - row == ahead_) [[likely]]
            return;
        runs_.push_back({row, line});
        ahead_ = line - row;
    }
    /// The runs of a block, behind `rows` rows and `lines` lines.
    void append(const row_lines& block, std::size_t rows, std::size_t lines) {
        for (const auto& each : block.runs_) add(rows + each.row, lines + each.line);
    }
    [[nodiscard]] std::size_t line_of(std::size_t row) const {
        const auto after = std::upper_bound(runs_.begin(), runs_.end(), row,
                                            [](std::size_t wanted, const run& r) { return wanted < r.row; });
        return (after - 1)->line + (row - (after - 1)->row);
    }
    void clear() noexcept {
        runs_.clear();
        ahead_ = none;
    }

private:
    static constexpr auto none = static_cast<std::size_t>(-1);
    std::vector<run> runs_;
    std::size_t ahead_ = none; // of a line before its row, in the last run
};

} // namespace graft::inline v0_1::detail
