#pragma once
// Statement: SQL and its bound values. Values are only ever bound as $n, never pasted into the text.

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::pg {

/// One bound value: NULL, text, or bytea (sent in binary).
class Param {
public:
    Param(std::nullopt_t) {}
    Param(std::string text) : text_{std::move(text)} {}
    Param(std::string_view text) : text_{std::string{text}} {}
    Param(const char* text) : text_{std::string{text}} {}
    Param(bool flag) : text_{flag ? "t" : "f"} {}
    template <std::integral Integer>
    Param(Integer number) : text_{std::to_string(number)} {}
    template <class T>
    Param(const std::optional<T>& value) {
        if (value) *this = Param{*value};
    }
    /// Raw bytes for a bytea column.
    static Param bytes(std::string raw) {
        Param param{std::move(raw)};
        param.binary_ = true;
        return param;
    }

    bool null() const noexcept { return !text_; }
    bool binary() const noexcept { return binary_; }
    const std::string& text() const noexcept { return *text_; }

private:
    std::optional<std::string> text_;
    bool binary_ = false;
};

/// Builds the text form of a one-dimensional PostgreSQL array: {"a",NULL,"b"}. Cast it in SQL: $1::text[].
class ArrayBuilder {
public:
    void add_null();
    void add(std::string_view value);  // text, quoted and escaped
    void add(const std::string& value) { add(std::string_view{value}); }
    void add(std::int64_t value);
    void add_bytes(std::string_view raw);  // an element of a bytea[]
    void add(const std::optional<std::string>& value) { value ? add(std::string_view{*value}) : add_null(); }
    std::string take() &&;

private:
    void separate();
    std::string text_{"{"};
};
std::string text_array(std::span<const std::string> values);
std::string bigint_array(std::span<const std::int64_t> values);

struct Statement {
    std::string sql;
    std::vector<Param> params{};
};

/// sql("select … where id = $1", id)
template <class... Values>
Statement sql(std::string text, Values&&... values) {
    return Statement{std::move(text), {Param{std::forward<Values>(values)}...}};
}

}  // namespace dcs::pg
