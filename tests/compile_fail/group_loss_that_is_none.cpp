// expect: group_loss
#include <cstddef>

#include <graft/model/recommender.hpp>
#include <graft/train/trainer.hpp>

struct hinge {
#ifndef GRAFT_BAD_LINE
    static constexpr bool compares_only = true;
#endif
    template <class Scalar>
    Scalar operator()(const Scalar* scores, const float*, std::size_t size, Scalar* gradients) const {
        Scalar sum = 0;
        gradients[0] = 0;
        for (std::size_t k = 1; k < size; ++k) {
            const Scalar short_of = 1 + scores[k] - scores[0];
            gradients[k] = short_of > 0 ? Scalar(1) : Scalar(0);
            gradients[0] -= gradients[k];
            sum += gradients[k] * short_of;
        }
        return sum;
    }
};

void train(graft::recommender<float>& model) {
    graft::trainer<graft::recommender<float>, graft::adam, hinge> trainer(model, {}, {.group_size = 5});
}
