#pragma once

/// What the library graft::compiled has, so that programs which link it need not compile it: the usual functions, for
/// recommender<float> with either scorer, Adam and the squared error. graft.hpp includes this where GRAFT_COMPILED is
/// defined, as the CMake target graft::compiled does; all else of graft is compiled as it is without.

#include <graft/graft.hpp>

#ifndef GRAFT_DETAIL_EXTERN
#define GRAFT_DETAIL_EXTERN extern // cmake/graft-compiled.cpp defines it to be nothing
#endif

namespace graft::inline v0_1 {

namespace detail {

using compiled_dots = recommender<float, Eigen::Dynamic, cpu, dot>;
using compiled_biased = recommender<float, Eigen::Dynamic, cpu, biased>;
using compiled_table = embedding_table<float, Eigen::Dynamic, cpu>;
using compiled_list = std::vector<recommendation<float>>;

} // namespace detail

GRAFT_DETAIL_EXTERN template interactions read_ratings<void>(const std::filesystem::path&,
                                                             const ratings_options&);
GRAFT_DETAIL_EXTERN template catalog read_catalog<void>(const std::filesystem::path&, const catalog_options&);
GRAFT_DETAIL_EXTERN template keyed_vectors read_vectors<void>(const std::filesystem::path&,
                                                              const read_options&);
GRAFT_DETAIL_EXTERN template void write_vectors<void>(const std::filesystem::path&, const keyed_vectors&,
                                                      vector_format, const std::filesystem::path&);
GRAFT_DETAIL_EXTERN template user_item_matrix build_user_item_matrix<void>(const interactions&);
GRAFT_DETAIL_EXTERN template split_parts split<void>(const interactions&, const holdout&);
GRAFT_DETAIL_EXTERN template split_parts split<void>(const interactions&, const by_time&);
GRAFT_DETAIL_EXTERN template split_parts split<void>(const interactions&, const leave_one_out&);
GRAFT_DETAIL_EXTERN template progress_callback log_to<void>(std::ostream&);

#define GRAFT_DETAIL_COMPILED_TRANSFER(how)                                                                  \
    GRAFT_DETAIL_EXTERN template coverage transfer(const keyed_vectors&, detail::compiled_table&, const how&);
GRAFT_DETAIL_COMPILED_TRANSFER(by_row)
GRAFT_DETAIL_COMPILED_TRANSFER(by_key)
GRAFT_DETAIL_COMPILED_TRANSFER(by_text)

#define GRAFT_DETAIL_COMPILED_MODEL(model)                                                                   \
    GRAFT_DETAIL_EXTERN template history fit(model&, const interactions&, const interactions&,               \
                                             const fit_options<adam, squared_error>&,                        \
                                             const progress_callback&);                                      \
    GRAFT_DETAIL_EXTERN template history fit(                                                                \
        model&, const interactions&, const fit_options<adam, squared_error>&, const progress_callback&);     \
    GRAFT_DETAIL_EXTERN template adapted fit_adapted(model&, const interactions&, const interactions&,       \
                                                     const adapted_fit_options<adam>&,                       \
                                                     const progress_callback&);                              \
    GRAFT_DETAIL_EXTERN template rating_error evaluate(const model&, const interactions&, const clip&);      \
    GRAFT_DETAIL_EXTERN template detail::compiled_list recommend(                                            \
        const model&, user_id, std::size_t, const unseen_in&, const recommend_options&);
GRAFT_DETAIL_COMPILED_MODEL(detail::compiled_dots)
GRAFT_DETAIL_COMPILED_MODEL(detail::compiled_biased)

} // namespace graft::inline v0_1
