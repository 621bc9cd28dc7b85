// expect: embedding_table: Dim must be Eigen::Dynamic or positive
#include <graft/model/embedding_table.hpp>

#ifdef GRAFT_BAD_LINE
constexpr int dim = 0;
#else
constexpr int dim = 2;
#endif

graft::embedding_table<float, dim> table(3, 2);
