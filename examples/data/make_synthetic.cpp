// Makes the synthetic catalogue and ratings of examples/data/synthetic, the same bytes every time:
//
//     make_synthetic words                      the words that titles and genres are made of, one a line
//     make_synthetic ratings VECTORS FOLDER     reads the words' vectors, writes ratings.tsv and items.csv
//
// The taste in it is planted. A title is a point in the space of the word vectors, the mean of its words; a
// fixed random map takes it to the few factors of the item. A user has random factors, and
//
//     rating = round(3.3 + user bias + item bias + <user factors, item factors> + noise), kept in 1..5,
//
// so that items with related titles are liked by the same users, and vectors of words help to find out which.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <graft/core/random.hpp>

namespace {

constexpr std::size_t num_users = 300, num_items = 400, num_factors = 8;

struct genre {
    std::string name;
    std::vector<std::string> words;
};

std::vector<std::string> split(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

const std::vector<genre>& genres() {
    static const std::vector<genre> all = {
        {"Action",
         split("chase fury strike bullet danger explosive revenge fighter assault rescue escape pursuit "
               "deadly weapon storm target rebel fugitive sniper blast ambush mission gang reckless")},
        {"Adventure",
         split("journey island treasure jungle expedition voyage mountain desert explorer river "
               "compass caravan wilderness sail map horizon wild trail lost cave quest harbor ocean")},
        {"Comedy",
         split("funny laugh joke silly clown awkward prank wacky hilarious cousin roommate boss vacation "
               "dinner neighbor goofy uncle party blunder mischief crazy office weekend")},
        {"Drama",
         split("memory sorrow mother father silence truth winter letter grief tears daughter promise "
               "forgiveness quiet broken sister brother hope farewell widow autumn confession regret")},
        {"Horror",
         split("ghost blood nightmare haunted scream demon vampire grave curse zombie creature terror "
               "evil monster cemetery witch undead skull darkness beast possessed sinister corpse")},
        {"Romance",
         split("love heart kiss wedding bride lover paris rose passion sweetheart moonlight engagement "
               "tender valentine couple beloved honeymoon summer charming affection romantic flame")},
        {"Mystery",
         split("secret detective clue murder shadow stranger puzzle witness hidden suspect missing riddle "
               "evidence alibi mirror disappearance whisper sleuth fog locked vanished midnight")},
        {"War", split("battle soldier army general victory siege trench enemy bomber fleet infantry regiment "
                      "commander invasion troops tank honor battalion cannon veteran surrender colonel")},
        {"Western",
         split("cowboy sheriff outlaw ranch saloon frontier rider horse gunslinger stagecoach bandit "
               "cattle dusty canyon prairie saddle buffalo marshal stallion texas lasso spurs")},
        {"Music",
         split("song melody band jazz guitar piano concert singer rhythm orchestra blues symphony choir "
               "violin drummer opera chorus trumpet radio harmony lullaby tune anthem")},
        {"Fantasy",
         split("dragon wizard magic kingdom sword princess enchanted prophecy throne crown spell castle "
               "knight goblin fairy sorcerer ring elf legend oracle unicorn giant crystal realm")},
        {"Science",
         split("planet robot galaxy alien star orbit machine future rocket lunar mars android cosmic "
               "signal laboratory asteroid saturn comet spaceship satellite gravity telescope colony")},
        {"Sport",
         split("champion team coach race boxing league runner stadium goal olympic rookie tournament "
               "baseball football sprint medal wrestler playoff hockey soccer swimmer marathon trophy")}};
    return all;
}

const std::vector<std::string> common_words = split(
    "last first great little golden silver red black white old young long dark night house city road man "
    "woman world final good");
const std::vector<std::string> function_words = split("the of and in");

std::string lower(std::string word) {
    for (char& c : word)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return word;
}

std::string capital(std::string word) {
    if (word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 'a' + 'A');
    return word;
}

/// A comparison that rounding could turn would make the files differ between machines; this many digits of
/// distance rule it out, and the seed is one for which no comparison comes closer.
void must_be_clear(double distance) {
    if (!(std::abs(distance) > 1e-9))
        throw std::runtime_error("a comparison is too close; choose another seed");
}

using vector = std::vector<double>;

double dot(const vector& a, const vector& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

class draws {
public:
    explicit draws(std::uint64_t seed) : engine_(seed) {}
    std::size_t below(std::size_t bound) {
        return static_cast<std::size_t>(graft::draw_below(engine_, bound));
    }
    double uniform() { return graft::draw_uniform(engine_); }
    double normal() { return graft::draw_normal_pair(engine_).first; }
    vector normals(std::size_t count) {
        vector values(count);
        for (double& value : values) value = normal();
        return values;
    }
    template <class T>
    const T& one_of(const std::vector<T>& values) {
        return values[below(values.size())];
    }
    template <class T>
    void shuffle(std::vector<T>& values) {
        graft::shuffle(std::span<T>(values), engine_);
    }

private:
    graft::random_engine engine_;
};

struct item {
    std::string title;
    std::string genres;
    std::vector<std::string> words; // that carry the meaning
    vector factors;
    double bias = 0;
    double popularity = 0;
};

std::vector<item> make_items(draws& draw) {
    std::vector<item> items;
    std::set<std::string> taken;
    while (items.size() < num_items) {
        std::vector<std::size_t> of(genres().size());
        for (std::size_t i = 0; i < of.size(); ++i) of[i] = i;
        draw.shuffle(of);
        of.resize(draw.below(3) == 0 ? 3 : 2);
        const std::string a = draw.one_of(genres()[of[0]].words);
        const std::string b = draw.one_of(genres()[of[draw.below(2)]].words);
        const std::string c = draw.one_of(common_words);
        const std::string A = capital(a), B = capital(b), C = capital(c);

        item made;
        made.words = {a, b};
        switch (draw.below(5)) {
        case 0:
            made.title = A + " " + B;
            break;
        case 1:
            made.title = A + " of the " + B;
            break;
        case 2:
            made.title = A + " and " + B;
            break;
        case 3:
            made.title = "The " + A + " in the " + B;
            break;
        default:
            made.title = "The " + C + " " + A;
            made.words = {c, a};
        }
        if (a == b || !taken.insert(made.title).second) continue;
        std::sort(of.begin(), of.end());
        for (const std::size_t g : of) made.genres += (made.genres.empty() ? "" : "|") + genres()[g].name;
        items.push_back(made);
    }
    return items;
}

/// Factors of unit deviation from the mean vector of each title's words.
void place(std::vector<item>& items, const std::map<std::string, vector>& vectors, draws& draw) {
    const std::size_t dim = vectors.begin()->second.size();
    std::vector<vector> texts;
    vector mean(dim, 0.0);
    for (const item& one : items) {
        vector text(dim, 0.0);
        for (const std::string& word : one.words)
            for (std::size_t d = 0; d < dim; ++d)
                text[d] += vectors.at(word)[d] / static_cast<double>(one.words.size());
        for (std::size_t d = 0; d < dim; ++d) mean[d] += text[d] / static_cast<double>(num_items);
        texts.push_back(text);
    }
    for (std::size_t f = 0; f < num_factors; ++f) {
        const vector direction = draw.normals(dim);
        double square = 0;
        for (std::size_t i = 0; i < num_items; ++i) {
            items[i].factors.push_back(dot(texts[i], direction) - dot(mean, direction));
            square += items[i].factors[f] * items[i].factors[f] / static_cast<double>(num_items);
        }
        for (item& one : items) one.factors[f] /= std::sqrt(square);
    }
    for (item& one : items) {
        for (double& factor : one.factors) factor += 0.3 * draw.normal(); // what a title does not say
        one.bias = 0.3 * draw.normal();
        one.popularity = std::exp(1.3 * draw.normal());
    }
}

struct event {
    std::size_t user, item;
    int rating;
    std::uint64_t time;
};

std::vector<event> make_ratings(const std::vector<item>& items, draws& draw) {
    std::vector<event> events;
    for (std::size_t u = 0; u < num_users; ++u) {
        const vector taste = draw.normals(num_factors);
        const double bias = 0.4 * draw.normal();
        const auto affinity = [&](const item& one) {
            return 0.8 * dot(taste, one.factors) / std::sqrt(static_cast<double>(num_factors));
        };

        // A sample without replacement, weighted by popularity and taste: the smallest of exponential times.
        std::vector<std::pair<double, std::size_t>> race;
        for (std::size_t i = 0; i < num_items; ++i)
            race.emplace_back(
                -std::log(1 - draw.uniform()) / (items[i].popularity * std::exp(affinity(items[i]) / 2)), i);
        std::sort(race.begin(), race.end());
        const double activity = 15 + 29 * std::exp(0.6 * draw.normal());
        must_be_clear(activity - std::round(activity) + 0.5);
        must_be_clear(activity - std::round(activity) - 0.5);
        const auto count = std::min(static_cast<std::size_t>(std::lround(activity)), num_items / 2);
        must_be_clear(race[count].first / race[count - 1].first - 1);
        std::vector<std::size_t> seen;
        for (std::size_t n = 0; n < count; ++n) seen.push_back(race[n].second);
        std::sort(seen.begin(), seen.end());
        draw.shuffle(seen);

        std::uint64_t time = 1'000'000'000 + draw.below(60'000'000);
        for (const std::size_t i : seen) {
            const double value = 3.3 + bias + items[i].bias + affinity(items[i]) + 0.5 * draw.normal();
            must_be_clear(value - std::floor(value) - 0.5);
            time += 1 + draw.below(20'000);
            events.push_back({u, i, std::clamp(static_cast<int>(std::lround(value)), 1, 5), time});
        }
    }
    std::sort(events.begin(), events.end(), [](const event& a, const event& b) {
        return std::tie(a.time, a.user, a.item) < std::tie(b.time, b.user, b.item);
    });
    return events;
}

void print_words() {
    for (const auto& words : {function_words, common_words})
        for (const std::string& word : words) std::printf("%s\n", word.c_str());
    for (const genre& one : genres()) {
        std::printf("%s\n", lower(one.name).c_str());
        for (const std::string& word : one.words) std::printf("%s\n", word.c_str());
    }
}

std::map<std::string, vector> read_words(const std::string& path) {
    std::ifstream file(path);
    std::map<std::string, vector> vectors;
    for (std::string line; std::getline(file, line);) {
        std::istringstream in(line);
        std::string word;
        in >> word;
        for (double value = 0; in >> value;) vectors[word].push_back(value);
    }
    if (vectors.empty()) throw std::runtime_error(path + ": no vectors can be read");
    return vectors;
}

void write(const std::string& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary);
    file << content;
    if (!file.flush()) throw std::runtime_error(path + ": cannot be written");
}

void make(const std::string& vectors, const std::string& folder) {
    draws draw(20);
    auto items = make_items(draw);
    place(items, read_words(vectors), draw);
    const auto events = make_ratings(items, draw);

    std::string text = "item_id,title,genres\n";
    for (std::size_t i = 0; i < items.size(); ++i)
        text += std::to_string(i + 1) + "," + items[i].title + "," + items[i].genres + "\n";
    write(folder + "/items.csv", text);

    text.clear();
    for (const event& e : events)
        text += std::to_string(e.user + 1) + "\t" + std::to_string(e.item + 1) + "\t" +
                std::to_string(e.rating) + "\t" + std::to_string(e.time) + "\n";
    write(folder + "/ratings.tsv", text);
}

} // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> args(argv + 1, argv + argc);
    if (args.size() == 1 && args[0] == "words")
        print_words();
    else if (args.size() == 3 && args[0] == "ratings")
        make(args[1], args[2]);
    else
        throw std::runtime_error("usage: make_synthetic words | make_synthetic ratings VECTORS FOLDER");
} catch (const std::exception& e) {
    std::fprintf(stderr, "make_synthetic: %s\n", e.what());
    return 1;
}
