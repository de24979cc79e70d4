#pragma once
// Transfer: one exchange as curl sees it: where it goes, what is sent, what has come back so far.
//
// Place      client.cpp drives it; nobody else uses it.
// Moving     curl points into a Transfer: it is neither copied nor moved.

#include "net/client.hpp"
#include "net/target.hpp"

#include <curl/curl.h>

#include <memory>

namespace dcs::net {

/// 301, 302, 303, 307 or 308 with a Location.
bool is_redirect(const Answer& answer);

class Transfer {
public:
    Transfer(asio::any_io_executor executor, const Call& call, const Target& target, const std::string& user_agent);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURL* easy() const noexcept { return easy_.get(); }
    /// Why it must not be sent at all: a method or header that would break out of its line.
    const std::optional<Error>& refused() const noexcept { return refused_; }
    Wake& finished() noexcept { return finished_; }

    /// nullopt: the client was closed.
    void finish(std::optional<CURLcode> code);
    /// pre: finished.
    Result<Answer> take();

private:
    struct FreeEasy {
        void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
    };
    struct FreeList {
        void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
    };
    void describe(const Call& call);
    void add_header(const std::string& line);
    static std::size_t on_header(char* text, std::size_t unit, std::size_t count, void* self);
    static std::size_t on_body(char* bytes, std::size_t unit, std::size_t count, void* self);
    bool take_header(std::string_view line);
    bool take_body(std::string_view bytes);

    std::unique_ptr<CURL, FreeEasy> easy_;
    std::unique_ptr<curl_slist, FreeList> header_lines_;
    Wake finished_;
    std::string host_;
    std::string request_body_;
    std::size_t max_body_bytes_;
    std::size_t header_bytes_ = 0;
    bool too_large_ = false;
    std::optional<Error> refused_;
    std::optional<CURLcode> code_;
    Answer answer_;
};

}  // namespace dcs::net
