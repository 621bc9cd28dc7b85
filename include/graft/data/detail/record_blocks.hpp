#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <graft/data/detail/dialect.hpp>
#include <graft/data/detail/records.hpp>
#include <graft/io/byte_source.hpp>

namespace graft::inline v0_1::detail {

/// A run of whole records.
struct record_block {
    std::size_t index = 0;  // 0, 1, 2, ... in the order of the file
    std::string_view text;  // a part of memory, or of storage
    std::size_t offset = 0; // in the content of the file
    double progress = 0;    // the part of the file up to the end of this block
    std::string storage;
};

/// Cuts the rest of a source into blocks of whole records. A block with quotes is looked through for where its
/// records end; all others end at their last line.
class record_blocks {
public:
    record_blocks(byte_source& source, const dialect& how, std::size_t block_bytes)
        : source_(source), how_(how), block_bytes_(block_bytes), probe_({}, how) {}

    /// False at the end. One thread at a time.
    bool next(record_block& block) {
        std::size_t size = 0;
        for (std::size_t look = block_bytes_;; look *= 2) {
            const auto text = source_.peek(look);
            if (text.empty()) return false;
            const bool whole = text.size() < look; // to the end of the content
            size = end_of_records(text, whole || look >= byte_source::longest_line);
            if (size > 0) break;
            if (look >= byte_source::longest_line) source_.fail_long_line();
        }
        block.index = blocks_++;
        block.offset = source_.offset();
        const auto text = source_.peek(size);
        if (source_.in_memory()) {
            block.text = text;
        } else {
            block.storage.assign(text);
            block.text = block.storage;
        }
        source_.skip(size);
        block.progress = source_.progress();
        return true;
    }

private:
    /// Bytes of the whole records at the front of a text; 0 where the first does not end in it. last: no more
    /// text will be shown.
    [[nodiscard]] std::size_t end_of_records(std::string_view text, bool last) {
        const auto line = text.rfind('\n');
        const bool no_line = line == std::string_view::npos;
        const std::size_t lines = no_line ? 0 : line + 1;
        if (how_.quotes != dialect::quote_rule::record) return last && lines == 0 ? end(text) : lines;
        std::size_t safe = 0;   // all before it are whole records
        std::size_t needed = 0; // to see what is wrong with one of them
        for (;;) {
            const auto quote = text.find('"', safe);
            if (quote == std::string_view::npos || quote >= (std::max)(lines, needed)) break;
            const auto before = text.rfind('\n', quote);
            const auto start = before == std::string_view::npos || before < safe ? safe : before + 1;
            probe_.reset(text.substr(start));
            try {
                probe_.next();
            } catch (const row_failure&) {
                if (probe_.unclosed() && !last) return start < needed ? 0 : start; // more text may close it
                if (!probe_.unclosed()) needed = (std::max)(needed, start + probe_.failed_before());
            }
            if ((std::max)(start + probe_.position(), needed) == text.size() && !text.ends_with('\n') &&
                !last)
                return start < needed ? 0 : start;
            safe = start + probe_.position();
        }
        const auto size = (std::max)({safe, lines, needed});
        return last && size == 0 ? end(text) : size;
    }

    /// Of a text without a line end: all of it, if the content ends there.
    [[nodiscard]] std::size_t end(std::string_view text) const noexcept {
        return text.size() < byte_source::longest_line ? text.size() : 0;
    }

    byte_source& source_;
    const dialect& how_;
    std::size_t block_bytes_;
    std::size_t blocks_ = 0;
    record_reader probe_;
};

} // namespace graft::inline v0_1::detail
