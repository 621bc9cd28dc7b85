// expect: graft::load: give it the type of a model, as load<graft::recommender<float>>\(path\)
#include <graft/model/load.hpp>
#include <graft/model/recommender.hpp>

void read() {
#ifdef GRAFT_BAD_LINE
    static_cast<void>(graft::load<graft::embedding_table<float>>("model.safetensors"));
#else
    static_cast<void>(graft::load<graft::recommender<float>>("model.safetensors"));
#endif
}
