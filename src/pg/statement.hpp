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

/// One bound value: NULL, text, bytea or an array (the latter two are sent in binary).
class Param {
public:
    /// What the server is told of its type: nothing, for it follows from the statement, or that it is an array.
    enum class Type : std::uint32_t { follows = 0, bytea_array = 1001, text_array = 1009 };  // numbers of pg_type

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

    /// An array in the server's binary format. `sound`: none of its texts holds a NUL byte.
    static Param array(Type type, std::string encoded, bool sound) {
        auto param = bytes(std::move(encoded));
        param.type_ = type;
        param.sound_ = sound;
        return param;
    }

    bool null() const noexcept { return !text_; }
    bool binary() const noexcept { return binary_; }
    Type type() const noexcept { return type_; }
    const std::string& text() const noexcept { return *text_; }
    /// Whether the server can take it: no text may hold a NUL byte.
    bool sendable() const noexcept { return sound_ && (null() || binary_ || text_->find('\0') == std::string::npos); }

private:
    std::optional<std::string> text_;
    bool binary_ = false;
    bool sound_ = true;
    Type type_ = Type::follows;
};

/// Builds a one-dimensional array, which the server gets as text[] (of add_bytes(): as bytea[]) and in binary: neither side
/// escapes or parses it. Cast it in SQL to what it is: $1::text[], $2::uuid[].
class ArrayBuilder {
public:
    void add_null();
    void add(std::string_view value);
    void add(const std::string& value) { add(std::string_view{value}); }
    void add(std::int64_t value);
    void add_bytes(std::string_view raw);  // an element of a bytea[]; then there are no others
    void add(const std::optional<std::string>& value) { value ? add(std::string_view{*value}) : add_null(); }
    Param take() &&;

private:
    void add_element(std::string_view bytes);
    std::string elements_{};
    std::uint32_t count_ = 0;
    bool has_null_ = false;
    bool holds_nul_ = false;
    Param::Type type_ = Param::Type::text_array;
};
/// The text form of an array: {"a","b"}.
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
