#include "deepcura/code_points.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace dcs::deepcura {

namespace {

constexpr std::size_t category_size = 3;  // "F33"
constexpr std::size_t most_behind = 4;    // letters and digits behind the point

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_capital(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool is_letter(char letter) { return is_capital(letter) || (letter >= 'a' && letter <= 'z'); }
bool goes_on(char letter) {
    return is_digit(letter) || is_letter(letter) || letter == '_' || static_cast<unsigned char>(letter) > 127;
}

bool is_category(std::string_view text) {
    constexpr std::string_view third = "ABab";
    return text.size() > category_size && is_letter(text[0]) && is_digit(text[1]) &&
           (is_digit(text[2]) || third.find(text[2]) != std::string_view::npos);
}

std::size_t blanks_in(std::string_view text) {
    constexpr std::size_t most_blanks = 2;
    const auto count = std::min(text.find_first_not_of(' '), text.size());
    return count > most_blanks ? std::string_view::npos : count;
}

struct Mark {
    std::string_view text;
    bool joins;  // where no blank stands beside it
};
constexpr std::array marks{Mark{".-", true},
                           Mark{"..", true},
                           Mark{"-", true},
                           Mark{"\xE2\x80\x93", true},
                           Mark{"\xE2\x80\x94", true},
                           Mark{"\xE2\x80\x95", true},
                           Mark{"\xC2\xB7", true},
                           Mark{"\xE2\x80\xA4", true},
                           Mark{"_", true},
                           Mark{".", false},
                           Mark{",", false},
                           Mark{":", false},
                           Mark{"/", false}};

/// How many letters and digits may stand behind a point: "1", "10", "XXXA"; 0: it is no such number.
std::size_t number_at(std::string_view text) {
    if (text.empty() || !(is_digit(text[0]) || text.starts_with("XX"))) return 0;
    std::size_t end = 0;
    while (end < text.size() && (is_digit(text[end]) || is_capital(text[end]))) ++end;
    const bool word = end < text.size() && goes_on(text[end]);
    return end > most_behind || word ? 0 : end;
}

/// What stands behind the number: nothing that goes on with it, a description in capitals, or more.
enum class Behind { nothing, title, more };
Behind behind(std::string_view text, bool bracketed) {
    const auto blanks = std::min(text.find_first_not_of(" \t"), text.size());
    const bool apart = blanks > 0;
    text.remove_prefix(blanks);
    if (text.empty() || std::string_view{",;\r\n|]&+"}.find(text.front()) != std::string_view::npos)
        return Behind::nothing;
    if (text.front() == ')') return bracketed ? Behind::nothing : Behind::more;
    if (text.front() == '/') return text.size() > 1 && is_digit(text[1]) ? Behind::more : Behind::nothing;
    if (apart && (text.front() == '(' || text.front() == '-' || text.starts_with("\xE2\x80"))) return Behind::nothing;
    return apart && is_capital(text.front()) ? Behind::title : Behind::more;
}

/// "F32-33", as blocks of codes are written.
bool may_be_range(std::string_view category, std::string_view number) {
    constexpr std::size_t digits = 2;
    return number.size() == digits && is_digit(category[2]) && number[0] == category[1] && is_digit(number[1]) &&
           number[1] > category[2];
}

/// What stands for a point behind a category.
struct Joint {
    std::size_t length = 0;  // 0: nothing does
    bool doubtful = false;
};
Joint joint_of(std::string_view text, bool bracketed) {
    const auto category = text.substr(0, category_size);
    auto rest = text.substr(category_size);
    const auto before = blanks_in(rest);
    if (before == std::string_view::npos) return {};
    rest.remove_prefix(before);
    const auto mark = std::ranges::find_if(marks, [&](const Mark& each) { return rest.starts_with(each.text); });
    const bool marked = mark != marks.end();
    if (!marked && before == 0) return {};
    if (marked) rest.remove_prefix(mark->text.size());
    const auto after = marked ? blanks_in(rest) : 0;
    if (after == std::string_view::npos) return {};
    rest.remove_prefix(after);
    const auto size = number_at(rest);
    if (size == 0) return {};
    const auto number = rest.substr(0, size);
    const auto length = text.size() - category_size - rest.size();
    const bool point = marked && mark->text == ".";
    if (point && before == 0 && after == 0) return {};
    if (point && after == 0) return {length};
    if (marked && mark->joins && before == 0 && after == 0) return {length, may_be_range(category, number)};
    const auto next = behind(rest.substr(size), bracketed);
    const bool tight_comma = marked && mark->text == "," && before == 0 && after == 0;
    if (point && next == Behind::title) return {length, true};
    if (next == Behind::nothing || (tight_comma && next == Behind::title)) return {length, !point};
    return {};
}

}  // namespace

std::vector<std::size_t> write_points(PlainText& given) {
    struct Found {
        std::size_t at;
        Joint joint;
    };
    const std::string_view text = given.text;
    std::vector<Found> all;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool begins = at == 0 || (!goes_on(text[at - 1]) && text[at - 1] != '.');
        if (!begins || !is_category(text.substr(at))) continue;
        const bool bracketed = at > 0 && text[at - 1] == '(';
        if (const auto joint = joint_of(text.substr(at), bracketed); joint.length > 0)
            all.push_back({at + category_size, joint});
    }
    if (all.empty()) return {};
    PlainText written;
    written.origins.reserve(text.size() + 1);
    std::vector<std::size_t> doubtful;
    std::size_t from = 0;
    const auto copy_to = [&](std::size_t end) {
        for (; from < end; ++from) {
            written.text += text[from];
            written.origins.push_back(static_cast<std::uint32_t>(given.origin(from)));
        }
    };
    for (const auto& [at, joint] : all) {
        copy_to(at);
        if (joint.doubtful) doubtful.push_back(written.text.size());
        written.text += '.';
        written.origins.push_back(static_cast<std::uint32_t>(given.origin(at)));
        from = at + joint.length;
    }
    copy_to(text.size());
    written.origins.push_back(static_cast<std::uint32_t>(given.origin(text.size())));
    given = std::move(written);
    return doubtful;
}

}  // namespace dcs::deepcura
