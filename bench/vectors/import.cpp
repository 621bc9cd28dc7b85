// Import of pretrained vectors, and the floors beneath it: what just touching, inflating, parsing and copying
// the same bytes takes.

#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <graft/vectors/read_vectors.hpp>

#include "generated_files.hpp"

namespace {

using bench_vectors::generated_files;

const generated_files& files() {
    static const generated_files all;
    return all;
}

void import(benchmark::State& state, const std::filesystem::path& path, bool filtered) {
    graft::read_options options;
    options.threads = static_cast<std::size_t>(state.range(0));
    if (filtered) options.wanted = generated_files::wanted();
    std::size_t rows = 0;
    for (auto _ : state) {
        const auto vectors = graft::read_vectors(path, options);
        benchmark::DoNotOptimize(vectors.matrix().data());
        rows = vectors.size();
    }
    state.counters["rows"] = static_cast<double>(rows);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(std::filesystem::file_size(path)));
}

void import_text(benchmark::State& state) { import(state, files().text, false); }
void import_gzip(benchmark::State& state) { import(state, files().gzip, false); }
void import_binary(benchmark::State& state) { import(state, files().binary, false); }
void import_filtered(benchmark::State& state) { import(state, files().text, true); }
BENCHMARK(import_text)->Arg(1)->Arg(2)->ArgName("threads")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(import_gzip)->Arg(1)->Arg(2)->ArgName("threads")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(import_binary)->Arg(1)->Arg(2)->ArgName("threads")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(import_filtered)->Arg(1)->Arg(2)->ArgName("threads")->UseRealTime()->Unit(benchmark::kMillisecond);

/// Floor: read(2) of the text through one buffer.
void floor_read_bytes(benchmark::State& state) {
    std::vector<char> buffer(1U << 18U);
    for (auto _ : state) {
        std::FILE* const file = std::fopen(files().text.string().c_str(), "rb");
        std::setvbuf(file, nullptr, _IONBF, 0);
        while (std::fread(buffer.data(), 1, buffer.size(), file) > 0) benchmark::DoNotOptimize(buffer.data());
        std::fclose(file);
    }
}
BENCHMARK(floor_read_bytes)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Floor: zlib's gzread through one buffer.
void floor_inflate(benchmark::State& state) {
    std::vector<char> buffer(1U << 18U);
    for (auto _ : state) {
        const gzFile file = gzopen(files().gzip.string().c_str(), "rb");
        gzbuffer(file, 1U << 18U);
        while (gzread(file, buffer.data(), static_cast<unsigned>(buffer.size())) > 0)
            benchmark::DoNotOptimize(buffer.data());
        gzclose(file);
    }
}
BENCHMARK(floor_inflate)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Floor: a loop that does nothing but call std::from_chars on each number of the mapped text and store it.
void floor_from_chars(benchmark::State& state) {
    for (auto _ : state) {
        const graft::detail::mapped_file file(files().text);
        const auto bytes = file.bytes();
        const char* at = bytes.data() + bytes.find('\n') + 1;
        const char* const end = bytes.data() + bytes.size();
        const std::size_t count = generated_files::rows() * generated_files::dim;
        const std::unique_ptr<float[]> numbers(new float[count]);
        float* to = numbers.get();
        while (at != end) {
            while (*at != ' ') ++at;
            for (std::size_t i = 0; i < generated_files::dim; ++i)
                at = std::from_chars(at + 1, end, *to++).ptr;
            ++at;
        }
        benchmark::DoNotOptimize(numbers.get());
    }
}
BENCHMARK(floor_from_chars)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Floor: copying the bytes of the binary file to memory, and building the index of its words.
void floor_copy_and_index(benchmark::State& state) {
    const auto vectors = graft::read_vectors(files().binary);
    std::vector<std::string> words;
    for (std::size_t i = 0; i < vectors.size(); ++i) words.emplace_back(vectors.word(i));
    for (auto _ : state) {
        const graft::detail::mapped_file file(files().binary);
        const std::unique_ptr<char[]> copy(new char[file.bytes().size()]);
        std::memcpy(copy.get(), file.bytes().data(), file.bytes().size());
        benchmark::DoNotOptimize(copy.get());
        graft::string_index index;
        for (const auto& word : words) index.insert(word);
        benchmark::DoNotOptimize(index.size());
    }
}
BENCHMARK(floor_copy_and_index)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace
