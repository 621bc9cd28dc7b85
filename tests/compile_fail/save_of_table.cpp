// expect: graft::save: the first argument must be a graft::recommender
#include <graft/model/recommender.hpp>
#include <graft/model/save.hpp>

void write(const graft::recommender<float>& model) {
#ifdef GRAFT_BAD_LINE
    graft::save(model.users(), "model.safetensors");
#else
    graft::save(model, "model.safetensors");
#endif
}
