#pragma once

#include <chrono>
#include <cstdio>
#include <iostream>
#include <ostream>
#include <string>

#include <graft/train/history.hpp>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace graft {

namespace detail {

inline bool is_terminal(const std::ostream& out) {
#if defined(__unix__) || defined(__APPLE__)
    if (out.rdbuf() == std::cout.rdbuf()) return ::isatty(STDOUT_FILENO) == 1;
    if (out.rdbuf() == std::cerr.rdbuf()) return ::isatty(STDERR_FILENO) == 1;
#endif
    (void)out;
    return false;
}

inline std::string epoch_line(const progress& p) {
    char text[160];
    const auto& e = *p.finished;
    int length =
        std::snprintf(text, sizeof text, "epoch %zu/%zu  train %.4f", e.epoch, p.epochs, e.train_loss);
    std::string line(text, static_cast<std::size_t>(length));
    if (e.valid_loss) {
        length = std::snprintf(text, sizeof text, "  valid %.4f", *e.valid_loss);
        line.append(text, static_cast<std::size_t>(length));
    }
    length = std::snprintf(text, sizeof text, "  lr %.2g  %.2f s", e.lr, e.seconds);
    return line.append(text, static_cast<std::size_t>(length));
}

inline std::string progress_line(const progress& p) {
    constexpr std::size_t bar = 24;
    const std::size_t full = p.steps == 0 ? bar : bar * p.step / p.steps;
    char text[160];
    const int length =
        std::snprintf(text, sizeof text, "epoch %zu/%zu  [%s%s] %3zu%%  train %.4f", p.epoch, p.epochs,
                      std::string(full, '#').c_str(), std::string(bar - full, '.').c_str(),
                      p.steps == 0 ? std::size_t{100} : 100 * p.step / p.steps, p.train_loss);
    return {text, static_cast<std::size_t>(length)};
}

} // namespace detail

/// A callback for `fit` that writes a line per epoch to `out`, and on a terminal a line that moves between.
/// `out` must outlive it.
[[nodiscard]] inline progress_callback log_to(std::ostream& out) {
    using clock = std::chrono::steady_clock;
    return
        [&out, terminal = detail::is_terminal(out), drawn = clock::time_point{}](const progress& p) mutable {
            if (p.finished != nullptr) {
                if (terminal) out << "\r\033[K";
                out << detail::epoch_line(p) << '\n' << std::flush;
            } else if (terminal && clock::now() - drawn > std::chrono::milliseconds(50)) {
                out << "\r\033[K" << detail::progress_line(p) << std::flush;
                drawn = clock::now();
            }
        };
}

} // namespace graft
