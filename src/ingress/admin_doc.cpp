#include "ingress/admin_doc.hpp"

#include "ingress/admin_routes.hpp"
#include "ingress/admin_shapes.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace dcs::ingress {

namespace {

namespace json = boost::json;

constexpr std::string_view root = "/admin/api";

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto blank = text.find(' ');
        if (blank != 0) words.push_back(text.substr(0, blank));
        text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    }
    return words;
}

json::object reference(std::string_view shape) { return {{"$ref", "#/components/schemas/" + std::string{shape}}}; }

json::object schema_of_type(std::string_view type) {
    const bool maybe = type.ends_with('?');
    if (maybe) type.remove_suffix(1);
    json::object schema;
    if (type.ends_with("[]")) {
        type.remove_suffix(2);
        schema = {{"type", "array"}, {"items", schema_of_type(type)}};
    } else if (type.front() >= 'A' && type.front() <= 'Z') {
        schema = reference(type);
    } else if (type != "any") {
        schema = {{"type", type}};
    }
    if (!maybe) return schema;
    return {{"anyOf", json::array{schema, json::object{{"type", "null"}}}}};
}

/// `complete`: every member is there; else those that are marked.
json::object schema_of(std::string_view members, bool complete) {
    json::object properties;
    json::array required;
    for (const auto word : words_of(members)) {
        const auto colon = word.find(':');
        auto name = word.substr(0, colon);
        const bool marked = name.ends_with('!');
        if (marked) name.remove_suffix(1);
        properties[name] = schema_of_type(word.substr(colon + 1));
        if (complete || marked) required.emplace_back(name);
    }
    return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

json::object list_of(std::string_view shape) {
    return {{"type", "object"},
            {"properties",
             {{"items", {{"type", "array"}, {"items", reference(shape)}}}, {"next", schema_of_type("string?")}}},
            {"required", {"items", "next"}}};
}

json::object answer_of(const Detail& detail) {
    if (detail.answer.empty()) return {{"description", "done"}};
    json::object content;
    if (detail.answer.starts_with("text/")) content[detail.answer] = json::object{};
    else if (detail.answer.ends_with('*'))
        content["application/json"] = {{"schema", list_of(detail.answer.substr(0, detail.answer.size() - 1))}};
    else content["application/json"] = {{"schema", reference(detail.answer)}};
    return {{"description", "done"}, {"content", std::move(content)}};
}

json::object parameter(std::string_view name, std::string_view in, std::string_view about) {
    return {{"name", name},
            {"in", in},
            {"required", in == "path"},
            {"description", about},
            {"schema", {{"type", "string"}}}};
}

json::array parameters_of(const Detail& detail) {
    json::array all;
    for (auto rest = detail.route; rest.find('{') != std::string_view::npos;) {
        rest.remove_prefix(rest.find('{') + 1);
        const auto name = rest.substr(0, rest.find('}'));
        all.push_back(parameter(name, "path", name == "table" ? "the record's table" : "its id"));
    }
    for (const auto name : words_of(detail.query)) {
        const auto found = std::ranges::find(parameters, name, &Parameter::name);
        if (found == parameters.end())
            throw std::logic_error{"nothing says what the parameter " + std::string{name} + " means"};
        all.push_back(parameter(name, "query", found->about));
    }
    return all;
}

json::object operation_of(const Route& route, const Detail& detail) {
    json::object operation{{"summary", route.about}, {"x-who-may", text_of(route.who)}};
    if (auto all = parameters_of(detail); !all.empty()) operation["parameters"] = std::move(all);
    if (!detail.body.empty())
        operation["requestBody"] = {{"required", true},
                                    {"content", {{"application/json", {{"schema", schema_of(detail.body, false)}}}}}};
    operation["responses"] = {
        {std::to_string(detail.status), answer_of(detail)},
        {"default",
         {{"description", "an error"}, {"content", {{"application/json", {{"schema", reference("Error")}}}}}}}};
    return operation;
}

json::object paths() {
    json::object all;
    std::size_t described = 0;
    for (const auto& route : admin_routes(nullptr)) {
        if (!route.path.starts_with(root)) continue;
        const auto path = route.path.substr(root.size());
        const auto detail = std::ranges::find(details, route.method + " " + path, &Detail::route);
        if (detail == details.end()) throw std::logic_error{"nothing describes " + route.method + " " + path};
        auto method = route.method;
        std::ranges::transform(method, method.begin(), [](char letter) { return static_cast<char>(letter | 0x20); });
        if (!all.contains(path)) all[path] = json::object{};
        all[path].as_object()[method] = operation_of(route, *detail);
        ++described;
    }
    if (described != details.size()) throw std::logic_error{"a description has no route"};
    return all;
}

json::object schemas() {
    json::object all;
    for (const auto& enumeration : enumerations())
        all[enumeration.name] = {{"type", "string"},
                                 {"enum", json::array(enumeration.values.begin(), enumeration.values.end())}};
    for (const auto& shape : shapes) all[shape.name] = schema_of(shape.members, true);
    all["Error"] = schema_of("error:string request_id:string", true);
    return all;
}

/// Laid out, so that a change of the document can be read as a difference.
void print(const json::value& value, std::string& text, const std::string& indent = "\n") {
    const auto deeper = indent + "  ";
    std::string_view comma;
    if (value.is_object() && !value.get_object().empty()) {
        text += '{';
        for (const auto& [name, member] : value.get_object()) {
            text.append(std::exchange(comma, ","))
                .append(deeper)
                .append(json::serialize(json::string{name}))
                .append(": ");
            print(member, text, deeper);
        }
        text.append(indent).append("}");
    } else if (value.is_array() && !value.get_array().empty()) {
        text += '[';
        for (const auto& item : value.get_array()) {
            text.append(std::exchange(comma, ",")).append(deeper);
            print(item, text, deeper);
        }
        text.append(indent).append("]");
    } else {
        text += json::serialize(value);
    }
}

}  // namespace

std::string admin_doc() {
    const json::object document{
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "drchrono-sync: the API of the admin page"},
          {"version", "1"},
          {"description",
           "Made by `drchrono-sync help admin-api` from the route table. Sign in with POST /session; every call but GET shows "
           "the session's csrf in X-CSRF-Token. Lists are read page by page: next is the after of the following page, for "
           "the same list with the same filters. It is sealed, and is not to be kept. All ids are texts, all times ISO 8601."}}},
        {"servers", json::array{json::object{{"url", root}}}},
        {"security", json::array{json::object{{"session", json::array{}}}}},
        {"paths", paths()},
        {"components",
         {{"schemas", schemas()},
          {"securitySchemes",
           {{"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "__Host-drchrono_sync_admin"}}}}}}}};
    std::string text;
    print(document, text);
    return text + "\n";
}

std::vector<std::string> members_of_shape(std::string_view name) {
    std::vector<std::string> members;
    const auto shape = std::ranges::find(shapes, name, &Shape::name);
    if (shape == shapes.end()) return members;
    for (const auto word : words_of(shape->members)) members.emplace_back(word.substr(0, word.find(':')));
    return members;
}

}  // namespace dcs::ingress
