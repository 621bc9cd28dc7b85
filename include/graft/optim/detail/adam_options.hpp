#pragma once

#include <cmath>
#include <string>

#include <graft/core/error.hpp>

namespace graft::detail {

template <class Options>
void check_adam(const std::string& name, const Options& o) {
    if (!(o.lr >= 0) || !std::isfinite(o.lr))
        throw argument_error(name + ": lr must be a finite number >= 0");
    if (!(o.beta1 >= 0 && o.beta1 < 1)) throw argument_error(name + ": beta1 must be in [0, 1)");
    if (!(o.beta2 >= 0 && o.beta2 < 1)) throw argument_error(name + ": beta2 must be in [0, 1)");
    if (!(o.eps > 0) || !std::isfinite(o.eps))
        throw argument_error(name + ": eps must be a finite number > 0");
}

} // namespace graft::detail
