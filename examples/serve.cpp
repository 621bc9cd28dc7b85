// Serves recommendations from a model file over HTTP: a page to try it, and JSON at /recommend?user=..&k=..,
// /similar?item=..&k=.. and /health. A new model that is renamed over the file takes its place without a pause.
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include <graft/core/error.hpp>
#include <graft/data/catalog.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/read_catalog.hpp>
#include <graft/data/read_ratings.hpp>
#include <graft/model/load.hpp>
#include <graft/model/mapped_recommender.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/serve/similar.hpp>
#include <graft/serve/unseen.hpp>

// clang-format off: after Eigen, which has the name _res that <resolv.h> makes a macro
#include <httplib.h>
// clang-format on

namespace {

constexpr const char* page = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>graft</title><meta name="viewport" content="width=device-width">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em; color: #222 }
h1 { font-size: 1.3em } input, button { font: inherit; padding: .3em .6em }
li { margin: .3em 0 } .score { color: #777; font-variant-numeric: tabular-nums; margin-left: .6em }
.id { color: #777 } a { color: #0645ad; cursor: pointer; text-decoration: none } #error { color: #a00 }
</style></head><body>
<h1>Recommendations</h1>
<form id="ask"><label>User <input id="user" autofocus placeholder="id of a user"></label> <button>Show</button></form>
<p id="error" role="alert"></p><h2 id="what"></h2><ol id="list"></ol>
<script>
const at = id => document.getElementById(id);
async function show(path, what) {
  at('error').textContent = ''; at('list').replaceChildren(); at('what').textContent = '';
  let answer;
  try { answer = await (await fetch(path)).json(); } catch (e) { answer = { error: 'the server does not answer' }; }
  if (answer.error) { at('error').textContent = answer.error; return; }
  at('what').textContent = what;
  for (const item of answer.items) {
    const line = document.createElement('li'), link = document.createElement('a'), score = document.createElement('span');
    link.textContent = item.title || 'item ' + item.id;
    link.title = 'items like this one';
    link.onclick = () => show('/similar?k=10&item=' + encodeURIComponent(item.id), 'Like ' + link.textContent);
    score.className = 'score'; score.textContent = item.score?.toFixed(2);
    line.append(link, score); at('list').append(line);
  }
}
function ask(user) { show('/recommend?k=10&user=' + encodeURIComponent(user), 'For user ' + user); }
at('ask').onsubmit = event => { event.preventDefault(); ask(at('user').value); };
const user = new URLSearchParams(location.search).get('user');
if (user !== null) { at('user').value = user; ask(user); }
</script></body></html>
)";

struct settings {
    std::string model;
    std::string check;
    std::string items;
    std::string ratings;
    std::string host = "127.0.0.1";
    int port = 8080;
    std::size_t connections = 32;
};

/// The length of the character of UTF-8 that begins at a place; 0 if none does.
std::size_t character_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xc2 && first < 0xe0   ? 2
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    if (length == 0 || length > text.size() - at) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(at + i) & 0xc0U) != 0x80) return 0;
    const unsigned char second = byte(at + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90))
        return 0;
    return length;
}

/// A string of JSON. Bytes that are no UTF-8 become U+FFFD.
std::string json(std::string_view text) {
    std::string result = "\"";
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_at(text, at);
        const auto byte = static_cast<unsigned char>(text[at]);
        if (length == 0) {
            result += "\\ufffd";
        } else if (byte == '"' || byte == '\\') {
            result.append(1, '\\').append(1, text[at]);
        } else if (byte < 0x20 || byte == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", byte);
            result += escape;
        } else {
            result.append(text, at, length);
        }
        at += length == 0 ? 1 : length;
    }
    return result.append(1, '"');
}

