#include "net/transfer.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace dcs::net {

namespace {

constexpr std::size_t max_header_bytes = 256 * 1024;

/// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](unsigned char byte) {
        return std::isalnum(byte) != 0 || others.find(static_cast<char>(byte)) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) { return text.find_first_of(std::string_view{"\r\n\0", 3}) == text.npos; }

}  // namespace

bool is_redirect(const Answer& answer) {
    constexpr std::array statuses{301, 302, 303, 307, 308};
    return std::ranges::find(statuses, answer.status) != statuses.end() && !answer.headers.get("location").empty();
}

Transfer::Transfer(asio::any_io_executor executor, const Call& call, const Target& target,
                   const std::string& user_agent)
    : easy_{curl_easy_init()},
      finished_{std::move(executor)},
      host_{target.host()},
      request_body_{call.body},
      max_body_bytes_{call.max_body_bytes} {
    if (!easy_) throw std::bad_alloc{};
    auto* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy, CURLOPT_URL, target.url().c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent.c_str());
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");  // every compression curl can undo
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a cancelled call does not wait for a hanging resolver
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    // Over TLS: wait for the first handshake, which may bring HTTP/2, rather than open more connections. Without TLS
    // this would hold all calls back until the first one is answered.
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, target.encrypted() ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    if (target.loopback()) curl_easy_setopt(easy, CURLOPT_PROXY, "");  // a proxy cannot reach our own loopback
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    answer_.final_url = target.url();
    describe(call);
}

void Transfer::describe(const Call& call) {
    if (!is_token(call.method)) refused_ = Error{Fault::rejected, "a malformed method"};
    auto* easy = easy_.get();
    if (call.method == "HEAD") {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (!call.body.empty() || call.method == "POST" || call.method == "PUT" || call.method == "PATCH") {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_body_.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_body_.data());
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
        add_header("Expect:");  // a large body goes out at once, not after a "100 Continue"
    } else {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
    }

    for (const auto& [name, value] : call.headers) {
        if (!is_token(name) || !is_field_value(value)) refused_ = Error{Fault::rejected, "a malformed header"};
        add_header(value.empty() ? name + ';' : name + ": " + value);  // curl's way to send an empty value
    }
    if (call.headers.count("content-type") == 0)
        add_header("Content-Type:");  // not the form type that curl would claim
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, header_lines_.get());
}

void Transfer::add_header(const std::string& line) {
    auto* longer = curl_slist_append(header_lines_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    static_cast<void>(header_lines_.release());
    header_lines_.reset(longer);
}

std::size_t Transfer::on_header(char* text, std::size_t unit, std::size_t count, void* self) {
    const std::string_view line{text, unit * count};
    return static_cast<Transfer*>(self)->take_header(line) ? line.size() : 0;
}

std::size_t Transfer::on_body(char* bytes, std::size_t unit, std::size_t count, void* self) {
    const std::string_view piece{bytes, unit * count};
    return static_cast<Transfer*>(self)->take_body(piece) ? piece.size() : 0;
}

bool Transfer::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > max_header_bytes) {
        too_large_ = true;
        return false;
    }
    if (line.starts_with("HTTP/")) {  // a new header block: the one before was interim (1xx)
        answer_.headers = {};
        return true;
    }
    const auto colon = line.find(':');
    if (colon == line.npos) return true;  // the empty line at the end
    auto value = line.substr(colon + 1);
    const auto first = value.find_first_not_of(" \t\r\n");
    const auto last = value.find_last_not_of(" \t\r\n");
    value = first == value.npos ? std::string_view{} : value.substr(first, last - first + 1);
    answer_.headers.add(std::string{line.substr(0, colon)}, std::string{value});
    return true;
}

bool Transfer::take_body(std::string_view bytes) {
    if (bytes.size() > max_body_bytes_ - answer_.body.size()) {
        too_large_ = true;
        return false;
    }
    answer_.body += bytes;
    return true;
}

void Transfer::finish(std::optional<CURLcode> code) {
    code_ = code;
    finished_.notify();
}

Result<Answer> Transfer::take() {
    if (!code_) return Error{Fault::unavailable, "the HTTP client was closed"};
    if (too_large_) return Error{Fault::rejected, host_ + ": the answer is larger than allowed"};
    if (*code_ != CURLE_OK) return Error{Fault::unavailable, host_ + ": " + curl_easy_strerror(*code_)};

    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    answer_.status = static_cast<int>(status);
    return std::move(answer_);
}

}  // namespace dcs::net
