#pragma once

/// The larger of two numbers, and NaN if one of them is: std::max(0.0, NaN) is 0.
inline double larger(double a, double b) { return a > b || a != a ? a : b; }