std::string json(double number) {
    if (!std::isfinite(number)) return "null";
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

/// A model file with either scorer, the titles of its items and what its users have met.
class served {
public:
    served() = default;
    served(const served&) = delete;
    served& operator=(const served&) = delete;
    virtual ~served() = default;
    /// Lists as JSON. Throws argument_error for an id that the model does not have.
    [[nodiscard]] virtual std::string recommend(const std::string& user, std::size_t k) const = 0;
    [[nodiscard]] virtual std::string similar(const std::string& item, std::size_t k) const = 0;
    [[nodiscard]] virtual std::string sizes() const = 0;
};

template <class Scorer>
class served_as : public served {
public:
    explicit served_as(const settings& s) : model_(s.model) {
        if (!s.items.empty()) titles_ = graft::read_catalog(s.items);
        if (s.ratings.empty()) return;
        graft::id_map users;
        graft::id_map items;
        for (std::size_t row = 0; row < model_.num_user_ids(); ++row)
            users.insert(model_.id_of(static_cast<graft::user_id>(row)));
        for (std::size_t row = 0; row < model_.num_item_ids(); ++row)
            items.insert(model_.id_of(static_cast<graft::item_id>(row)));
        unseen_.emplace(graft::read_ratings(
            s.ratings, {.duplicates = graft::duplicates::keep_last,
                        .rows_of = graft::row_ids(std::make_shared<const graft::id_map>(std::move(users)),
                                                  std::make_shared<const graft::id_map>(std::move(items))),
                        .unknown_ids = graft::unknown_ids::skip}));
    }

    [[nodiscard]] std::string recommend(const std::string& user, std::size_t k) const override {
        const auto row = model_.user(user);
        const auto wanted = [&](graft::user_id who, graft::item_id item) {
            return !unseen_ || (*unseen_)(who, item);
        };
        return list("user", user, graft::recommend(model_, row, k, wanted));
    }
    [[nodiscard]] std::string similar(const std::string& item, std::size_t k) const override {
        return list("item", item, graft::similar_items(model_, model_.item(item), k));
    }
    [[nodiscard]] std::string sizes() const override {
        return "\"users\":" + std::to_string(model_.num_users()) +
               ",\"items\":" + std::to_string(model_.num_items()) +
               ",\"dim\":" + std::to_string(model_.dim());
    }

private:
    template <class List>
    [[nodiscard]] std::string list(const char* what, const std::string& id, const List& entries) const {
        std::string result = std::string("{\"") + what + "\":" + json(id) + ",\"items\":[";
        bool first = true;
        for (const auto& [item, score] : entries) {
            if (graft::row_of(item) >= model_.num_item_ids()) continue; // a row that nobody can name
            if (!first) result += ',';
            first = false;
            const auto name = model_.id_of(item);
            result.append("{\"id\":").append(json(name));
            if (const auto row = titles_.find(name))
                result.append(",\"title\":").append(json(titles_.title(*row)));
            result.append(",\"score\":").append(json(static_cast<double>(score))).append("}");
        }
        return result + "]}";
    }

    graft::mapped_recommender<float, Scorer> model_;
    graft::catalog titles_;
    std::optional<graft::unseen_in> unseen_;
};

/// The model of a file, which is read through first. Throws graft::error if it is not whole.
std::shared_ptr<const served> open_model(const settings& s) {
    const auto file = graft::check_model_file(s.model);
    if (file.is_double) throw graft::argument_error(s.model + ": serve takes models of floats");
    if (file.has_biases) return std::make_shared<served_as<graft::biased>>(s);
    return std::make_shared<served_as<graft::dot>>(s);
}

/// The model that answers. A request holds the one that it began with, so that none is lost when it changes.
class current_model {
public:
    explicit current_model(const settings& s) : settings_(s), stamp_(stamp()), model_(open_model(s)) {}

    [[nodiscard]] std::shared_ptr<const served> get() const {
        const std::lock_guard lock(mutex_);
        return model_;
    }
    [[nodiscard]] std::string health() const {
        const std::lock_guard lock(mutex_);
        return "{\"status\":\"ok\"," + model_->sizes() + ",\"changes\":" + std::to_string(changes_) +
               ",\"refused\":" + json(refused_) + "}";
    }

    /// Takes the file in the model's place, if it is another one and whole.
    void look_for_new() {
        const auto now = stamp();
        if (now == stamp_) return;
        stamp_ = now;
        std::shared_ptr<const served> next;
        std::string refused;
        try {
            next = open_model(settings_);
        } catch (const std::exception& e) {
            refused = e.what();
            std::fprintf(stderr, "serve: the old model stays: %s\n", e.what());
        }
        const std::lock_guard lock(mutex_);
        refused_ = refused;
        if (!next) return;
        model_.swap(next);
        ++changes_;
    }

private:
    using file_stamp = std::pair<std::filesystem::file_time_type, std::uintmax_t>;
    [[nodiscard]] file_stamp stamp() const {
        std::error_code ignored; // a file that is away for a moment is another one
        return {std::filesystem::last_write_time(settings_.model, ignored),
                std::filesystem::file_size(settings_.model, ignored)};
    }

    settings settings_;
    file_stamp stamp_;
    mutable std::mutex mutex_;
    std::shared_ptr<const served> model_;
    std::size_t changes_ = 0;
    std::string refused_; // why the file is not what answers; empty: it is
};

void answer(httplib::Response& response, int status, const std::string& body) {
    response.status = status;
    response.set_content(body, "application/json");
}
void answer_error(httplib::Response& response, int status, const std::string& why) {
    answer(response, status, "{\"error\":" + json(why) + "}");
}

/// Answers with what f(id, k) gives, or says what is wrong with the request.
template <class F>
void answer_list(const httplib::Request& request, httplib::Response& response, const char* name, F&& f) {
    const auto id = request.get_param_value(name);
    if (id.empty())
        return answer_error(response, 400,
                            std::string("give the id of a") +
                                (*name == 'u' ? " user with ?" : "n item with ?") + name + "=");
    std::size_t k = 10;
    constexpr std::size_t most = 1000;
    if (request.has_param("k")) {
        const auto text = request.get_param_value("k");
        const auto end = text.data() + text.size();
        const auto [stop, fault] = std::from_chars(text.data(), end, k);
        if (fault != std::errc() || stop != end || k == 0 || k > most)
            return answer_error(response, 400,
                                "k must be a whole number from 1 to " + std::to_string(most) + ", not '" +
                                    text.substr(0, 40) + "'");
    }
    try {
        answer(response, 200, f(id, k));
    } catch (const graft::argument_error& e) { answer_error(response, 404, e.what()); }
}

std::atomic<bool> asked_to_stop = false; // by a signal

int serve(const settings& s) {
    current_model current(s);
    httplib::Server server;
    server.new_task_queue = [&] { return new httplib::ThreadPool(s.connections); };
    server.set_keep_alive_max_count(1'000'000);
    server.set_tcp_nodelay(true);
    server.Get("/",
               [](const auto&, auto& response) { response.set_content(page, "text/html; charset=utf-8"); });
    server.Get("/health", [&](const auto&, auto& response) { answer(response, 200, current.health()); });
    server.Get("/recommend", [&](const auto& request, auto& response) {
        answer_list(request, response, "user",
                    [&](const auto& id, std::size_t k) { return current.get()->recommend(id, k); });
    });
    server.Get("/similar", [&](const auto& request, auto& response) {
        answer_list(request, response, "item",
                    [&](const auto& id, std::size_t k) { return current.get()->similar(id, k); });
    });
    server.set_error_handler([](const auto&, auto& response) {
        if (response.body.empty())
            answer_error(response, response.status,
                         response.status == 404 ? "there are /, /recommend, /similar and /health"
                                                : "the request cannot be read");
    });

    int port = s.port;
    if (port == 0)
        port = server.bind_to_any_port(s.host.c_str());
    else if (!server.bind_to_port(s.host.c_str(), port))
        port = -1;
    if (port < 0) throw graft::io_error("cannot listen on " + s.host + ":" + std::to_string(s.port));

    std::signal(SIGINT, [](int) { asked_to_stop = true; });
    std::signal(SIGTERM, [](int) { asked_to_stop = true; });
    std::thread watch([&] {
        while (!asked_to_stop) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            current.look_for_new();
        }
        server.stop();
    });
    std::printf("http://%s:%d\n", s.host.c_str(), port);
    std::fflush(stdout);
    const bool good = server.listen_after_bind();
    const bool asked = asked_to_stop.exchange(true);
    watch.join();
    return good || asked ? 0 : 1;
}

