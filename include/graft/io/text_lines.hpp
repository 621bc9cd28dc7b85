#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include <graft/io/byte_source.hpp>
#include <graft/io/float_text.hpp>

namespace graft::inline v0_1::detail {

/// A run of whole lines, each with its '\n'; float_text_padding bytes behind the last can be read.
struct text_block {
    std::size_t index = 0; // 0, 1, 2, ... in the order of the file
    std::string_view lines;
    double progress = 0; // the part of the file up to the end of this block
    std::vector<char> storage;
};

/// What some programs put in front of UTF-8; no part of the text.
inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

[[nodiscard]] inline std::string_view without_outer_spaces(std::string_view text) noexcept {
    while (text.ends_with(' ')) text.remove_suffix(1);
    while (text.starts_with(' ')) text.remove_prefix(1);
    return text;
}

/// A line without its ending and the spaces around it: the characters that are syntax.
[[nodiscard]] inline std::string_view trimmed(std::string_view line) noexcept {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return without_outer_spaces(line);
}

/// Cuts the rest of a source into blocks of lines, and stops after a number of lines that are not blank.
class text_blocks {
public:
    text_blocks(byte_source& source, std::size_t limit, std::size_t block_bytes)
        : source_(source), left_(limit), block_bytes_(block_bytes) {}

    /// Blocks given so far.
    [[nodiscard]] std::size_t count() const noexcept { return blocks_; }

    /// Whether there is more content after the limit.
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    /// False at the end. Throws format_error. One thread at a time.
    bool next(text_block& block) {
        if (left_ == 0) {
            stopped_ = stopped_ || !source_.peek(1).empty();
            return false;
        }
        if (source_.in_memory())
            slice(block);
        else
            inflate(block);
        if (block.lines.empty()) return false;
        if (left_ != unlimited) cut(block);
        block.index = blocks_++;
        block.progress = source_.progress();
        return true;
    }

private:
    static constexpr std::size_t unlimited = (std::numeric_limits<std::size_t>::max)();

    /// The block is a part of memory, or a copy with padding where memory ends too soon behind it.
    void slice(text_block& block) {
        auto lines = source_.peek(block_bytes_);
        if (lines.empty()) {
            block.lines = {};
            return;
        }
        const auto last = lines.rfind('\n');
        lines = last != std::string_view::npos ? lines.substr(0, last + 1) : source_.peek_line();
        const bool padded =
            source_.peek(lines.size() + float_text_padding).size() == lines.size() + float_text_padding;
        if (padded && lines.ends_with('\n')) {
            block.lines = lines;
        } else {
            block.storage.assign(lines.begin(), lines.end());
            finish_storage(block, lines.size());
        }
        source_.skip(lines.size());
    }

    void inflate(text_block& block) {
        std::size_t size = 0;
        for (std::size_t capacity = block_bytes_;; capacity *= 2) {
            if (block.storage.size() < capacity + float_text_padding + 1)
                block.storage.resize(capacity + float_text_padding + 1);
            size += source_.read(block.storage.data() + size, capacity - size);
            const auto last = std::string_view(block.storage.data(), size).rfind('\n');
            if (size < capacity) break; // the end of the content
            if (last != std::string_view::npos) {
                source_.unread({block.storage.data() + last + 1, size - last - 1});
                size = last + 1;
                break;
            }
            if (capacity >= byte_source::longest_line) source_.fail_long_line();
        }
        finish_storage(block, size);
    }

    static void finish_storage(text_block& block, std::size_t size) {
        block.storage.resize((std::max)(block.storage.size(), size + 1 + float_text_padding));
        char* const end = block.storage.data() + size;
        if (size > 0 && end[-1] != '\n') {
            *end = '\n';
            ++size;
        }
        std::memset(block.storage.data() + size, '\n', float_text_padding);
        block.lines = {block.storage.data(), size};
    }

    void cut(text_block& block) {
        std::size_t at = 0;
        while (at < block.lines.size() && left_ > 0) {
            const auto end = block.lines.find('\n', at) + 1;
            if (!trimmed(block.lines.substr(at, end - at)).empty()) --left_;
            at = end;
        }
        stopped_ = at < block.lines.size() || !source_.peek(1).empty();
        block.lines = block.lines.substr(0, at);
    }

    byte_source& source_;
    std::size_t left_;
    std::size_t block_bytes_;
    std::size_t blocks_ = 0;
    bool stopped_ = false;
};

} // namespace graft::inline v0_1::detail
