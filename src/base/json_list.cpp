#include "base/json_list.hpp"

#include <algorithm>

namespace dcs {

namespace {

bool is_space(char character) {
    return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

}  // namespace

/// Walks over the text once, looking at brackets, strings and commas only.
class JsonList::Splitter {
public:
    Splitter(std::string_view text, std::initializer_list<std::string_view> names) : text_{text}, names_{names} {}

    /// False: brackets or strings do not close, or an element is missing between two commas.
    bool run() {
        for (; at_ < text_.size(); ++at_) {
            const char character = text_[at_];
            switch (character) {
            case '"':
                if (!skip_string()) return false;
                break;
            case '{':
            case '[': open(character); break;
            case '}':
            case ']':
                if (!close(character)) return false;
                break;
            case ',':
                if (in_list() && !end_element()) return false;
                break;
            case ':':
                if (open_.size() == 1) name_ = last_string_;
                break;
            default: break;
            }
        }
        return open_.empty();
    }

    bool found() const { return best_ < names_.size(); }
    std::vector<Place> take_elements() { return std::move(elements_); }
    /// The text with an empty list in the place of the one found.
    std::string around() const {
        if (!found()) return std::string{text_};
        std::string rest{text_.substr(0, list_begin_ + 1)};
        rest += text_.substr(list_end_);
        return rest;
    }

private:
    bool in_list() const { return reading_ && open_.size() == 2; }

    bool skip_string() {
        const auto begin = at_ + 1;
        for (at_ = begin; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\') {
                ++at_;  // what is escaped
            } else if (text_[at_] == '"') {
                if (open_.size() == 1) last_string_ = text_.substr(begin, at_ - begin);
                return true;
            }
        }
        return false;
    }

    void open(char character) {
        if (character == '[' && open_ == "{") {
            const auto rank = static_cast<std::size_t>(std::ranges::find(names_, name_) - names_.begin());
            // Of a name that comes twice the last value counts, as everywhere.
            if (rank < names_.size() && rank <= best_) {
                best_ = rank;
                reading_ = true;
                list_begin_ = at_;
                elements_.clear();
                element_ = at_ + 1;
            }
        }
        open_ += character;
    }

    bool close(char character) {
        if (open_.empty() || open_.back() != (character == '}' ? '{' : '[')) return false;
        if (in_list()) {
            const bool none = elements_.empty() && blank(element_, at_);
            if (!none && !end_element()) return false;
            reading_ = false;
            list_end_ = at_;
        }
        open_.pop_back();
        return true;
    }

    bool blank(std::size_t from, std::size_t to) const {
        return std::ranges::all_of(text_.substr(from, to - from), is_space);
    }

    /// The element that ends before here.
    bool end_element() {
        auto begin = element_;
        auto end = at_;
        while (begin < end && is_space(text_[begin])) ++begin;
        while (end > begin && is_space(text_[end - 1])) --end;
        if (begin == end) return false;
        elements_.push_back({begin, end - begin});
        element_ = at_ + 1;
        return true;
    }

    std::string_view text_;
    std::vector<std::string_view> names_;
    std::size_t at_ = 0;
    std::string open_{};              // the brackets that are open
    std::string_view last_string_{};  // in the outermost object
    std::string_view name_{};         // of its member that is being read
    std::size_t best_ = static_cast<std::size_t>(-1);
    bool reading_ = false;
    std::size_t list_begin_ = 0;  // of '['
    std::size_t list_end_ = 0;    // of ']'
    std::size_t element_ = 0;     // where the current one begins
    std::vector<Place> elements_{};
};

Result<JsonList> JsonList::split(std::string text, std::initializer_list<std::string_view> names) {
    JsonList list;
    Splitter splitter{text, names};
    if (!splitter.run()) return Error{Fault::bad_input, "brackets or strings that do not close"};
    auto around = Document::parse(splitter.around());
    if (!around) return around.error();
    list.around_ = std::move(around->value);
    list.found_ = splitter.found();
    list.elements_ = splitter.take_elements();
    list.text_ = std::move(text);
    return list;
}

}  // namespace dcs