int check(const std::string& file) {
    const auto report = graft::check_model_file(file);
    std::printf("%s is whole: %zu users%s, %zu items%s, %zu %s each%s\n", file.c_str(), report.num_users,
                report.has_user_ids ? " with ids" : "", report.num_items,
                report.has_item_ids ? " with ids" : "", report.dim, report.is_double ? "doubles" : "floats",
                report.has_biases ? " and a bias" : "");
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app(
        "Serves recommendations from a model file, such as `movielens --save` writes. A new model that is "
        "renamed\nover the file is taken without a pause; one that is not whole is refused.");
    auto* const model = app.add_option("model", s.model, "the model's file");
    app.add_option("--items", s.items, "titles: u.item, '::' or CSV with a header");
    app.add_option("--ratings", s.ratings, "ratings, whose items are not recommended to their users again");
    app.add_option("--host", s.host, "where to listen")->capture_default_str();
    app.add_option("--port", s.port, "0: a free one, which is printed")
        ->capture_default_str()
        ->check(CLI::Range(0, 65535));
    app.add_option("--connections", s.connections, "that are served at once")
        ->capture_default_str()
        ->check(CLI::Range(1, 4096));
    app.add_option("--check", s.check, "read a model's file through, say whether it is whole, and end")
        ->excludes(model);
    CLI11_PARSE(app, argc, argv);
    try {
        if (!s.check.empty()) return check(s.check);
        if (s.model.empty()) throw graft::argument_error("give the file of a model; serve --help tells more");
        return serve(s);
    } catch (const graft::error& e) {
        std::fprintf(stderr, "serve: %s\n", e.what());
        return 1;
    }
}
