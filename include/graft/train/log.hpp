#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <ostream>
#include <string>

#include <graft/train/history.hpp>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace graft::inline v0_1 {

namespace detail {

inline bool is_terminal(const std::ostream& out) {
#if defined(__unix__) || defined(__APPLE__)
    if (out.rdbuf() == std::cout.rdbuf()) return ::isatty(STDOUT_FILENO) == 1;
    if (out.rdbuf() == std::cerr.rdbuf()) return ::isatty(STDERR_FILENO) == 1;
#endif
    (void)out;
    return false;
}

/// A loss as text: four decimals, or with a power of ten if it is large.
inline std::string loss_text(double loss) {
    char text[32];
    std::snprintf(text, sizeof text, std::abs(loss) < 1e6 ? "%.4f" : "%.3e", loss);
    return text;
}

inline std::string epoch_line(const progress& p) {
    const auto& e = *p.finished;
    std::string line = "epoch " + std::to_string(e.epoch) + "/" + std::to_string(p.epochs) + "  train " +
                       loss_text(e.train_loss);
    if (e.valid_loss) line += "  valid " + loss_text(*e.valid_loss);
    if (e.monitored) line += "  " + std::string(p.monitor) + " " + loss_text(*e.monitored);
    char text[64];
    std::snprintf(text, sizeof text, "  lr %.2g  %.2f s", e.lr, e.seconds);
    return line + text;
}

inline std::string progress_line(const progress& p) {
    constexpr std::size_t bar = 24;
    const std::size_t full = p.steps == 0 ? bar : bar * p.step / p.steps;
    char percent[32];
    std::snprintf(percent, sizeof percent, "] %3zu%%",
                  p.steps == 0 ? std::size_t{100} : 100 * p.step / p.steps);
    return "epoch " + std::to_string(p.epoch) + "/" + std::to_string(p.epochs) + "  [" +
           std::string(full, '#') + std::string(bar - full, '.') + percent + "  train " +
           loss_text(p.train_loss);
}

} // namespace detail

/// A callback for `fit` that writes a line per epoch to `out`, and on a terminal a line that moves between.
/// `out` must outlive it.
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] progress_callback log_to(std::ostream& out) {
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

} // namespace graft::inline v0_1
