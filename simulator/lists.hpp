#pragma once
// Lists: GET of a list or an item under /api/: filters, pages with opaque cursors, the views of records.
//
// Source     reference/drchrono-api.md, section 3.

#include "simulator/selection.hpp"

namespace dcs::simulator {

class Lists {
public:
    Lists(const Clinic& clinic, const Options& options, const Switches& switches, const SimClock& clock,
          const std::string& base_url) noexcept
        : clinic_{clinic}, options_{options}, switches_{switches}, clock_{clock}, base_url_{base_url} {}

    /// What is wrong with the query, or nothing.
    std::optional<net::Response> refused(const Route& route, const net::Query& query, bool bulk) const;
    net::Response list(const Route& route, const net::Query& query) const;
    net::Response empty_list() const;
    net::Response item(const Route& route, std::string_view id, const net::Query& query) const;
    /// GET /api/line_item_deletions.
    net::Response deletions(const net::Query& query) const;

    Result<Selection> selection(const Route& route, const net::Query& query, bool bulk) const;
    View view(const Route& route, const net::Query& query) const;
    json::array objects(Kind kind, const std::vector<Index>& indexes, const View& view) const;

private:
    std::size_t page_size(const Route& route, const net::Query& query) const;
    json::value link(std::string_view path, const net::Query& query, const std::optional<std::string>& cursor) const;
    net::Response page(json::array results, json::value previous, json::value next) const;

    const Clinic& clinic_;
    const Options& options_;
    const Switches& switches_;
    const SimClock& clock_;
    const std::string& base_url_;
};

}  // namespace dcs::simulator
