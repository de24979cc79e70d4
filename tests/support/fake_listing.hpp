#pragma once
// FakeListing: a DrChrono whose lists and items a test writes row by row, and whose answers it may replace.

#include "support/reconciling.hpp"
#include "support/scripted_server.hpp"

#include <map>

namespace dcs::test {

/// Runs against it; the simulator of the base class gives tokens only.
class WithFakeListing : public WithUpstream {
protected:
    struct Question {
        std::string path;   // "/api/patients", or of an item "/api/patients/7"
        std::string query;  // as sent
        std::size_t at;     // the cursor; 0: the first page
        std::string since;
        const Asked& asked;
    };

    /// Rows `first` to `last` of a table, with these members beside the id.
    void rows(const std::string& path, int first, int last, const std::string& members) {
        for (int id = first; id <= last; ++id)
            records[path][std::to_string(id)] = fmt::format(R"({{"id":{},{}}})", id, members);
    }
    /// Patients as of `updated_at`.
    void patients(int first, int last, std::string_view last_name, std::string_view updated_at) {
        rows("/api/patients", first, last,
             fmt::format(R"("first_name":"F","last_name":"{}","updated_at":"{}")", last_name, updated_at));
    }
    void medications(int first, int last, std::string_view name = "N") {
        rows("/api/medications", first, last, fmt::format(R"("name":"{}","status":"active")", name));
    }
    reconcile::Parts faked() {
        return {pool, store, fake_requests, fake_lister, tasks, io.get_executor(), system_now, [] {}, ask_again};
    }
    Result<reconcile::Report> try_fake(std::string_view table, bool full = false, std::string since = {},
                                       bool restart = false) {
        return execute(faked(),
                       {.listing = find_listing(table), .full = full, .since = std::move(since), .restart = restart});
    }
    reconcile::Report fake(std::string_view table, bool full = false, std::string since = {}, bool restart = false) {
        return try_fake(table, full, std::move(since), restart).value();
    }
    std::string standing(const std::string& table, const std::string& member) const {
        return ask(fmt::format("select value #>> '{{{}}}' from sync_state where name = 'sync:{}'", member, table));
    }
    int times_asked(std::string_view beginning) const {
        int times = 0;
        for (const auto& asked : server.asked()) times += asked.target.starts_with(beginning);
        return times;
    }

    std::map<std::string, std::map<std::string, std::string>> records{};
    std::size_t page = 250;
    /// What takes the place of the true answer; nullopt: nothing does.
    std::function<std::optional<Reply>(const Question&)> instead{};
    std::function<std::string(const Question&, std::string)> next_instead{};  // of the position that would follow
    std::function<pg::Statement(const reconcile::AskAgain&)> ask_again{};

private:
    static std::string value_of(const std::string& query, const std::string& name) {
        const auto at = ("&" + query).find("&" + name + "=");
        if (at == std::string::npos) return {};
        const auto begin = at + name.size() + 1;
        return query.substr(begin, query.find('&', begin) - begin);
    }
    Reply answer(const Asked& asked) {
        const auto mark = asked.target.find('?');
        Question question{
            asked.target.substr(0, mark), mark == std::string::npos ? "" : asked.target.substr(mark + 1), 0, {}, asked};
        const auto cursor = value_of(question.query, "cursor");
        if (!cursor.empty()) question.at = std::stoul(cursor);
        question.since = value_of(question.query, "since");
        if (instead)
            if (auto reply = instead(question)) return std::move(*reply);
        if (const auto list = records.find(question.path); list != records.end())
            return list_page(question, list->second);
        const auto slash = question.path.rfind('/');
        const auto list = records.find(question.path.substr(0, slash));
        if (list != records.end())
            if (const auto item = list->second.find(question.path.substr(slash + 1)); item != list->second.end())
                return {.body = item->second};
        return {.status = 404, .body = R"({"detail":"Not found."})"};
    }
    Reply list_page(const Question& question, const std::map<std::string, std::string>& all) {
        std::map<std::int64_t, std::string> shown;
        for (const auto& [id, json] : all) {
            const auto at = json.find(R"("updated_at":")");
            if (question.since.empty() || at == std::string::npos || json.substr(at + 14, 19) >= question.since)
                shown[std::stoll(id)] = json;
        }
        std::string results;
        std::size_t place = 0;
        for (const auto& [id, json] : shown) {
            if (place >= question.at && place < question.at + page) results += (results.empty() ? "" : ",") + json;
            ++place;
        }
        auto next = question.at + page < shown.size() ? position(question, question.at + page) : std::string{};
        if (next_instead) next = next_instead(question, std::move(next));
        return {.body = fmt::format(R"({{"previous":null,"next":{},"results":[{}]}})",
                                    next.empty() ? "null" : "\"" + next + "\"", results)};
    }

protected:
    std::string position(const Question& question, std::size_t at) const {
        return fmt::format("{}{}?{}cursor={}", server.url(), question.path,
                           question.since.empty() ? "" : "since=" + question.since + "&", at);
    }
    static Reply refuse(int status) { return {.status = status, .body = R"({"detail":"Invalid cursor"})"}; }

    ScriptedServer server{io.get_executor(),
                          std::function<Reply(const Asked&)>{[this](const Asked& asked) { return answer(asked); }}};
    upstream::Drchrono fake_requests{
        client, tokens, budget, system_now, {.base_url = server.url(), .retry = {milliseconds{1}, milliseconds{5}}}};
    upstream::Lister fake_lister{
        fake_requests,
        {.first_look = milliseconds{1}, .shortest_look = milliseconds{1}, .longest_pause = milliseconds{5}}};
};

}  // namespace dcs::test
