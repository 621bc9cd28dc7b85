#pragma once

#include <string>
#include <utility>

#include <graft/io/group_file.hpp>

namespace graft::inline v0_1::detail {

/// Whether a model lives on a backend of several processes, which make the same calls at the same time: not from several
/// threads, whose order is another in each process. Such a backend has is_collective, true, and `writes_files()` and
/// `agree(text)`, see writer_group.
template <class Model>
inline constexpr bool is_collective = requires {
    requires Model::backend_type::is_collective;
};

template <class Model>
[[nodiscard]] writer_group writers_of() {
    if constexpr (is_collective<Model>)
        return {Model::backend_type::writes_files(), &Model::backend_type::agree};
    else
        return {};
}

/// What all processes go by where each has an answer of its own.
template <class Model>
[[nodiscard]] bool agreed(bool answer) {
    if constexpr (is_collective<Model>) return !Model::backend_type::agree(answer ? "yes" : "").empty();
    return answer;
}

} // namespace graft::inline v0_1::detail
