// One ranking model for ranking.py, which judges them all in the same way.
//   compare_ranking METHOD CLICKS FACTORS [name=number]..
// CLICKS, written by ranking.py: int32 n, users, items, then int32 user[n] and item[n], float32 value[n].
// FACTORS, for it: float32 [users x width] and [items x width], whose products rank the items. Prints the
// width and the seconds of training.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>
#include <graft/loss/bpr.hpp>
#include <graft/loss/softmax.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/model/recommender.hpp>
#include <graft/train/als.hpp>
#include <graft/train/fit.hpp>

namespace {

using rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The numbers of the command line; one that no method asks for is an error.
class settings {
public:
    settings(int argc, char** argv) {
        for (int i = 4; i < argc; ++i) {
            const std::string text = argv[i];
            const auto at = text.find('=');
            if (at == std::string::npos) throw std::runtime_error(text + ": name=number is wanted");
            values_[text.substr(0, at)] = std::strtod(text.c_str() + at + 1, nullptr);
        }
    }
    template <class Number>
    void take(const std::string& name, Number& value) {
        const auto found = values_.find(name);
        if (found == values_.end()) return;
        value = static_cast<Number>(found->second);
        values_.erase(found);
    }
    void check_all_taken() const {
        if (!values_.empty())
            throw std::runtime_error(values_.begin()->first + ": this method has no such setting");
    }

private:
    std::map<std::string, double> values_;
};

struct trained {
    rows users, items; // [users x width], [items x width]
    double seconds;
};

template <class F>
double seconds_of(F&& f) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

trained als(const graft::interactions& clicks, settings& given) {
    std::size_t dim = 64;
    graft::als_options options;
    given.take("dim", dim);
    given.take("epochs", options.epochs);
    given.take("cg_steps", options.cg_steps);
    given.take("unobserved_weight", options.unobserved_weight);
    given.take("l2", options.l2);
    given.take("l2_exponent", options.l2_exponent);
    given.take("threads", options.threads);
    given.check_all_taken();
    graft::recommender<float> model(clicks.num_users(), clicks.num_items(), dim);
    const double seconds = seconds_of([&] { graft::fit_als(model, clicks, options); });
    return {model.users().factors(), model.items().factors(), seconds};
}

/// Clicks against drawn negatives, with biases: a user's row is [p | 1], an item's [q | bias].
template <class Loss>
trained compared(const graft::interactions& clicks, settings& given) {
    std::size_t dim = 64;
    double init = 0.05;
    graft::fit_options<graft::adam, Loss> options;
    given.take("dim", dim);
    given.take("init", init);
    given.take("epochs", options.epochs);
    given.take("batch", options.batch_size);
    given.take("lr", options.optimizer.lr);
    given.take("l2", options.l2);
    given.take("negatives", options.negatives.per_positive);
    given.take("threads", options.threads);
    given.check_all_taken();
    options.row_l2 = 0;
    options.schedule = graft::cosine_decay{};
    graft::recommender<float, Eigen::Dynamic, graft::cpu, graft::biased> model(
        clicks.num_users(), clicks.num_items(), dim, {.stddev = init});
    const double seconds = seconds_of([&] { graft::fit(model, clicks, options); });
    const auto with_bias = [](const auto& table, bool of_items) {
        rows all(static_cast<Eigen::Index>(table.rows()), static_cast<Eigen::Index>(table.dim()) + 1);
        all.leftCols(all.cols() - 1) = table.factors();
        for (Eigen::Index r = 0; r < all.rows(); ++r)
            all(r, all.cols() - 1) = of_items ? table.bias(static_cast<std::size_t>(r)) : 1.0F;
        return all;
    };
    return {with_bias(model.users(), false), with_bias(model.items(), true), seconds};
}

// A method is a function from clicks and settings to factors.
const std::map<std::string, trained (*)(const graft::interactions&, settings&)> methods = {
    {"als", als},
    {"squared_error", compared<graft::squared_error>},
    {"bpr", compared<graft::bpr>},
    {"softmax", compared<graft::softmax>}};

graft::interactions read_clicks(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const auto read = [&](auto& values) {
        file.read(reinterpret_cast<char*>(values.data()),
                  static_cast<std::streamsize>(values.size() * sizeof(values[0])));
        if (!file) throw std::runtime_error(path + ": is too short");
    };
    std::vector<std::int32_t> sizes(3);
    read(sizes);
    const auto count = static_cast<std::size_t>(sizes[0]);
    std::vector<graft::user_id> users(count);
    std::vector<graft::item_id> items(count);
    std::vector<float> values(count);
    read(users);
    read(items);
    read(values);
    return graft::interactions::from_rows(users, items, values, static_cast<std::size_t>(sizes[1]),
                                          static_cast<std::size_t>(sizes[2]));
}

void write(std::ofstream& file, const rows& factors) {
    file.write(reinterpret_cast<const char*>(factors.data()),
               static_cast<std::streamsize>(static_cast<std::size_t>(factors.size()) * sizeof(float)));
}

} // namespace

int main(int argc, char** argv) try {
    const auto method = argc < 4 ? methods.end() : methods.find(argv[1]);
    if (method == methods.end()) {
        std::fprintf(stderr, "compare_ranking METHOD CLICKS FACTORS [name=number]..\n");
        return 2;
    }
    settings given(argc, argv);
    const auto result = method->second(read_clicks(argv[2]), given);
    std::ofstream file(argv[3], std::ios::binary);
    write(file, result.users);
    write(file, result.items);
    file.close();
    if (!file) throw std::runtime_error(std::string(argv[3]) + ": cannot be written");
    std::printf("{\"width\": %td, \"seconds\": %.6g}\n", result.users.cols(), result.seconds);
} catch (const std::exception& e) {
    std::fprintf(stderr, "compare_ranking: %s\n", e.what());
    return 1;
}
