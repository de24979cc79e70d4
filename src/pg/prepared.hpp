#pragma once
// Prepared: the SQL texts one connection has prepared, under which names, at most `bound` of them.
//
// Promise    a name is never given twice on a connection, so that a name the server still knows can do no harm.
// Eviction   the text that was not used for longest goes; its name waits in evicted() until the server has dropped it.

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dcs::pg {

class Prepared {
public:
    explicit Prepared(std::size_t bound) : bound_{bound} {}

    /// The name under which `text` is prepared, which is then the latest used. nullopt: it is not.
    std::optional<std::string> find(std::string_view text);
    std::string new_name() { return "s" + std::to_string(++names_); }
    /// The server has confirmed `name` for `text`.
    void add(std::string text, std::string name);
    const std::vector<std::string>& evicted() const noexcept { return evicted_; }
    /// The server has dropped the first `count` of evicted().
    void dropped(std::size_t count);
    std::size_t size() const noexcept { return by_text_.size(); }

private:
    struct Entry {
        std::string text;
        std::string name;
    };
    std::size_t bound_;
    std::size_t names_ = 0;
    std::list<Entry> by_use_;  // latest first; owns the texts that by_text_ points at
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
    std::vector<std::string> evicted_;
};

}  // namespace dcs::pg
