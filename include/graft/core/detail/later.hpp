#pragma once

namespace graft::inline v0_1::detail {

template <class T, class Later>
struct later_type {
    using type = T;
};

/// T, as a type that depends on a template parameter. What a function template does with such types is only
/// compiled in programs that call it: expressions of Eigen on plain types cost each program their seconds.
template <class T, class Later>
using later = typename later_type<T, Later>::type;

} // namespace graft::inline v0_1::detail
